import { groupBy, type Tx } from '@tenure/platform';
import { hasLeft, type LifecycleState } from '@tenure/identity';
import {
  PRIORITY,
  writeRulesOf,
  WorkHints,
  type Application,
  type ChosenNames,
  type DesiredAccount,
} from '@tenure/applications';
import { appendFact } from '@tenure/journal';
import type { Attributes, AttributeValue, Capabilities, ObservedAccount } from '@tenure/connectors';
import { compareAccount } from './compare-account.js';
import { adoptValues, revertAccounts, writeFindings, type FindingRow, type Reversion } from './drift-store.js';
import { namedDesired } from '../../reconcile/named-desired.js';
import { settledSince, type ClaimedScan, type ScanStep } from '../listing/scan-store.js';
import { settleFindings, type FindingsDecision, type Settled, type StandingFinding } from './settle-findings.js';

interface Row {
  readonly id: string;
  readonly identityId: string;
  readonly shard: number;
  readonly desired: DesiredAccount;
  readonly applied: DesiredAccount | null;
  readonly observed: ObservedAccount | null;
  readonly names: ChosenNames;
  readonly protectedReason: string | null;
  readonly state: LifecycleState;
  readonly isMerged: boolean;
  readonly isSettled: boolean;
  readonly seen: ObservedAccount | null;
}

interface Judged {
  readonly row: Row;
  readonly decision: FindingsDecision;
}

const SLICE = 200;

/** The accounts of ours that a scan saw, with what it saw; locked, so that nothing begins meanwhile. */
const SEEN = `
  SELECT a.id, a.identity_id AS "identityId", a.shard, a.desired, a.applied, a.observed, a.names, a.protected_reason AS "protectedReason",
    i.state, i.merged_into IS NOT NULL AS "isMerged", ${settledSince('s.read_at')} AS "isSettled", s.observed AS seen
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
  { caseless = [] }: Pick<Capabilities, 'caseless'> = {},
): Promise<ScanStep> {
  const rows = await tx.query<Row>(SEEN, [tx.tenantId, application.id, scan.id, scan.cursor]);
  const settledRows = rows.filter(({ isSettled }) => isSettled);
  const standing = await standingOf(
    tx,
    settledRows.map(({ id }) => id),
  );
  const rules = writeRulesOf(application.mapping);
  const judged = settledRows.map((row): Judged => {
    const { isMerged, state } = row;
    const isOrphan = isMerged || state === 'purged';
    const differences = compareAccount(
      { ...row, desired: namedDesired(row.desired, row.names), isMoving: false, isOrphan },
      row.seen,
      rules,
      { caseless },
    );
    const facts = { rules: application.drift, mode: application.mode };
    const person = { isProtected: row.protectedReason !== null, hasLeft: hasLeft({ state }) || isMerged };
    return { row, decision: settleFindings(differences, standing.get(row.id) ?? [], { ...facts, ...person }) };
  });
  await writeFindings(
    tx,
    scan.id,
    now,
    judged.flatMap(({ row, decision }) =>
      decision.settled.map((settled) => findingOf(application, scan, row, settled)),
    ),
    judged.flatMap(({ decision }) => decision.closedIds),
  );
  await react(tx, hints, application, scan, now, judged);
  const last = rows.at(-1);
  const counts = { compared: settledRows.length, ...countsOf(judged) };
  return rows.length < SLICE || last === undefined ? { phase: 'memberships', counts } : { cursor: last.id, counts };
}

async function standingOf(tx: Tx, accountIds: readonly string[]): Promise<ReadonlyMap<string, StandingFinding[]>> {
  const rows = await tx.query<StandingFinding & { readonly accountId: string }>(
    `SELECT id, account_id AS "accountId", kind, attribute, observed, state FROM drift_findings
     WHERE tenant_id = $1 AND account_id = ANY($2) AND entitlement_id IS NULL AND state IN ('open', 'ignored')`,
    [tx.tenantId, accountIds],
  );
  return groupBy(rows, ({ accountId }) => accountId);
}

const findingOf = (
  { id: applicationId }: Application,
  scan: ClaimedScan,
  { id: accountId, identityId }: Row,
  { difference, standingId, state, reaction }: Settled,
): FindingRow => ({
  ...difference,
  ...{ id: standingId, applicationId, accountId, identityId, entitlementId: null, state },
  by: reaction === 'ask' ? null : `scan:${scan.id}`,
});

/** What of the findings is to be undone, or taken over, at once. */
async function react(
  tx: Tx,
  hints: WorkHints,
  application: Application,
  scan: ClaimedScan,
  now: Date,
  judged: readonly Judged[],
): Promise<void> {
  const reversions: Reversion[] = [];
  const adoptions: { accountId: string; attributes: Attributes }[] = [];
  for (const { row, decision } of judged) {
    const reverted = decision.settled.filter(({ reaction }) => reaction === 'revert');
    const adopted = decision.settled.filter(({ reaction }) => reaction === 'adopt');
    if (adopted.length > 0) adoptions.push({ accountId: row.id, attributes: valuesOf(adopted) });
    if (reverted.length === 0) continue;
    const cause = await appendFact(tx, { actor: `scan:${scan.id}`, door: 'provisioning' }, now, {
      verb: 'account.drift_reverted',
      subjectKind: 'account',
      subjectId: row.id,
      payload: { scanId: scan.id, differences: reverted.map(({ difference }) => difference) },
    });
    const urgent = reverted.some((settled) => settled.urgent);
    const observed = observedBy(
      row.observed,
      row.seen,
      reverted.map(({ difference }) => difference),
    );
    reversions.push({ accountId: row.id, observed, priority: urgent ? PRIORITY.leaver : PRIORITY.drift, cause });
    const { tenantId, id: applicationId, connector } = application;
    hints.announce(tx, { tenantId, applicationId, connector, shard: row.shard, urgent });
  }
  await adoptValues(tx, adoptions);
  await revertAccounts(tx, reversions);
}

const valuesOf = (settled: readonly Settled[]): Attributes =>
  Object.fromEntries(
    settled.map(({ difference }): [string, AttributeValue] => [difference.attribute, difference.observed]),
  );

/** What we know of an account, with only those differences that are to be undone: the others wait for somebody's word. */
export function observedBy(
  known: ObservedAccount | null,
  seen: ObservedAccount | null,
  differences: readonly { readonly kind: string; readonly attribute: string; readonly observed: unknown }[],
): ObservedAccount | null {
  if (differences.some(({ kind }) => kind === 'missing')) return null;
  const base = known ?? seen;
  if (base === null) return null;
  const usable = differences.find(({ kind }) => kind !== 'attribute');
  const values = differences
    .filter(({ kind }) => kind === 'attribute')
    .map(({ attribute, observed }): [string, AttributeValue] => [attribute, observed as AttributeValue]);
  return {
    ...base,
    ...(usable && { enabled: usable.observed === 'unknown' ? ('unknown' as const) : usable.observed === true }),
    attributes: { ...base.attributes, ...Object.fromEntries(values) },
  };
}

function countsOf(judged: readonly Judged[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { decision } of judged) for (const { state } of decision.settled) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
