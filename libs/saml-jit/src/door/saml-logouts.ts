import { Clock, Database, type Log, type Tx } from '@tenure/platform';
import { tellSessionsEnded } from '@tenure/journal';
import { endSessionsThrough, Sessions, type EndedSession, type OpenSession } from '@tenure/tenancy';
import { nameKeyOf } from '../jit/choose-key.js';
import type { OutboundMessage } from '../protocol/outbound-message.js';
import type { SamlConnection } from '../protocol/saml-connection.js';
import { SamlRefused } from '../protocol/saml-refused.js';
import { verifyLogout, type LogoutDelivery, type LogoutMessage } from '../protocol/verify-logout.js';
import { logoutRequest, logoutResponse } from '../protocol/write-logout.js';
import { SamlSubjectRow } from '../connection/saml-connection.entity.js';
import type { StoredConnections } from '../connection/stored-connections.js';

/** What a logout message leads to: an answer that the browser takes, or what is true of the session here. */
export type LogoutOutcome =
  | { readonly kind: 'answer'; readonly message: OutboundMessage }
  | { readonly kind: 'signed_out' | 'still_signed_in' | 'answered' };

/** Single logout, both ways. The session here ends first, and whatever an IdP answers changes nothing of that. */
export class SamlLogouts {
  constructor(
    private readonly database: Database,
    private readonly connections: StoredConnections,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** What an IdP says of a logout. `session`: from the cookie of the browser that brings it. */
  async receive(
    connection: SamlConnection,
    delivery: LogoutDelivery,
    session: string | undefined,
  ): Promise<LogoutOutcome> {
    const now = this.clock.now();
    const message = verifyLogout(connection, delivery, now);
    if (message.kind === 'response') return { kind: await this.stateAfter(message.isDone, session) };
    const ended = await this.database.transaction(connection.tenantId, async (tx) => {
      await consume(tx, connection, message);
      const sessions = await endSessionsOf(tx, connection.id, now, message);
      const by = { actor: `source:${connection.id}`, door: 'saml' } as const;
      await tellSessionsEnded(tx, by, now, sessions, 'identity_provider');
      return sessions.length;
    });
    this.log.info({ event: 'saml.logged_out', connectionId: connection.id, sessions: ended });
    const answer = logoutResponse(connection, message, now);
    if (answer !== undefined) return { kind: 'answer', message: answer };
    return { kind: await this.stateAfter(true, session) };
  }

  /** An answer ends nothing, so what it says is true only where this browser has no session. */
  private async stateAfter(
    isDone: boolean,
    session: string | undefined,
  ): Promise<'signed_out' | 'still_signed_in' | 'answered'> {
    if (session !== undefined && (await this.sessions.find(session)) !== null) return 'still_signed_in';
    return isDone ? 'signed_out' : 'answered';
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

/** Ends the sessions of a NameID, in whatever form of it each was opened: an IdP may write an address in other letters. */
async function endSessionsOf(tx: Tx, id: string, now: Date, request: LogoutRequest): Promise<EndedSession[]> {
  const alike = await tx.query<{ nameId: string; format: string | null }>(
    `SELECT DISTINCT s.name_id AS "nameId", n.attributes ->> 'Format' AS format FROM sessions s
       LEFT JOIN saml_subjects n ON n.tenant_id = $1 AND n.connection_id = $2 AND n.name_id = s.name_id
     WHERE s.tenant_id = $1 AND s.connection_id = $2 AND s.ended_at IS NULL
       AND lower(normalize(s.name_id, NFKC)) = lower(normalize($3, NFKC))`,
    [tx.tenantId, id, request.nameId],
  );
  const ended: EndedSession[] = [];
  for (const { nameId, format } of alike) {
    const isSame =
      nameId === request.nameId || isSameName(format ?? request.nameIdFormat ?? UNSPECIFIED, nameId, request.nameId);
    if (isSame) ended.push(...(await endSessionsThrough(tx, id, now, { ...request, nameId })));
  }
  return ended;
}

const UNSPECIFIED = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';
const isSameName = (nameIdFormat: string, one: string, other: string): boolean =>
  nameKeyOf({ nameId: one, nameIdFormat }) === nameKeyOf({ nameId: other, nameIdFormat });

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
