import { IsNull } from 'typeorm';
import { Clock, Database, hashToken, newId, newToken, Refusal, type Tx } from '@tenure/platform';
import { ApiKey } from './api-key.entity.js';
import { mayRole, ROLES, type Principal, type Role } from './roles.js';

const PREFIX = 'tnr';
const TOUCH_AFTER_MS = 60_000;
const ADMINISTERING = ROLES.filter((role) => mayRole(role, 'administer'));

interface FoundKey {
  tenant_id: string;
  id: string;
  role: Role;
  last_used_at: Date | null;
}

/** Keys of the admin API: 256 random bits, shown once, stored as SHA-256. */
export class ApiKeys {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** A new key, in the caller's transaction. */
  async create(tx: Tx, name: string, role: Role, expiresAt: Date | null = null): Promise<{ id: string; key: string }> {
    const id = newId();
    const key = newToken(PREFIX);
    await tx.repository(ApiKey).insert({ tenantId: tx.tenantId, id, name, keyHash: hashToken(key), role, expiresAt });
    return { id, key };
  }

  /** Ends a key, in the caller's transaction: at once on every process. The last one that may administer is not ended. */
  async revoke(tx: Tx, id: string): Promise<void> {
    const { tenantId } = tx;
    if (!(await tx.repository(ApiKey).existsBy({ tenantId, id }))) {
      throw new Refusal('api_key_not_found', `There is no API key with the id ${id}.`);
    }
    await this.keepLastAdmin(tx, id);
    await tx.repository(ApiKey).update({ tenantId, id, revokedAt: IsNull() }, { revokedAt: this.clock.now() });
  }

  /** Locks every key that may administer, in one order for all: two who end each other's key do not both get through. */
  private async keepLastAdmin(tx: Tx, id: string): Promise<void> {
    const keys = await tx.query<{ id: string }>(
      `SELECT id FROM api_keys WHERE tenant_id = $1 AND role = ANY($2) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)
       ORDER BY id FOR UPDATE`,
      [tx.tenantId, ADMINISTERING, this.clock.now()],
    );
    if (keys.length > 1 || keys[0]?.id !== id) return;
    throw new Refusal(
      'last_admin',
      'This is the last key that may administer the tenant; make another key of an owner first.',
    );
  }

  /** Who holds this key. Refuses an unknown, expired or revoked one, all in the same words. */
  async authenticate(key: string | undefined): Promise<Principal> {
    if (!key?.startsWith(`${PREFIX}_`)) throw unauthenticated();
    const now = this.clock.now();
    return this.database.asSystem(async (tx) => {
      const [found] = await tx.query<FoundKey>(
        `SELECT tenant_id, id, role, last_used_at FROM api_keys
         WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`,
        [hashToken(key), now],
      );
      if (!found) throw unauthenticated();
      if (!found.last_used_at || now.getTime() - found.last_used_at.getTime() > TOUCH_AFTER_MS) {
        await tx.query('UPDATE api_keys SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2', [
          found.tenant_id,
          found.id,
          now,
        ]);
      }
      return { tenantId: found.tenant_id, actor: `api_key:${found.id}`, role: found.role };
    });
  }
}

const unauthenticated = (): Refusal =>
  new Refusal('api_key_invalid', 'Send a valid API key as "Authorization: Bearer <key>".');
