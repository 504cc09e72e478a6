import type { Tx } from '@tenure/platform';
import { getConnection } from './connection-rows.js';
import { keyView } from './connection-keys.js';
import { certificateFacts } from '../protocol/read-certificate.js';
import { GRACE_MS, type TrustedCertificate } from '../protocol/roll-certificates.js';
import { expiryStep } from '../protocol/warn-of-expiry.js';
import { SamlKeyRow, type SamlConnectionRow } from './saml-connection.entity.js';
import { connectionUrls } from './stored-connections.js';

/** Connections as the admin API shows them. */
export async function connectionViews(tx: Tx, ids: readonly string[], publicUrl: string, now: Date): Promise<object[]> {
  const names = await tx.query<{ id: string; name: string }>(
    'SELECT id, name FROM sources WHERE tenant_id = $1 AND id = ANY($2)',
    [tx.tenantId, ids],
  );
  const views = [];
  for (const id of ids) {
    const row = await getConnection(tx, id);
    const name = names.find((one) => one.id === id)?.name ?? '';
    const keys = await tx
      .repository(SamlKeyRow)
      .find({ where: { tenantId: tx.tenantId, connectionId: id }, order: { createdAt: 'ASC', id: 'ASC' } });
    views.push({
      ...settingsOf(row),
      name,
      ...connectionUrls(publicUrl, id),
      keys: keys.map(keyView),
      ...idpOf(row, now),
    });
  }
  return views;
}

const settingsOf = (row: SamlConnectionRow): object => ({
  id: row.id,
  state: row.disabledAt === null ? 'enabled' : 'disabled',
  wantSigned: row.wantSigned,
  nameIdFormat: row.nameIdFormat,
  forceAuthn: row.forceAuthn,
  authnContext: row.authnContext,
  clockSkewMs: row.clockSkewMs,
  idpInitiated: row.idpInitiated,
  encryption: row.encryption,
  signRequests: row.signRequests,
  createdAt: row.createdAt,
});

const idpOf = (row: SamlConnectionRow, now: Date): object => ({
  idp: {
    entityId: row.idpEntityId,
    ssoUrl: row.ssoUrl,
    ssoBinding: row.ssoBinding,
    sloUrl: row.sloUrl,
    sloBinding: row.sloUrl === null ? null : row.sloBinding,
    certificates: row.certificates.map((one) => certificateView(one, now)),
    metadataUrl: row.metadataUrl,
    /** Keys of the metadata that are not used, and why. */
    warnings: row.metadataWarnings,
    ...(row.metadataUrl !== null && {
      refreshedAt: row.refreshedAt,
      nextRefreshAt: row.refreshDueAt,
      refreshError: row.refreshError,
    }),
  },
});

function certificateView({ pem, goneSince }: TrustedCertificate, now: Date): object {
  const facts = certificateFacts(pem);
  const goodUntil = goneSince === undefined ? undefined : new Date(Date.parse(goneSince) + GRACE_MS);
  return {
    ...facts,
    isPublished: goneSince === undefined,
    ...(goodUntil && { goodUntil }),
    /** So many days before its end (30, 7, 1, 0) it is at most; null while that is far. */
    expiresWithinDays: expiryStep(facts.notAfter, now) ?? null,
  };
}

/** How far the set-up of a connection is, as seen from here. */
export async function checkSetup(tx: Tx, row: SamlConnectionRow): Promise<object> {
  const [login] = await tx.query<{ at: Date | null }>(
    'SELECT max(created_at) AS at FROM sessions WHERE tenant_id = $1 AND connection_id = $2',
    [tx.tenantId, row.id],
  );
  const [refusal] = await tx.query<{ code: string; reason: string; at: Date }>(
    `SELECT code, reason, last_at AS at FROM saml_refusals WHERE tenant_id = $1 AND connection_id = $2 ORDER BY last_at DESC LIMIT 1`,
    [tx.tenantId, row.id],
  );
  return {
    idpMetadata: row.metadataUrl === null ? 'entered' : row.refreshError === null ? 'fetched' : 'failing',
    idpMetadataError: row.refreshError,
    ourMetadataReadAt: row.metadataReadAt,
    loginBegunAt: row.loginBegunAt,
    lastLoginAt: login?.at ?? null,
    lastRefusal: refusal ?? null,
  };
}
