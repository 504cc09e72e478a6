import { hash } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';
import { Database, newId } from '@tenure/platform';
import { Admin } from './admin.entity.js';
import { ApiKeys } from './api-keys.js';
import { Tenant } from './tenant.entity.js';

export interface FirstCredentials {
  readonly tenantId: string;
  readonly apiKey: string;
  readonly owner: { readonly email: string; readonly password: string };
}

/** Customer organisations. */
export class Tenants {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeys,
  ) {}

  /** A new tenant with an owner and an API key of the owner's rights; both secrets are returned this once. */
  async create(name: string, ownerEmail: string): Promise<FirstCredentials> {
    const id = newId();
    const password = randomBytes(18).toString('base64url');
    const passwordHash = await hash(password);
    await this.database.asSystem((tx) => tx.query('INSERT INTO tenants (id, name) VALUES ($1, $2)', [id, name]));
    const { key } = await this.database.transaction(id, async (tx) => {
      const owner = {
        tenantId: id,
        id: newId(),
        email: ownerEmail.toLowerCase(),
        passwordHash,
        role: 'owner',
      } as const;
      await tx.repository(Admin).insert(owner);
      return this.apiKeys.create(tx, 'first key', 'owner');
    });
    return { tenantId: id, apiKey: key, owner: { email: ownerEmail, password } };
  }

  /** The tenant, as it sees itself. */
  async get(tenantId: string): Promise<Tenant | null> {
    return this.database.transaction(tenantId, (tx) => tx.repository(Tenant).findOneBy({ id: tenantId }));
  }
}
