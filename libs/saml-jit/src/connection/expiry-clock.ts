import { Clock, Database, duePerTenant, forEachRow, type Log, type Timer, type Tx } from '@tenure/platform';
import { livingKeys, lockConnection, nextWarningOf, tellOfConnection } from './connection-rows.js';
import { certificateFacts } from '../protocol/read-certificate.js';
import { expiryStep, isNewStep } from '../protocol/warn-of-expiry.js';
import { SamlConnectionRow, SamlKeyRow } from './saml-connection.entity.js';

const DUE = duePerTenant({
  table: 'saml_connections',
  columns: 'id',
  open: 'warn_at IS NOT NULL',
  due: 'warn_at <= $1',
  order: 'warn_at',
  perTenant: 100,
});
const CLOCK = { actor: 'clock', door: 'clock' } as const;

/** Certificates that end soon, the IdPs' and ours: told once at 30, 7 and 1 days before, and at the end. */
export const certificateClock = (database: Database, clock: Clock, log: Log, everyMs = 60_000): Timer => ({
  name: 'saml-certificates',
  everyMs,
  run: async (tx) => {
    const due = await tx.query<{ tenant_id: string; id: string }>(DUE, [clock.now()]);
    return () =>
      forEachRow(log, 'saml-certificates', due, (tenantId, { id }) =>
        database.transaction(tenantId, (own) => tellOfExpiry(own, id, clock.now())),
      );
  },
});

async function tellOfExpiry(tx: Tx, id: string, now: Date): Promise<void> {
  const { tenantId } = tx;
  const row = await lockConnection(tx, id);
  const keys = await livingKeys(tx, id);
  const told = async (whose: string, pem: string, warnedDays: number | undefined): Promise<number | undefined> => {
    const { notAfter, fingerprint } = certificateFacts(pem);
    const step = expiryStep(notAfter, now);
    if (!isNewStep(step, warnedDays)) return warnedDays;
    await tellOfConnection(tx, CLOCK, now, id, 'certificate_expiring', { whose, fingerprint, notAfter, days: step });
    return step;
  };
  const certificates = [];
  for (const one of row.certificates) {
    const warnedDays = await told('idp', one.pem, one.warnedDays);
    certificates.push({ ...one, ...(warnedDays !== undefined && { warnedDays }) });
  }
  for (const key of keys) {
    const warnedDays = (await told(key.purpose, key.certificate, key.warnedDays ?? undefined)) ?? null;
    await tx.repository(SamlKeyRow).update({ tenantId, connectionId: id, id: key.id }, { warnedDays });
  }
  const warnAt = nextWarningOf(certificates, keys, now);
  await tx.repository(SamlConnectionRow).update({ tenantId, id }, { certificates, warnAt });
}
