import { Clock, Database, Metrics, type Log, type Tx } from '@tenure/platform';
import type { Application, Because } from '@tenure/applications';
import type { Connector } from '@tenure/connectors';
import type { TurnTime, Way } from './account-slice.js';
import { judgeHealth, settleVerdict, tallyOf } from '../health/application-health.js';
import { Attempt, failureOf, logInternalFault, WritingStopped } from '../attempt/attempt.js';
import type { BudgetGate } from '../budget/budget-gate.js';
import { CallPermissions } from '../attempt/call-permissions.js';
import { admitMembers, type AdmittedMembers } from '../budget/budgeted-steps.js';
import { NotAsWritten, workError } from '../attempt/work-error.js';
import { backoffMs, decideRetryAt } from '../attempt/decide-retry.js';
import {
  becauseOf,
  releaseEntitlement,
  writeMemberOutcomes,
  type EntitlementOutcome,
  type LeasedEntitlement,
  type LeasedMember,
  type MemberOutcome,
} from '../backlog/entitlement-leases.js';
import { HealthRecords } from '../health/health-records.js';
import { Pacers } from '../pace/pacers.js';
import { keepHeldItems } from '../budget/keep-held-items.js';
import { lookForMembers } from '../drift/findings/note-missing.js';
import { writeOperations, type OperationRow } from '../attempt/operation-store.js';
import { reconcileMembers, type MembersResult } from '../reconcile/reconcile-members.js';

/** One batch of one entitlement's members: the second unit of work, gathered into the largest change that the app takes. */
export class MemberSlice {
  constructor(
    private readonly database: Database,
    private readonly permissions: CallPermissions,
    private readonly pacers: Pacers,
    private readonly health: HealthRecords,
    private readonly budgets: BudgetGate,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /** Changes the leased members in the application. False: it rests now. */
  async run(
    application: Application,
    connector: Connector,
    leased: LeasedEntitlement,
    taken: readonly LeasedMember[],
    { deadlineMs, seenAt }: TurnTime,
    { urgent, trial }: Way,
  ): Promise<boolean> {
    const leaseEndsAt = performance.now() + deadlineMs + connector.capabilities.settleMs;
    const lane = this.pacers.of(application, urgent);
    const now = (): Date => this.clock.now();
    const accountIds = taken.map(({ accountId }) => accountId);
    const mayCall = this.permissions.of({ application, accountIds }, seenAt);
    const attempt = new Attempt(`${leased.id}:${leased.fence}`, deadlineMs, now, mayCall, lane);
    const admission = await admitMembers(this.budgets, application, leased, taken);
    const members = admission.admitted;
    const { settleMs } = connector.capabilities;
    const result = judged(leased, await this.reconcile(application, connector, leased, members, attempt), settleMs);
    for (const { kind, outcome } of attempt.operations) {
      this.metrics.operations.inc({ connector: application.connector, operation: kind, outcome });
    }
    const errors = result.error === null ? [] : [result.error];
    for (const error of [...errors, ...result.refused.map((one) => one.error)])
      logInternalFault(this.log, error, { applicationId: application.id, entitlementId: leased.id });
    const done = result.done.length + result.refused.length;
    const health = judgeHealth(done, errors, this.pacers.blockedMs(application.id));
    const mayProbe = this.permissions.of({ application, accountIds: [], reads: true }, -Infinity);
    const leftMs = leaseEndsAt - performance.now();
    const verdict = await settleVerdict(health, connector, { lane, leftMs, trial, mayCall: mayProbe });
    return this.database.transaction(application.tenantId, async (tx) => {
      const settled = await this.health.count(tx, application, verdict, tallyOf(done > 0 ? 1 : 0, errors));
      const rest =
        settled.kind === 'quarantine' || settled.kind === 'pause' || errors.some((e) => e instanceof WritingStopped);
      const outcome = entitlementOutcome(leased, result, settleMs, this.clock.now(), rest);
      await this.write(tx, application, leased, admission, result, attempt, outcome);
      return this.health.keep(tx, application, settled, trial);
    });
  }

  /** Nothing is asked of the application when everything was kept back. */
  private reconcile(
    { verify }: Application,
    connector: Connector,
    leased: LeasedEntitlement,
    members: readonly LeasedMember[],
    attempt: Attempt,
  ): Promise<MembersResult> {
    const { remoteId, appliedName, name, removed } = leased;
    const isInShape = remoteId === null || (appliedName === name && !removed);
    if (members.length > 0 || !isInShape) return reconcileMembers(connector, leased, members, attempt, verify);
    return Promise.resolve({ remoteId, appliedName, removed: false, done: [], refused: [], unproven: [], error: null });
  }

  private async write(
    tx: Tx,
    { id: applicationId }: Application,
    leased: LeasedEntitlement,
    { admitted, keptBack, held }: AdmittedMembers,
    result: JudgedMembers,
    attempt: Attempt,
    outcome: EntitlementOutcome,
  ): Promise<void> {
    const because = attempt.operations.length === 0 ? [] : await becauseOf(tx, leased.id, admitted);
    await writeOperations(tx, operationRows(applicationId, leased, admitted, attempt, because));
    // Whoever took the lease over has marked the members as unknown: what we know is older.
    if (!(await releaseEntitlement(tx, leased, outcome))) return;
    await writeMemberOutcomes(tx, leased.id, memberOutcomes(result, keptBack, this.clock.now()));
    await keepHeldItems(tx, held, this.clock.now());
    const unknown = result.refused.filter(({ member, error }) => member.wanted && error.errorClass === 'not_found');
    await lookForMembers(
      tx,
      unknown.map(({ member }) => member.accountId),
    );
  }
}

/** So often a change that does not read back is made again before a person must look. */
const READ_BACK_TRIES = 5;

/** What became of a batch, with those members who are tried again later: their memberships stay unknown. */
interface JudgedMembers extends MembersResult {
  readonly again: readonly LeasedMember[];
}

/**
 * A member whom the application does not know is looked for again while the account was written just now; a change that does not
 * read back is made again a few times. Neither stops the other members.
 */
function judged({ attempts }: LeasedEntitlement, result: MembersResult, settleMs: number): JudgedMembers {
  const isEarly = ({ member, error }: MembersResult['refused'][number]): boolean =>
    (error.errorClass === 'not_found' || error.errorClass === 'invalid') &&
    (member.writtenAgoMs ?? Infinity) < settleMs &&
    member.wanted;
  const early = result.refused.filter(isEarly).map(({ member }) => member);
  const refused = result.refused.filter((one) => !isEarly(one));
  if (attempts + 1 < READ_BACK_TRIES) return { ...result, refused, again: [...early, ...result.unproven] };
  const given = result.unproven.map((member) => ({ member, error: new NotAsWritten(notProven(member), settleMs) }));
  return { ...result, refused: [...refused, ...given], unproven: [], again: early };
}

const notProven = ({ wanted }: LeasedMember): string =>
  `The application answered that the member is ${wanted ? 'added' : 'removed'}, and the entitlement does not read back so.`;

function entitlementOutcome(
  leased: LeasedEntitlement,
  result: JudgedMembers,
  settleMs: number,
  now: Date,
  rest: boolean,
): EntitlementOutcome {
  const { remoteId, appliedName, removed } = result;
  if (result.error === null) {
    const state = removed ? 'deleted' : 'ready';
    const base = { remoteId, appliedName, state, delayMs: 0, settleMs: 0, attempts: 0, error: null } as const;
    if (result.again.length === 0) return base;
    const tries = leased.attempts + (result.unproven.length > 0 ? 1 : 0);
    return { ...base, delayMs: Math.max(settleMs, backoffMs(tries, Math.random())), attempts: tries };
  }
  const verdict = decideRetryAt(rest, failureOf(result.error), leased.attempts + 1, settleMs, Math.random());
  return {
    remoteId,
    appliedName,
    state: verdict.again ? 'ready' : 'failed',
    delayMs: verdict.delayMs,
    settleMs: result.error.errorClass === 'outcome_unknown' ? settleMs : 0,
    attempts: leased.attempts + (verdict.counts ? 1 : 0),
    error: workError(result.error, now),
  };
}

/** Without an outcome a membership stays unknown, and so behind. */
const memberOutcomes = (result: MembersResult, keptBack: readonly LeasedMember[], now: Date): MemberOutcome[] => [
  ...result.done.map((member) => ({
    accountId: member.accountId,
    wanted: member.wanted,
    held: member.wanted,
    error: null,
    keptBack: null,
  })),
  ...result.refused.map(({ member, error }) => ({
    accountId: member.accountId,
    wanted: member.wanted,
    held: null,
    error: workError(error, now),
    keptBack: null,
  })),
  ...keptBack.map(({ accountId, wanted, heldBefore, version }) => ({
    accountId,
    wanted,
    held: heldBefore,
    error: null,
    keptBack: version,
  })),
];

/** Evidence per member, so that "why has this person this group" finds its call. */
function operationRows(
  applicationId: string,
  leased: LeasedEntitlement,
  members: readonly LeasedMember[],
  attempt: Attempt,
  because: readonly Because[],
): OperationRow[] {
  return attempt.operations.map((operation) => {
    const [first] = members;
    const only = members.length === 1 ? first : undefined;
    const memberIds = { accounts: members.map((member) => member.accountId) };
    return {
      ...operation,
      diff: operation.diff === null ? null : { ...(operation.diff as object), ...memberIds },
      applicationId,
      accountId: only?.accountId ?? null,
      entitlementId: leased.id,
      identityId: only?.identityId ?? null,
      desiredVersion: null,
      attempt: leased.attempts + 1,
      cause: first?.cause ?? null,
      because,
      committedAt: first?.since ?? null,
    };
  });
}
