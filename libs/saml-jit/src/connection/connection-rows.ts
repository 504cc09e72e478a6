import { Refusal, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { nextWarning } from '../protocol/warn-of-expiry.js';
import { certificateFacts } from '../protocol/read-certificate.js';
import type { TrustedCertificate } from '../protocol/roll-certificates.js';
import { SamlConnectionRow, SamlKeyRow } from './saml-connection.entity.js';

/** A connection of the tenant, locked together with its source, whose journal it shares; or a refusal. */
export async function lockConnection(tx: Tx, id: string): Promise<SamlConnectionRow> {
  await tx.query(
    `SELECT FROM sources s JOIN saml_connections c ON c.tenant_id = s.tenant_id AND c.id = s.id
     WHERE s.tenant_id = $1 AND s.id = $2 AND c.deleted_at IS NULL FOR UPDATE`,
    [tx.tenantId, id],
  );
  return getConnection(tx, id);
}

/** A connection of the tenant, or a refusal. */
export async function getConnection(tx: Tx, id: string): Promise<SamlConnectionRow> {
  const row = await tx.repository(SamlConnectionRow).findOneBy({ tenantId: tx.tenantId, id });
  if (row?.deletedAt !== null)
    throw new Refusal('saml_connection_not_found', `There is no SAML connection with the id ${id}.`);
  return row;
}

/** Writes what happened to a connection, under its lock. */
export const tellOfConnection = (
  tx: Tx,
  by: Actor,
  at: Date,
  id: string,
  verb: string,
  payload: unknown,
): Promise<string> =>
  appendFact(tx, by, at, { verb: `saml_connection.${verb}`, subjectKind: 'source', subjectId: id, payload });

/** The keys of a connection that are not retired, the one in use first. */
export const livingKeys = (tx: Tx, id: string): Promise<SamlKeyRow[]> =>
  tx
    .repository(SamlKeyRow)
    .find({ where: { tenantId: tx.tenantId, connectionId: id }, order: { state: 'ASC', createdAt: 'ASC' } })
    .then((keys) => keys.filter(({ state }) => state !== 'retired'));

/** When a certificate of a connection, the IdP's or ours, next comes close to its end. */
export const nextWarningOf = (
  certificates: readonly TrustedCertificate[],
  keys: readonly Pick<SamlKeyRow, 'certificate'>[],
  now: Date,
): Date | null =>
  nextWarning(
    [...certificates.map(({ pem }) => pem), ...keys.map(({ certificate }) => certificate)].map(
      (pem) => certificateFacts(pem).notAfter,
    ),
    now,
  );
