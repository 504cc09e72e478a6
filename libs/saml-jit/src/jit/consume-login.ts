import { hashToken, type Tx } from '@tenure/platform';
import type { SamlLogin } from '../protocol/read-login.js';
import type { SamlConnection } from '../protocol/saml-connection.js';
import { SamlRefused } from '../protocol/saml-refused.js';

/** In which browser a login is finished, and which session it opens there. */
export interface Finishing {
  readonly browserToken: string | undefined;
  /** Null: none, since it is a test. */
  readonly sessionId: string | null;
}

/** The request and the assertion are each good for one login: two posts side by side leave one session. */
export async function consumeLogin(
  tx: Tx,
  connection: SamlConnection,
  login: SamlLogin,
  { browserToken, sessionId }: Finishing,
): Promise<void> {
  // A login that began at the IdP has no request; where that is not allowed it never comes so far.
  if (login.inResponseTo !== undefined) await consumeRequest(tx, connection, login.inResponseTo, browserToken);
  const fresh = await tx.query(
    `INSERT INTO saml_assertions (tenant_id, connection_id, assertion_id, remember_until, session_id) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING RETURNING assertion_id`,
    [tx.tenantId, connection.id, login.assertionId, login.rememberUntil, sessionId],
  );
  if (fresh.length === 0) throw new SamlRefused('assertion_refused', 'The assertion was used before.');
  if (connection.idpSloUrl !== undefined) await rememberSubject(tx, connection, login);
}

async function consumeRequest(
  tx: Tx,
  connection: SamlConnection,
  requestId: string,
  browserToken: string | undefined,
): Promise<void> {
  const request = await tx.query(
    'DELETE FROM saml_requests WHERE tenant_id = $1 AND connection_id = $2 AND request_id = $3 AND browser_hash = $4 RETURNING request_id',
    [tx.tenantId, connection.id, requestId, hashToken(browserToken ?? '')],
  );
  if (request.length === 0)
    throw new SamlRefused('request_unknown', 'The login was not begun in this browser, or was finished before.');
}

/** How the IdP writes this NameID, for the logout request that may follow. */
async function rememberSubject(tx: Tx, { id }: SamlConnection, { nameId, nameIdAttributes }: SamlLogin): Promise<void> {
  await tx.query(
    `INSERT INTO saml_subjects AS known (tenant_id, connection_id, name_id, attributes) VALUES ($1, $2, $3, $4)
     ON CONFLICT (tenant_id, connection_id, name_id) DO UPDATE SET attributes = EXCLUDED.attributes
     WHERE known.attributes <> EXCLUDED.attributes`,
    [tx.tenantId, id, nameId, nameIdAttributes],
  );
}
