import { Clock, Database, Refusal, type Log, type Tx } from '@tenure/platform';
import { endSessionsThrough } from '@tenure/tenancy';
import type { SamlConnection } from './protocol/saml-connection.js';
import { SamlRefused } from './protocol/saml-refused.js';
import { verifyLogout, type LogoutDelivery, type LogoutMessage } from './protocol/verify-logout.js';
import { logoutRequestUrl, logoutResponseUrl } from './protocol/write-logout.js';
import { SamlSubjectRow } from './saml-connection.entity.js';
import type { StoredConnections } from './stored-connections.js';

interface EndedSession {
  readonly connectionId: string;
  readonly nameId: string;
  readonly sessionIndex: string | null;
}

/** Single logout, both ways. The session here ends first, and whatever an IdP answers changes nothing of that. */
export class SamlLogouts {
  constructor(
    private readonly database: Database,
    private readonly connections: StoredConnections,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** What an IdP says of a logout. Returns where the browser takes our answer; null, when there is none to take. */
  async receive(connection: SamlConnection, delivery: LogoutDelivery): Promise<string | null> {
    const now = this.clock.now();
    const message = verifyLogout(connection, delivery, now);
    if (message.kind === 'response') return null;
    const ended = await this.database.transaction(connection.tenantId, async (tx) => {
      await consume(tx, connection, message);
      return endSessionsThrough(tx, connection.id, now, message);
    });
    this.log.info({ event: 'saml.logged_out', connectionId: connection.id, sessions: ended });
    return logoutResponseUrl(connection, message, now) ?? null;
  }

  /** Ends a session of ours. Returns where the browser goes to end the one at the IdP too; null for an IdP without. */
  async end(tenantId: string, sessionId: string): Promise<string | null> {
    const now = this.clock.now();
    const found = await this.database.transaction(tenantId, async (tx) => {
      const [ended] = await tx.query<EndedSession>(
        `UPDATE sessions SET ended_at = $3 WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL
         RETURNING connection_id AS "connectionId", name_id AS "nameId", session_index AS "sessionIndex"`,
        [tenantId, sessionId, now],
      );
      if (!ended) throw new Refusal('not_found', 'session_not_found', 'The session has ended before.');
      const { connectionId, nameId } = ended;
      const subject = await tx.repository(SamlSubjectRow).findOneBy({ tenantId, connectionId, nameId });
      return { ended, attributes: subject?.attributes ?? {} };
    });
    const { connectionId, nameId, sessionIndex } = found.ended;
    const connection = await this.connections.load(connectionId);
    if (connection === null || connection.disabled === true) return null;
    const { attributes } = found;
    const subject = { nameId, attributes, ...(sessionIndex !== null && { sessionIndex }) };
    return logoutRequestUrl(connection, subject, now) ?? null;
  }
}

type LogoutRequest = Extract<LogoutMessage, { kind: 'request' }>;

/** A request is good once. It shares the store of the assertions, whose ids come from the same IdP. */
async function consume(tx: Tx, connection: SamlConnection, { id, rememberUntil }: LogoutRequest): Promise<void> {
  const fresh = await tx.query(
    `INSERT INTO saml_assertions (tenant_id, connection_id, assertion_id, remember_until) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING RETURNING assertion_id`,
    [tx.tenantId, connection.id, `logout:${id}`, rememberUntil],
  );
  if (fresh.length === 0) throw new SamlRefused('logout_replayed', 'The LogoutRequest was used before.');
}
