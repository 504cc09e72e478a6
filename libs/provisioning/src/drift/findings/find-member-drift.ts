import type { Tx } from '@tenure/platform';
import { hasLeft, type LifecycleState } from '@tenure/identity';
import { PRIORITY, WorkHints, type Application } from '@tenure/applications';
import { appendFact } from '@tenure/journal';
import type { Difference } from './compare-account.js';
import { revertMembers, writeFindings, type FindingRow, type MemberReversion } from './drift-store.js';
import { settleFindings, type Settled, type StandingFinding } from './settle-findings.js';
import type { ClaimedScan, ScanStep } from '../listing/scan-store.js';

interface Row {
  readonly accountId: string;
  readonly identityId: string;
  readonly protectedReason: string | null;
  readonly state: LifecycleState;
  readonly seen: boolean;
  /** We changed this membership before. */
  readonly isOurs: boolean;
  readonly standing: StandingFinding | null;
}

interface Target {
  readonly id: string;
  readonly shard: number;
  readonly remoteId: string | null;
  readonly readAt: string;
}

const SLICE = 200;

const NEXT = `
  SELECT e.id, e.shard, s.remote_id AS "remoteId", s.read_at::text AS "readAt" FROM scanned_entitlements s
  JOIN entitlements e ON e.tenant_id = s.tenant_id AND e.id = s.entitlement_id
  WHERE s.tenant_id = $1 AND s.scan_id = $2 AND s.read_at IS NOT NULL AND ($3::uuid IS NULL OR CASE WHEN $4 THEN e.id >= $3 ELSE e.id > $3 END)
  ORDER BY e.id LIMIT 1`;

/** Memberships that are settled, and not as the application shows them. Strangers' memberships are not ours to judge. */
const DIFFERING = `
  WITH concerned AS (
    SELECT account_id AS id FROM entitlement_members WHERE tenant_id = $1 AND entitlement_id = $3 AND held
    UNION SELECT a.id FROM scanned_members s JOIN accounts a ON a.tenant_id = s.tenant_id AND a.application_id = $2 AND a.remote_id = s.remote_id
          WHERE s.tenant_id = $1 AND s.scan_id = $4 AND s.entitlement_id = $3)
  SELECT a.id AS "accountId", a.identity_id AS "identityId", a.protected_reason AS "protectedReason", i.state, s.remote_id IS NOT NULL AS seen,
    m.account_id IS NOT NULL AS "isOurs",
    CASE WHEN f.id IS NOT NULL THEN jsonb_build_object('id', f.id, 'kind', f.kind, 'attribute', f.attribute, 'observed', f.observed, 'state', f.state) END AS standing
  FROM concerned c JOIN accounts a ON a.tenant_id = $1 AND a.id = c.id
  JOIN identities i ON i.tenant_id = $1 AND i.id = a.identity_id
  LEFT JOIN entitlement_members m ON m.tenant_id = $1 AND m.entitlement_id = $3 AND m.account_id = a.id
  LEFT JOIN scanned_members s ON s.tenant_id = $1 AND s.scan_id = $4 AND s.entitlement_id = $3 AND s.remote_id = a.remote_id
  LEFT JOIN drift_findings f ON f.tenant_id = $1 AND f.account_id = a.id AND f.entitlement_id = $3 AND f.state IN ('open', 'ignored')
    AND f.kind = CASE WHEN s.remote_id IS NULL THEN 'member_removed' ELSE 'member_added' END
  WHERE a.remote_id IS NOT NULL AND ($5::uuid IS NULL OR a.id > $5)
    AND coalesce(m.held, false) <> (s.remote_id IS NOT NULL)
    AND (m.account_id IS NULL OR (m.wanted = m.held AND m.runnable AND greatest(m.changed_at, m.applied_at) < $6))
    AND NOT (a.applied_version < a.desired_version AND a.observed IS NULL)
  ORDER BY a.id LIMIT ${SLICE}`;

/** Compares one slice of one entitlement's members with what was made of them, and does what the rules say. */
export async function findMemberDrift(
  tx: Tx,
  hints: WorkHints,
  application: Application,
  scan: ClaimedScan,
  now: Date,
): Promise<ScanStep> {
  const [entitlementId = null, after = null] = scan.cursor?.split('|') ?? [];
  const [target] = await tx.query<Target>(NEXT, [tx.tenantId, scan.id, entitlementId, after !== null]);
  if (target === undefined) return { phase: 'strangers' };
  const params = [
    tx.tenantId,
    application.id,
    target.id,
    scan.id,
    target.id === entitlementId ? after : null,
    target.readAt,
  ];
  const rows = await tx.query<Row>(DIFFERING, params);
  const settled = rows.map((row) => ({ row, settled: settle(application, target, row) }));
  await writeFindings(
    tx,
    scan.id,
    now,
    settled.map(({ row, settled: one }) => findingOf(application, scan, target, row, one)),
  );
  await revert(tx, hints, application, scan, now, target, settled);
  const counts = { memberDifferences: rows.length };
  const last = rows.at(-1);
  if (rows.length === SLICE && last !== undefined) return { cursor: `${target.id}|${last.accountId}`, counts };
  await closeOthers(tx, scan, target, now);
  return { cursor: target.id, counts };
}

function settle(application: Application, { remoteId }: Target, row: Row): Settled {
  const difference: Difference = {
    ...{
      kind: row.seen ? 'member_added' : 'member_removed',
      attribute: '',
      desired: !row.seen,
      applied: !row.seen,
      observed: row.seen,
    },
    cause: causeOf(row, remoteId, application.verify === 'read_back'),
  };
  const facts = { rules: application.drift, mode: application.mode };
  const person = { isProtected: row.protectedReason !== null, hasLeft: hasLeft(row) };
  const [settled] = settleFindings([difference], row.standing ? [row.standing] : [], { ...facts, ...person }).settled;
  if (settled === undefined) throw new Error('a difference was not settled');
  return settled;
}

/** What was never read back may as well never have taken effect. */
function causeOf({ seen, isOurs }: Row, remoteId: string | null, isProven: boolean): string {
  if (remoteId === null) return 'The entitlement itself is gone in the application.';
  if (isProven || !isOurs)
    return seen ? 'Somebody added the member in the application.' : 'Somebody removed the member in the application.';
  return seen
    ? 'Our removal never took effect, or somebody added the member again in the application.'
    : 'Somebody removed the member in the application, or our addition never took effect.';
}

const findingOf = (
  { id: applicationId }: Application,
  scan: ClaimedScan,
  { id: entitlementId }: Target,
  { accountId, identityId }: Row,
  { difference, standingId, state, reaction }: Settled,
): FindingRow => ({
  ...difference,
  ...{ id: standingId, applicationId, accountId, identityId, entitlementId, state },
  by: reaction === 'ask' ? null : `scan:${scan.id}`,
});

async function revert(
  tx: Tx,
  hints: WorkHints,
  application: Application,
  scan: ClaimedScan,
  now: Date,
  target: Target,
  settled: readonly { readonly row: Row; readonly settled: Settled }[],
): Promise<void> {
  const { tenantId, id: applicationId, connector } = application;
  const reversions: MemberReversion[] = [];
  for (const { row, settled: one } of settled) {
    if (one.reaction !== 'revert') continue;
    const cause = await appendFact(tx, { actor: `scan:${scan.id}`, door: 'provisioning' }, now, {
      verb: 'account.drift_reverted',
      subjectKind: 'account',
      subjectId: row.accountId,
      payload: { scanId: scan.id, entitlementId: target.id, differences: [one.difference] },
    });
    const priority = one.urgent ? PRIORITY.leaver : PRIORITY.drift;
    const { accountId, seen: held } = row;
    reversions.push({ applicationId, entitlementId: target.id, accountId, held, priority, cause });
    hints.announce(tx, { tenantId, applicationId, connector, shard: target.shard, urgent: one.urgent });
  }
  await revertMembers(tx, reversions);
  if (reversions.length > 0 && target.remoteId === null)
    await tx.query('UPDATE entitlements SET remote_id = NULL WHERE tenant_id = $1 AND id = $2', [tenantId, target.id]);
}

/** Findings of this entitlement that this scan did not see again. */
async function closeOthers(tx: Tx, scan: ClaimedScan, { id }: Target, now: Date): Promise<void> {
  await tx.query(
    `UPDATE drift_findings SET state = 'closed', decided_at = $4
     WHERE tenant_id = $1 AND entitlement_id = $2 AND state IN ('open', 'ignored') AND scan_id IS DISTINCT FROM $3`,
    [tx.tenantId, id, scan.id, now],
  );
}
