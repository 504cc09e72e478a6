import type { Tx } from '@tenure/platform';
import { closeCases, openCase } from '@tenure/identity';
import { judgeScan, type Sightings } from './judge-scan.js';
import type { ClaimedScan, ScanStep } from './scan-store.js';

/** The question about a scan that shows too little; its subject is the application. */
export const SUSPICION = 'scan_suspected';

const SIGHTINGS = `
  SELECT (SELECT count(*)::int FROM scanned_accounts WHERE tenant_id = $1 AND scan_id = $2) AS listed,
    a.expected AS "expectedAccounts", a.seen AS "seenAccounts", m.expected AS "expectedMembers", m.seen AS "seenMembers"
  FROM (SELECT count(*)::int AS expected, count(s.remote_id)::int AS seen FROM accounts a
        LEFT JOIN scanned_accounts s ON s.tenant_id = a.tenant_id AND s.scan_id = $2 AND s.remote_id = a.remote_id
        WHERE a.tenant_id = $1 AND a.application_id = $3 AND a.remote_id IS NOT NULL AND a.observed IS NOT NULL
          AND greatest(a.observed_at, a.applied_at) < $4) a,
    (SELECT count(*)::int AS expected, count(s.remote_id)::int AS seen FROM entitlement_members m
        JOIN accounts a ON a.tenant_id = m.tenant_id AND a.id = m.account_id AND a.remote_id IS NOT NULL
        JOIN scanned_entitlements e ON e.tenant_id = m.tenant_id AND e.scan_id = $2 AND e.entitlement_id = m.entitlement_id AND e.read_at IS NOT NULL
        LEFT JOIN scanned_members s ON s.tenant_id = m.tenant_id AND s.scan_id = $2 AND s.entitlement_id = m.entitlement_id AND s.remote_id = a.remote_id
        WHERE m.tenant_id = $1 AND m.application_id = $3 AND m.held AND m.applied_at < $4) m`;

/** Whether what was read is believed. If not, nothing is written from it, and a person is asked. */
export async function judge(tx: Tx, scan: ClaimedScan, now: Date): Promise<ScanStep> {
  const [seen] = await tx.query<Sightings>(SIGHTINGS, [tx.tenantId, scan.id, scan.applicationId, scan.startedAt]);
  if (!seen) throw new Error('the database did not answer');
  const { listed: _, ...counts } = seen;
  const doubt = judgeScan(seen);
  if (doubt === null) {
    await settleDoubts(tx, scan, now, `scan:${scan.id}`);
    return { phase: 'absent', counts };
  }
  const details = { scanId: scan.id, ...seen };
  await openCase(tx, now, { kind: SUSPICION, subjectId: scan.applicationId, reason: doubt, details });
  return { state: 'suspected', counts };
}

/** Earlier scans that were suspected are of no interest any more. */
export async function settleDoubts(
  tx: Tx,
  { id, applicationId }: { readonly id: string; readonly applicationId: string },
  now: Date,
  actor: string,
): Promise<void> {
  await tx.query(
    "UPDATE scans SET state = 'superseded' WHERE tenant_id = $1 AND application_id = $2 AND state = 'suspected' AND id <> $3",
    [tx.tenantId, applicationId, id],
  );
  await closeCases(tx, now, { kind: SUSPICION, subjectId: applicationId }, { actor, resolution: { scanId: id } });
}

const TIDIED = 5_000;

/** Removes what was read of this scan and of those that are over, a part at a time; then the scan is done. */
export async function tidy(tx: Tx, scan: ClaimedScan): Promise<ScanStep> {
  for (const table of ['scanned_accounts', 'scanned_members', 'scanned_entitlements']) {
    const removed = await tx.query(
      `DELETE FROM ${table} WHERE tenant_id = $1 AND ctid IN (
         SELECT s.ctid FROM ${table} s JOIN scans c ON c.tenant_id = s.tenant_id AND c.id = s.scan_id
         WHERE s.tenant_id = $1 AND c.application_id = $2 AND (c.id = $3 OR c.state IN ('done', 'superseded', 'failed')) LIMIT ${TIDIED})
       RETURNING scan_id`,
      [tx.tenantId, scan.applicationId, scan.id],
    );
    if (removed.length === TIDIED) return {};
  }
  return { state: 'done' };
}
