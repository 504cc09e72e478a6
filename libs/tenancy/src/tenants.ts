import { Database, newId, Refusal, type Tx } from '@tenure/platform';
import { Admin } from './admin.entity.js';
import { ApiKeys } from './api-keys.js';
import { Tenant } from './tenant.entity.js';

export interface FirstCredentials {
  readonly tenantId: string;
  readonly apiKey: string;
  readonly owner: { readonly email: string };
}

/** Customer organisations. */
export class Tenants {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeys,
  ) {}

  /** A new tenant with an owner and an API key of the owner's rights; the key is returned this once. */
  async create(name: string, ownerEmail: string): Promise<FirstCredentials> {
    const id = newId();
    await this.database.asSystem((tx) => tx.query('INSERT INTO tenants (id, name) VALUES ($1, $2)', [id, name]));
    const { key } = await this.database.transaction(id, async (tx) => {
      const owner = {
        tenantId: id,
        id: newId(),
        email: ownerEmail.toLowerCase(),
        role: 'owner',
      } as const;
      await tx.repository(Admin).insert(owner);
      return this.apiKeys.create(tx, 'first key', 'owner');
    });
    return { tenantId: id, apiKey: key, owner: { email: ownerEmail } };
  }

  /** Stops all writing into the tenant's applications, in the caller's transaction. Refuses where it is stopped already. */
  async stop(tx: Tx, at: Date, reason: string): Promise<void> {
    const { stoppedAt, stopReason } = await lockTenant(tx);
    if (stoppedAt !== null) {
      throw new Refusal(
        'tenant_stopped',
        `Writing is stopped already, since ${stoppedAt.toISOString()}: ${stopReason ?? ''}`,
      );
    }
    await tx.repository(Tenant).update({ id: tx.tenantId }, { stoppedAt: at, stopReason: reason });
  }

  /** Lets writing go on. Returns since when and why it was stopped; refuses where it was not. */
  async resume(tx: Tx): Promise<{ readonly stoppedAt: Date; readonly stopReason: string | null }> {
    const { stoppedAt, stopReason } = await lockTenant(tx);
    if (stoppedAt === null)
      throw new Refusal('tenant_not_stopped', 'Writing is not stopped; there is nothing to resume.');
    await tx.repository(Tenant).update({ id: tx.tenantId }, { stoppedAt: null, stopReason: null });
    return { stoppedAt, stopReason };
  }

  /** The tenant, as it sees itself. */
  async get(tenantId: string): Promise<Tenant | null> {
    return this.database.transaction(tenantId, (tx) => tx.repository(Tenant).findOneBy({ id: tenantId }));
  }
}

/** Locks the tenant's row, so that of two who change or say something of it one comes after the other. */
export async function lockTenant(tx: Tx): Promise<Pick<Tenant, 'stoppedAt' | 'stopReason'>> {
  const [tenant] = await tx.query<Pick<Tenant, 'stoppedAt' | 'stopReason'>>(
    'SELECT stopped_at AS "stoppedAt", stop_reason AS "stopReason" FROM tenants WHERE id = $1 FOR NO KEY UPDATE',
    [tx.tenantId],
  );
  if (!tenant) throw new Error('a transaction of a tenant that does not exist');
  return tenant;
}
