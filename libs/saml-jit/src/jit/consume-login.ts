import { hashToken, type Tx } from '@tenure/platform';
import type { SamlLogin } from '../protocol/read-login.js';
import type { SamlConnection } from '../protocol/saml-connection.js';
import { SamlRefused } from '../protocol/saml-refused.js';

/** The request and the assertion are each good for one login: two posts side by side leave one session. */
export async function consumeLogin(
  tx: Tx,
  connection: SamlConnection,
  login: SamlLogin,
  browserToken: string | undefined,
): Promise<void> {
  const request = await tx.query(
    'DELETE FROM saml_requests WHERE tenant_id = $1 AND connection_id = $2 AND request_id = $3 AND browser_hash = $4 RETURNING request_id',
    [tx.tenantId, connection.id, login.inResponseTo, hashToken(browserToken ?? '')],
  );
  if (request.length === 0)
    throw new SamlRefused('request_unknown', 'The login was not begun in this browser, or was finished before.');
  const fresh = await tx.query(
    `INSERT INTO saml_assertions (tenant_id, connection_id, assertion_id, remember_until) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING RETURNING assertion_id`,
    [tx.tenantId, connection.id, login.assertionId, login.rememberUntil],
  );
  if (fresh.length === 0) throw new SamlRefused('assertion_refused', 'The assertion was used before.');
}
