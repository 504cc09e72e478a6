import { Clock, Database, type Log, type Tx } from '@tenure/platform';
import { tellSessionsEnded } from '@tenure/journal';
import { endSessionsThrough, Sessions, type OpenSession } from '@tenure/tenancy';
import type { OutboundMessage } from './protocol/outbound-message.js';
import type { SamlConnection } from './protocol/saml-connection.js';
import { SamlRefused } from './protocol/saml-refused.js';
import { verifyLogout, type LogoutDelivery, type LogoutMessage } from './protocol/verify-logout.js';
import { logoutRequest, logoutResponse } from './protocol/write-logout.js';
import { SamlSubjectRow } from './saml-connection.entity.js';
import type { StoredConnections } from './stored-connections.js';

/** Single logout, both ways. The session here ends first, and whatever an IdP answers changes nothing of that. */
export class SamlLogouts {
  constructor(
    private readonly database: Database,
    private readonly connections: StoredConnections,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** What an IdP says of a logout. Returns the answer that the browser takes; null, when there is none to take. */
  async receive(connection: SamlConnection, delivery: LogoutDelivery): Promise<OutboundMessage | null> {
    const now = this.clock.now();
    const message = verifyLogout(connection, delivery, now);
    if (message.kind === 'response') return null;
    const ended = await this.database.transaction(connection.tenantId, async (tx) => {
      await consume(tx, connection, message);
      const sessions = await endSessionsThrough(tx, connection.id, now, message);
      const by = { actor: `source:${connection.id}`, door: 'saml' } as const;
      await tellSessionsEnded(tx, by, now, sessions, 'identity_provider');
      return sessions.length;
    });
    this.log.info({ event: 'saml.logged_out', connectionId: connection.id, sessions: ended });
    return logoutResponse(connection, message, now) ?? null;
  }

  /** Ends a session of ours. Returns what the browser takes to end the one at the IdP too; null for an IdP without. */
  async end({ tenantId, identityId, id }: OpenSession): Promise<OutboundMessage | null> {
    const now = this.clock.now();
    const { ended, attributes } = await this.database.transaction(tenantId, async (tx) => {
      const ended = await this.sessions.end(tx, identityId, id);
      await tellSessionsEnded(tx, { actor: `identity:${identityId}`, door: 'access' }, now, [ended], 'signed_out');
      const { connectionId, nameId } = ended;
      const subject = await tx.repository(SamlSubjectRow).findOneBy({ tenantId, connectionId, nameId });
      return { ended, attributes: subject?.attributes ?? {} };
    });
    const { connectionId, nameId, sessionIndex } = ended;
    const connection = await this.connections.load(connectionId);
    if (connection === null || connection.disabled === true) return null;
    const subject = { nameId, attributes, ...(sessionIndex !== null && { sessionIndex }) };
    return logoutRequest(connection, subject, now) ?? null;
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
