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
import { settledSince } from '../listing/scan-store.js';
import { settleFindings, type FindingsDecision, type Settled, type StandingFinding } from './settle-findings.js';

/** An account of ours, with what was seen of it in the application. */
export interface SeenAccount {
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
  /** Nobody is working on it, and nothing was written of it since it was seen. */
  readonly isSettled: boolean;
  readonly seen: ObservedAccount | null;
}

/** Who saw it: a scan, or the engine while it worked on another account. */
export interface Sighter {
  readonly scanId: string | null;
}

const actorOf = ({ scanId }: Sighter): string => (scanId === null ? 'engine' : `scan:${scanId}`);

interface Judged {
  readonly row: SeenAccount;
  readonly decision: FindingsDecision;
}

/**
 * The columns of a `SeenAccount` but for `seen`, of the account `a` and the identity `i`.
 * @param readAt SQL for the database's time before the application was asked
 */
export const seenColumns = (readAt: string): string =>
  `a.id, a.identity_id AS "identityId", a.shard, a.desired, a.applied, a.observed, a.names, a.protected_reason AS "protectedReason",
    i.state, i.merged_into IS NOT NULL AS "isMerged", ${settledSince(readAt)} AS "isSettled"`;

/** Compares accounts, whose rows are locked, with what was made of them, and does what the application's rules say. Returns counts. */
export async function judgeAccounts(
  tx: Tx,
  hints: WorkHints,
  application: Application,
  sighter: Sighter,
  rows: readonly SeenAccount[],
  now: Date,
  { caseless = [] }: Pick<Capabilities, 'caseless'> = {},
): Promise<Record<string, number>> {
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
    sighter.scanId,
    now,
    judged.flatMap(({ row, decision }) =>
      decision.settled.map((settled) => findingOf(application, sighter, row, settled)),
    ),
    judged.flatMap(({ decision }) => decision.closedIds),
  );
  await react(tx, hints, application, sighter, now, judged);
  return { compared: settledRows.length, ...countsOf(judged) };
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
  sighter: Sighter,
  { id: accountId, identityId }: SeenAccount,
  { difference, standingId, state, reaction }: Settled,
): FindingRow => ({
  ...difference,
  ...{ id: standingId, applicationId, accountId, identityId, entitlementId: null, state },
  by: reaction === 'ask' ? null : actorOf(sighter),
});

/** What of the findings is to be undone, or taken over, at once. */
async function react(
  tx: Tx,
  hints: WorkHints,
  application: Application,
  sighter: Sighter,
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
    const cause = await appendFact(tx, { actor: actorOf(sighter), door: 'provisioning' }, now, {
      verb: 'account.drift_reverted',
      subjectKind: 'account',
      subjectId: row.id,
      payload: {
        ...(sighter.scanId !== null && { scanId: sighter.scanId }),
        differences: reverted.map(({ difference }) => difference),
      },
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
