import type { Tx } from '@tenure/platform';
import type { Application, WorkHints } from '@tenure/applications';
import type { Capabilities } from '@tenure/connectors';
import { judgeAccounts, seenColumns, type SeenAccount } from './judge-accounts.js';
import type { ClaimedScan, ScanStep } from '../listing/scan-store.js';

const SLICE = 200;

/** The accounts of ours that a scan saw, with what it saw; locked, so that nothing begins meanwhile. */
const SEEN = `
  SELECT ${seenColumns('s.read_at')}, s.observed AS seen
  FROM accounts a JOIN identities i ON i.tenant_id = a.tenant_id AND i.id = a.identity_id
  JOIN scanned_accounts s ON s.tenant_id = a.tenant_id AND s.scan_id = $3 AND s.remote_id = a.remote_id
  WHERE a.tenant_id = $1 AND a.application_id = $2 AND ($4::uuid IS NULL OR a.id > $4) ORDER BY a.id LIMIT ${SLICE} FOR NO KEY UPDATE OF a`;

/** Compares one slice of a scan's accounts with what was made of them, and does what the application's rules say. */
export async function findAccountDrift(
  tx: Tx,
  hints: WorkHints,
  application: Application,
  scan: ClaimedScan,
  now: Date,
  capabilities: Pick<Capabilities, 'caseless'> = {},
): Promise<ScanStep> {
  const rows = await tx.query<SeenAccount>(SEEN, [tx.tenantId, application.id, scan.id, scan.cursor]);
  const counts = await judgeAccounts(tx, hints, application, { scanId: scan.id }, rows, now, capabilities);
  const last = rows.at(-1);
  return rows.length < SLICE || last === undefined ? { phase: 'memberships', counts } : { cursor: last.id, counts };
}
