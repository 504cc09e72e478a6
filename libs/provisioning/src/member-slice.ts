import { Clock, Database, Metrics, type Tx } from '@tenure/platform';
import type { Application } from '@tenure/applications';
import type { Connector } from '@tenure/connectors';
import { judgeHealth, settleVerdict, writeHealth } from './application-health.js';
import { Attempt, failureOf, WritingStopped } from './attempt.js';
import { workError } from './work-error.js';
import { decideRetryAt } from './decide-retry.js';
import {
  releaseEntitlement, writeMemberOutcomes,
  type EntitlementOutcome, type LeasedEntitlement, type LeasedMember, type MemberOutcome,
} from './entitlement-leases.js'; // prettier-ignore
import { lookForMembers } from './note-missing.js';
import { writeOperations, type OperationRow } from './operation-store.js';
import { reconcileMembers, type MembersResult } from './reconcile-members.js';
import { StoppedTenants } from './stopped-tenants.js';

/** One batch of one entitlement's members: the second unit of work, gathered into the largest change that the app takes. */
export class MemberSlice {
  constructor(
    private readonly database: Database,
    private readonly stopped: StoppedTenants,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** Changes the leased members in the application. False: it rests now. */
  async run(
    application: Application,
    connector: Connector,
    leased: LeasedEntitlement,
    members: readonly LeasedMember[],
    deadlineMs: number,
  ): Promise<boolean> {
    const mayCall = (): Promise<boolean> => this.stopped.mayCall(application.tenantId);
    const attempt = new Attempt(`${leased.id}:${leased.fence}`, deadlineMs, () => this.clock.now(), mayCall);
    const nothing = { remoteId: leased.remoteId, done: [], refused: [], error: null };
    const result = members.length === 0 ? nothing : await reconcileMembers(connector, leased, members, attempt);
    for (const { kind, outcome } of attempt.operations) {
      this.metrics.operations.inc({ connector: application.connector, operation: kind, outcome });
    }
    const errors = result.error === null ? [] : [result.error];
    const verdict = await settleVerdict(judgeHealth(result.done.length + result.refused.length, errors), connector);
    const rest =
      verdict.kind === 'quarantine' || verdict.kind === 'pause' || errors.some((e) => e instanceof WritingStopped);
    return this.database.transaction(application.tenantId, async (tx) => {
      const outcome = entitlementOutcome(leased, result, connector.capabilities.settleMs, this.clock.now(), rest);
      await this.write(tx, application, leased, members, result, attempt, outcome);
      return writeHealth(tx, application, verdict, this.clock.now());
    });
  }

  private async write(
    tx: Tx,
    { id: applicationId }: Application,
    leased: LeasedEntitlement,
    members: readonly LeasedMember[],
    result: MembersResult,
    attempt: Attempt,
    outcome: EntitlementOutcome,
  ): Promise<void> {
    await writeOperations(tx, operationRows(applicationId, leased, members, attempt));
    // Whoever took the lease over has marked the members as unknown: what we know is older.
    if (!(await releaseEntitlement(tx, leased, outcome))) return;
    await writeMemberOutcomes(tx, leased.id, memberOutcomes(result, this.clock.now()));
    const unknown = result.refused.filter(({ member, error }) => member.wanted && error.errorClass === 'not_found');
    await lookForMembers(
      tx,
      unknown.map(({ member }) => member.accountId),
    );
  }
}

function entitlementOutcome(
  leased: LeasedEntitlement,
  result: MembersResult,
  settleMs: number,
  now: Date,
  rest: boolean,
): EntitlementOutcome {
  if (result.error === null) return { remoteId: result.remoteId, state: 'ready', delayMs: 0, attempts: 0, error: null };
  const verdict = decideRetryAt(rest, failureOf(result.error), leased.attempts + 1, settleMs, Math.random());
  return {
    remoteId: result.remoteId,
    state: verdict.again ? 'ready' : 'failed',
    delayMs: verdict.delayMs,
    attempts: leased.attempts + (verdict.counts ? 1 : 0),
    error: workError(result.error, now),
  };
}

/** Without an outcome a membership stays unknown, and so behind. */
const memberOutcomes = (result: MembersResult, now: Date): MemberOutcome[] => [
  ...result.done.map((member) => ({
    accountId: member.accountId,
    wanted: member.wanted,
    held: member.wanted,
    error: null,
  })),
  ...result.refused.map(({ member, error }) => ({
    accountId: member.accountId,
    wanted: member.wanted,
    held: null,
    error: workError(error, now),
  })),
];

/** Evidence per member, so that "why has this person this group" finds its call. */
function operationRows(
  applicationId: string,
  leased: LeasedEntitlement,
  members: readonly LeasedMember[],
  attempt: Attempt,
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
      committedAt: first?.since ?? null,
    };
  });
}
