import { Clock, Database, hashToken, newId, newToken, type Tx } from '@tenure/platform';
import { Session } from './session.entity.js';

const IDLE_MS = 60 * 60_000;
const ABSOLUTE_MS = 12 * 60 * 60_000;
const TOUCH_AFTER_MS = 60_000;

export interface NewSession {
  readonly identityId: string;
  readonly connectionId: string;
  readonly nameId: string;
  readonly sessionIndex?: string;
  /** The identity provider's own limit (SessionNotOnOrAfter). */
  readonly notAfter?: Date;
}

export interface OpenSession {
  readonly tenantId: string;
  readonly id: string;
  readonly identityId: string;
}

interface FoundSession {
  tenant_id: string;
  id: string;
  identity_id: string;
  last_seen_at: Date;
}

/** Employees' sessions: rows in PostgreSQL, so that ending them works at once on every process. */
export class Sessions {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Opens a session in the caller's transaction and returns its token, which is stored as a hash only. */
  async open(tx: Tx, session: NewSession): Promise<string> {
    const now = this.clock.now();
    const token = newToken('tns');
    const absolute = now.getTime() + ABSOLUTE_MS;
    await tx.repository(Session).insert({
      tenantId: tx.tenantId,
      id: newId(),
      tokenHash: hashToken(token),
      identityId: session.identityId,
      connectionId: session.connectionId,
      nameId: session.nameId,
      sessionIndex: session.sessionIndex ?? null,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: new Date(Math.min(absolute, session.notAfter?.getTime() ?? absolute)),
    });
    return token;
  }

  /** The session of this cookie, or null when it is unknown, ended, idle for too long or over its limit. */
  async find(token: string): Promise<OpenSession | null> {
    const now = this.clock.now();
    return this.database.asSystem(async (tx) => {
      const [found] = await tx.query<FoundSession>(
        `SELECT tenant_id, id, identity_id, last_seen_at FROM sessions
         WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > $2 AND last_seen_at > $3`,
        [hashToken(token), now, new Date(now.getTime() - IDLE_MS)],
      );
      if (!found) return null;
      if (now.getTime() - found.last_seen_at.getTime() > TOUCH_AFTER_MS) {
        await tx.query('UPDATE sessions SET last_seen_at = $3 WHERE tenant_id = $1 AND id = $2', [
          found.tenant_id,
          found.id,
          now,
        ]);
      }
      return { tenantId: found.tenant_id, id: found.id, identityId: found.identity_id };
    });
  }
}

/** Ends every session of a person, in the transaction in which the person leaves. */
export async function endSessionsOf(tx: Tx, identityId: string, now: Date): Promise<void> {
  await tx.query('UPDATE sessions SET ended_at = $3 WHERE tenant_id = $1 AND identity_id = $2 AND ended_at IS NULL', [
    tx.tenantId,
    identityId,
    now,
  ]);
}
