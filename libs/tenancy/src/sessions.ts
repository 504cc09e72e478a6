import { Clock, Database, hashToken, newId, newToken, Refusal, type Timer, type Tx } from '@tenure/platform';
import { decideRenewal, PREVIOUS_LASTS_MS } from './decide-renewal.js';
import { Session } from './session.entity.js';

const USUAL_IDLE_MS = 60 * 60_000;
const USUAL_ABSOLUTE_MS = 12 * 60 * 60_000;
const TOUCH_AFTER_MS = 60_000;
const MAX_AGENT = 300;

export interface NewSession {
  /** Chosen by the caller where something else refers to the session in the same transaction. */
  readonly id?: string;
  readonly identityId: string;
  readonly connectionId: string;
  readonly nameId: string;
  readonly sessionIndex?: string;
  /** The identity provider's own limit (SessionNotOnOrAfter). */
  readonly notAfter?: Date;
  readonly idleMs?: number;
  readonly absoluteMs?: number;
  readonly endsOnLeave?: boolean;
  readonly agent?: string;
  /** The token that the browser had before: it is of no use any more. */
  readonly replaces?: string;
}

/** A session that was begun, with the token that its browser gets. */
export interface BegunSession {
  readonly id: string;
  readonly token: string;
  /** What the browser had before: it is over. */
  readonly replaced: readonly EndedSession[];
}

/** A session that is over, for its entry in the journal and its logout at the identity provider. */
export type EndedSession = Pick<Session, 'id' | 'identityId' | 'connectionId' | 'nameId' | 'sessionIndex'>;

export interface OpenSession {
  readonly tenantId: string;
  readonly id: string;
  readonly identityId: string;
  /** The token that the browser must send from now on; the one it sent is good a little longer. */
  readonly renewed?: string;
}

/** A session as the person, or an admin, sees it. */
export type ShownSession = Pick<Session, 'id' | 'connectionId' | 'createdAt' | 'lastSeenAt' | 'expiresAt' | 'agent'>;

interface FoundSession {
  readonly tenantId: string;
  readonly id: string;
  readonly identityId: string;
  readonly lastSeenAt: Date;
  readonly renewedAt: Date;
  readonly confirmedAt: Date | null;
  readonly isCurrent: boolean;
}

const ENDED =
  'id, identity_id AS "identityId", connection_id AS "connectionId", name_id AS "nameId", session_index AS "sessionIndex"';
const LIVE = `ended_at IS NULL AND expires_at > $2 AND last_seen_at > $2 - idle_ms * interval '1 millisecond'`;

/** Employees' sessions: rows in PostgreSQL, so that ending them works at once on every process. */
export class Sessions {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Opens a session in the caller's transaction, and returns its token, which is stored as a hash only. */
  async open(tx: Tx, session: NewSession): Promise<BegunSession> {
    const now = this.clock.now();
    const { id = newId() } = session;
    const token = newToken('tns');
    const absolute = now.getTime() + (session.absoluteMs ?? USUAL_ABSOLUTE_MS);
    const [replaced] = await Promise.all([
      session.replaces === undefined ? [] : endToken(tx, session.replaces, now),
      tx.prepared(
        `INSERT INTO sessions (tenant_id, id, token_hash, identity_id, connection_id, name_id, session_index, created_at, last_seen_at,
           renewed_at, confirmed_at, expires_at, idle_ms, ends_on_leave, agent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $8, $9, $10, $11, $12)`,
        [
          tx.tenantId,
          id,
          hashToken(token),
          session.identityId,
          session.connectionId,
          session.nameId,
          session.sessionIndex ?? null,
          now,
          new Date(Math.min(absolute, session.notAfter?.getTime() ?? absolute)),
          session.idleMs ?? USUAL_IDLE_MS,
          session.endsOnLeave ?? false,
          session.agent?.slice(0, MAX_AGENT) ?? null,
        ],
      ),
    ]);
    return { id, token, replaced };
  }

  /** The session of this cookie, or null when it is unknown, ended, idle for too long or over its limit. */
  async find(token: string): Promise<OpenSession | null> {
    const now = this.clock.now();
    const hash = hashToken(token);
    return this.database.asSystem(async (tx) => {
      const [found] = await tx.query<FoundSession>(
        `SELECT tenant_id AS "tenantId", id, identity_id AS "identityId", last_seen_at AS "lastSeenAt", renewed_at AS "renewedAt",
           confirmed_at AS "confirmedAt", token_hash = $1 AS "isCurrent" FROM sessions
         WHERE (token_hash = $1 OR previous_hash = $1 AND (confirmed_at IS NULL OR confirmed_at > $3)) AND ${LIVE}`,
        [hash, now, new Date(now.getTime() - PREVIOUS_LASTS_MS)],
      );
      if (!found) return null;
      const { tenantId, id, identityId } = found;
      const renewed = await keepFresh(tx, found, hash, now);
      return { tenantId, id, identityId, ...(renewed !== null && { renewed }) };
    });
  }

  /** Who is signed in as this person, and from where; the newest first. */
  list(tx: Tx, identityId: string): Promise<ShownSession[]> {
    return tx.query<ShownSession>(
      `SELECT id, connection_id AS "connectionId", created_at AS "createdAt", last_seen_at AS "lastSeenAt", expires_at AS "expiresAt", agent
       FROM sessions WHERE tenant_id = $1 AND identity_id = $3 AND ${LIVE} ORDER BY id DESC LIMIT 200`,
      [tx.tenantId, this.clock.now(), identityId],
    );
  }

  /** Ends one session of a person: at once on every process. */
  async end(tx: Tx, identityId: string, id: string): Promise<EndedSession> {
    const [ended] = await tx.query<EndedSession>(
      `UPDATE sessions SET ended_at = $4 WHERE tenant_id = $1 AND identity_id = $2 AND id = $3 AND ended_at IS NULL RETURNING ${ENDED}`,
      [tx.tenantId, identityId, id, this.clock.now()],
    );
    if (!ended) throw new Refusal('session_not_found', `There is no open session ${id}.`);
    return ended;
  }

  /** Ends every session of a person, or every other one. Returns which. */
  endAll(tx: Tx, identityId: string, exceptId: string | null = null): Promise<EndedSession[]> {
    return tx.query<EndedSession>(
      `UPDATE sessions SET ended_at = $4 WHERE tenant_id = $1 AND identity_id = $2 AND ended_at IS NULL AND id IS DISTINCT FROM $3::uuid
       RETURNING ${ENDED}`,
      [tx.tenantId, identityId, exceptId, this.clock.now()],
    );
  }
}

const endToken = (tx: Tx, token: string, now: Date): Promise<EndedSession[]> =>
  tx.query<EndedSession>(
    `UPDATE sessions SET ended_at = $3 WHERE tenant_id = $1 AND (token_hash = $2 OR previous_hash = $2) AND ended_at IS NULL RETURNING ${ENDED}`,
    [tx.tenantId, hashToken(token), now],
  );

/** Says that the session is in use, and gives it a new token when the old one has been around for long. */
async function keepFresh(tx: Tx, found: FoundSession, hash: Buffer, now: Date): Promise<string | null> {
  const key = [found.tenantId, found.id];
  if (now.getTime() - found.lastSeenAt.getTime() > TOUCH_AFTER_MS)
    await tx.query('UPDATE sessions SET last_seen_at = $3 WHERE tenant_id = $1 AND id = $2', [...key, now]);
  const renewal = decideRenewal(found, now);
  if (renewal === 'confirm')
    await tx.query('UPDATE sessions SET confirmed_at = $3 WHERE tenant_id = $1 AND id = $2', [...key, now]);
  if (renewal !== 'renew') return null;
  const token = newToken('tns');
  // Of requests side by side one renews; the others go on with the token that they sent.
  const renewed = await tx.query(
    `UPDATE sessions SET token_hash = $3, previous_hash = $4, renewed_at = $5, confirmed_at = NULL
     WHERE tenant_id = $1 AND id = $2 AND date_trunc('milliseconds', renewed_at) = $6 RETURNING id`,
    [...key, hashToken(token), hash, now, found.renewedAt],
  );
  return renewed.length === 0 ? null : token;
}

/** Ends the sessions of a person, in the transaction in which the person leaves; of a leave only those that it ends. Returns which. */
export const endSessionsOf = (
  tx: Tx,
  identityId: string,
  now: Date,
  why: 'out' | 'leave' = 'out',
): Promise<EndedSession[]> =>
  tx.query<EndedSession>(
    `UPDATE sessions SET ended_at = $3 WHERE tenant_id = $1 AND identity_id = $2 AND ended_at IS NULL AND (ends_on_leave OR $4)
     RETURNING ${ENDED}`,
    [tx.tenantId, identityId, now, why === 'out'],
  );

/** Whom an identity provider logs out; without an index, wherever the person is logged in. */
interface LoggedOut {
  readonly nameId: string;
  readonly sessionIndexes: readonly string[];
}

/**
 * Ends the sessions that a connection opened, everybody's or one person's. One without an index is ended with any of the
 * person's: it could be the one that is meant. Returns which.
 */
export const endSessionsThrough = (
  tx: Tx,
  connectionId: string,
  now: Date,
  whose?: LoggedOut,
): Promise<EndedSession[]> =>
  tx.query<EndedSession>(
    `UPDATE sessions SET ended_at = $3 WHERE tenant_id = $1 AND connection_id = $2 AND ended_at IS NULL AND ($4::text IS NULL OR name_id = $4)
       AND (cardinality($5::text[]) = 0 OR session_index IS NULL OR session_index = ANY($5)) RETURNING ${ENDED}`,
    [tx.tenantId, connectionId, now, whose?.nameId ?? null, whose?.sessionIndexes ?? []],
  );

/** Forgets sessions that were over a month ago. */
export const forgetOldSessions: Timer = {
  name: 'sessions-forget',
  everyMs: 60_000,
  run: async (tx) => {
    await tx.query(
      `DELETE FROM sessions WHERE (tenant_id, id) IN (
         SELECT tenant_id, id FROM sessions WHERE expires_at < clock_timestamp() - interval '30 days' LIMIT 5000)`,
    );
  },
};
