import { Clock, Database, isUniqueViolation, Metrics, type Log, type Tx } from '@tenure/platform';
import type { Connector, ConnectorError } from '@tenure/connectors';
import { writeOutcomes, type LeasedAccount } from '../backlog/account-leases.js';
import { AccountPortsFor } from '../reconcile/account-ports.js';
import { judgeHealth, settleVerdict, tallyOf, type SettledVerdict } from '../health/application-health.js';
import { Attempt, logInternalFault } from '../attempt/attempt.js';
import { CallPermissions } from '../attempt/call-permissions.js';
import { heldItemsOf } from '../budget/budgeted-steps.js';
import { HeldByAnother, lookAtHeld, type HeldSighting } from '../reconcile/find-account.js';
import { decideOutcome } from '../reconcile/decide-outcome.js';
import { HealthRecords } from '../health/health-records.js';
import { Pacers } from '../pace/pacers.js';
import { keepHeldItems } from '../budget/keep-held-items.js';
import { noteMissing } from '../drift/findings/note-missing.js';
import { writeOperations, type OperationRow } from '../attempt/operation-store.js';
import { AccountReconciler } from '../reconcile/reconcile-account.js';
import type { WorkedApplication } from '../backlog/take-batch.js';
import { keepLeaveSteps, TurnEffects } from './turn-effects.js';
import type { Turn } from '../reconcile/turn.js';

/** How a batch is worked on. */
export interface Way {
  /** Takes access away. */
  readonly urgent: boolean;
  /** A few accounts of an application that was failing: they tell whether it is well again. */
  readonly trial: boolean;
}

/** What time a turn has, on the process's own clock. */
export interface TurnTime {
  /** So long (ms) until its last call must have ended. */
  readonly deadlineMs: number;
  /** When its lease saw every switch that may stop calls. */
  readonly seenAt: number;
}

/** A turn that has ended and is to be written. */
export interface EndedTurn {
  readonly turn: Turn;
  /** As it was when the turn began. */
  readonly application: WorkedApplication;
  readonly connector: Connector;
  /** The application did what was asked, or nothing was asked of it. */
  readonly isThrough: boolean;
}

/** When turns are judged and written. */
export interface Standing {
  /** The earliest end of a lease that this worker has to write. */
  readonly leaseEndsAt: number;
  /** So many others got through lately. */
  readonly throughBefore: number;
}

/** One application's accounts: reconcile each, and write back those that have ended. */
export class AccountSlice {
  constructor(
    private readonly database: Database,
    private readonly ports: AccountPortsFor,
    private readonly effects: TurnEffects,
    private readonly permissions: CallPermissions,
    private readonly pacers: Pacers,
    private readonly health: HealthRecords,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /** Brings one leased account to its desired state; what became of it is to be written. */
  async begin(
    application: WorkedApplication,
    connector: Connector,
    account: LeasedAccount,
    { deadlineMs, seenAt }: TurnTime,
    { urgent }: Way,
  ): Promise<EndedTurn> {
    const now = (): Date => this.clock.now();
    const mayCall = this.permissions.of({ application, accountIds: [account.id], fence: account.fence }, seenAt);
    const lane = this.pacers.of(application, urgent);
    const attempt = new Attempt(`${account.id}:${account.desiredVersion}`, deadlineMs, now, mayCall, lane);
    const ports = this.ports.of(application, account);
    const result = await new AccountReconciler(application, connector, account, attempt, ports).run();
    const turn = { account, attempt, result };
    return { turn, application, connector, isThrough: isThrough(turn) };
  }

  /** Writes what became of accounts. False: the application rests now. */
  async end(ended: readonly EndedTurn[], { urgent, trial }: Way, standing: Standing): Promise<boolean> {
    const [first] = ended;
    if (first === undefined) return true;
    // As the first began: what failed while it was under way is one failure, whoever saw it.
    const { application, connector } = first;
    const turns = ended.map(({ turn }) => turn);
    const through = turns.filter(isThrough).length + standing.throughBefore;
    const judged = judgeHealth(through, errorsOf(turns), this.pacers.blockedMs(application.id));
    const lane = this.pacers.of(application, urgent);
    const mayCall = this.permissions.of({ application, accountIds: [], reads: true }, -Infinity);
    const leftMs = standing.leaseEndsAt - performance.now();
    const verdict = await settleVerdict(judged, connector, { lane, leftMs, trial, mayCall });
    const goOn = await this.write(application, connector, turns, verdict, trial);
    this.count(application, turns);
    return goOn;
  }

  private async write(
    application: WorkedApplication,
    connector: Connector,
    turns: readonly Turn[],
    verdict: SettledVerdict,
    trial: boolean,
  ): Promise<boolean> {
    try {
      return await this.database.transaction(application.tenantId, (tx) =>
        this.writeTurns(tx, application, connector, turns, verdict, trial),
      );
    } catch (error) {
      if (!isUniqueViolation(error, 'accounts_by_remote_id')) throw error;
      const [turn] = turns;
      if (turns.length === 1 && turn)
        return this.write(
          application,
          connector,
          [await this.asConflict(application, connector, turn)],
          verdict,
          trial,
        );
      let goOn = true;
      for (const turn of turns) goOn = (await this.write(application, connector, [turn], verdict, trial)) && goOn;
      return goOn;
    }
  }

  /** The application gave an account that another of ours holds already. */
  private async asConflict(application: WorkedApplication, connector: Connector, turn: Turn): Promise<Turn> {
    const { account, attempt, result } = turn;
    const { remoteId } = result;
    const heldAt = remoteId ? await this.ports.of(application, account).heldAt(remoteId) : null;
    const error =
      remoteId && heldAt !== null ? await lookAtHeld(attempt, connector, remoteId, heldAt) : new HeldByAnother();
    return { ...turn, result: { kind: 'failed', error, observed: null } };
  }

  private async writeTurns(
    tx: Tx,
    application: WorkedApplication,
    connector: Connector,
    turns: readonly Turn[],
    verdict: SettledVerdict,
    trial: boolean,
  ): Promise<boolean> {
    const now = this.clock.now();
    const { settleMs } = connector.capabilities;
    const errors = errorsOf(turns);
    const settled = await this.health.count(tx, application, verdict, tallyOf(turns.filter(isThrough).length, errors));
    const rest = settled.kind === 'quarantine' || settled.kind === 'pause';
    const { id: applicationId, mode } = application;
    const outcomes = turns.map(({ account, result }) =>
      decideOutcome(account, result, { mode, settleMs, now, random: Math.random(), rest }),
    );
    await keepLeaveSteps(tx, turns, now);
    const ids = new Set(await writeOutcomes(tx, outcomes, now, { applicationId, mode }));
    await writeOperations(
      tx,
      turns.flatMap((turn) => operationRows(application.id, turn)),
    );
    const goOn = await this.health.keep(tx, application, settled, trial);
    const written = turns.filter(({ account }) => ids.has(account.id));
    await keepHeldItems(
      tx,
      written.flatMap(({ account, result }) => heldItemsOf(application.id, account, result.held ?? [])),
      now,
    );
    await noteMissing(tx, application.id, now, written);
    await this.effects.follow(tx, application, written, now);
    const held = heldOf(written);
    // In a transaction of its own: the rows of the turns are locked in another order.
    if (held.length > 0)
      tx.afterCommit(() =>
        this.database.transaction(application.tenantId, (own) =>
          this.effects.compareHeld(own, application, connector.capabilities, held, now),
        ),
      );
    return goOn;
  }

  private tell({ id: applicationId, connector }: WorkedApplication, { account, attempt, result }: Turn): void {
    const { id: accountId, identityId, desiredVersion, attempts, cause } = account;
    const operations = attempt.operations.map(({ id, kind, outcome, ms }) => ({ id, kind, outcome, ms }));
    const line = {
      applicationId,
      connector,
      accountId,
      identityId,
      desiredVersion,
      attempt: attempts + 1,
      cause,
      operations,
    };
    if (result.kind === 'failed') logInternalFault(this.log, result.error, { applicationId, accountId });
    if (result.kind === 'failed')
      this.log.warn({ event: 'account.not_applied', class: result.error.errorClass, ...line });
    else this.log.info({ event: `account.${result.kind}`, ...line });
  }

  private count(application: WorkedApplication, turns: readonly Turn[]): void {
    const now = this.clock.now().getTime();
    for (const turn of turns) {
      const { account, attempt, result } = turn;
      this.tell(application, turn);
      for (const { kind, outcome } of attempt.operations) {
        this.metrics.operations.inc({ connector: application.connector, operation: kind, outcome });
      }
      if (result.kind === 'applied') {
        this.metrics.commitToApplied.observe(
          { connector: application.connector },
          (now - account.desiredAt.getTime()) / 1000,
        );
      }
    }
  }
}

const errorsOf = (turns: readonly Turn[]): ConnectorError[] =>
  turns.flatMap(({ result }) => (result.kind === 'failed' ? [result.error] : []));

/** What was kept back says nothing of the application. */
const isThrough = ({ result: { kind } }: Turn): boolean => kind !== 'failed' && kind !== 'held' && kind !== 'skipped';

/** Accounts of others that the application took these for. */
const heldOf = (turns: readonly Turn[]): HeldSighting[] =>
  turns.flatMap(({ result }) =>
    result.kind === 'failed' && result.error instanceof HeldByAnother && result.error.seen !== null
      ? [result.error.seen]
      : [],
  );

const operationRows = (applicationId: string, { account, attempt }: Turn): OperationRow[] =>
  attempt.operations.map((operation) => ({
    ...operation,
    applicationId,
    accountId: account.id,
    entitlementId: null,
    identityId: account.identityId,
    desiredVersion: account.desiredVersion,
    attempt: account.attempts + 1,
    cause: account.cause,
    because: account.because,
    committedAt: account.desiredAt,
  }));
