import { Clock, Database, isUniqueViolation, Metrics, type Log, type Tx } from '@tenure/platform';
import { ConnectorError, type Connector } from '@tenure/connectors';
import { writeOutcomes, type LeasedAccount } from './account-leases.js';
import { AccountPortsFor } from './account-ports.js';
import { judgeHealth, settleVerdict, tallyOf, type SettledVerdict } from './application-health.js';
import { Attempt } from './attempt.js';
import { heldItemsOf } from './budgeted-steps.js';
import { decideOutcome } from './decide-outcome.js';
import { HealthRecords } from './health-records.js';
import type { PaceLane } from './pace-lane.js';
import { Pacers } from './pacers.js';
import { keepHeldItems } from './keep-held-items.js';
import { noteMissing } from './note-missing.js';
import { writeOperations, type OperationRow } from './operation-store.js';
import { AccountReconciler } from './reconcile-account.js';
import { StoppedTenants } from './stopped-tenants.js';
import type { WorkedApplication } from './take-batch.js';
import { keepLeaveSteps, TurnEffects } from './turn-effects.js';
import type { Turn } from './turn.js';

/** How a batch is worked on. */
export interface Way {
  /** Takes access away. */
  readonly urgent: boolean;
  /** A few accounts of an application that was failing: they tell whether it is well again. */
  readonly trial: boolean;
}

/** One batch of one application's accounts, side by side: reconcile, write back. */
export class AccountSlice {
  constructor(
    private readonly database: Database,
    private readonly ports: AccountPortsFor,
    private readonly effects: TurnEffects,
    private readonly stopped: StoppedTenants,
    private readonly pacers: Pacers,
    private readonly health: HealthRecords,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /** Brings the leased accounts to their desired state. False: the application rests now. */
  async run(
    application: WorkedApplication,
    connector: Connector,
    accounts: readonly LeasedAccount[],
    deadlineMs: number,
    { urgent, trial }: Way,
  ): Promise<boolean> {
    if (accounts.length === 0) return true;
    const leaseEndsAt = performance.now() + deadlineMs + connector.capabilities.settleMs;
    const lane = this.pacers.of(application, urgent);
    const turns = await Promise.all(
      accounts.map((account) => this.turn(application, connector, account, deadlineMs, lane)),
    );
    const errors = errorsOf(turns);
    const judged = judgeHealth(throughOf(turns), errors, this.pacers.blockedMs(application.id));
    const verdict = await settleVerdict(judged, connector, lane, leaseEndsAt - performance.now(), trial);
    const goOn = await this.write(application, connector, turns, verdict, trial);
    this.count(application, turns);
    return goOn;
  }

  private async turn(
    application: WorkedApplication,
    connector: Connector,
    account: LeasedAccount,
    deadlineMs: number,
    lane: PaceLane,
  ): Promise<Turn> {
    const now = (): Date => this.clock.now();
    const mayCall = (): Promise<boolean> => this.stopped.mayCall(application, now());
    const attempt = new Attempt(`${account.id}:${account.desiredVersion}`, deadlineMs, now, mayCall, lane);
    const ports = this.ports.of(application, account);
    const result = await new AccountReconciler(application, connector, account, attempt, ports).run();
    return { account, attempt, result };
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
      if (turns.length === 1) return this.write(application, connector, turns.map(asConflict), verdict, trial);
      let goOn = true;
      for (const turn of turns) goOn = (await this.write(application, connector, [turn], verdict, trial)) && goOn;
      return goOn;
    }
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
    const settled = await this.health.count(tx, application, verdict, tallyOf(throughOf(turns), errors));
    const rest = settled.kind === 'quarantine' || settled.kind === 'pause';
    const outcomes = turns.map(({ account, result }) =>
      decideOutcome(account, result, settleMs, now, Math.random(), rest),
    );
    await keepLeaveSteps(tx, turns, now);
    const ids = new Set(await writeOutcomes(tx, outcomes, now));
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
const throughOf = (turns: readonly Turn[]): number =>
  turns.filter(({ result: { kind } }) => kind !== 'failed' && kind !== 'held' && kind !== 'skipped').length;

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

/** Two accounts found the same one in the application: the first has it. */
const asConflict = (turn: Turn): Turn => ({
  ...turn,
  result: {
    kind: 'failed',
    error: new ConnectorError('conflict', 'The account that matches belongs to somebody else.'),
    observed: null,
  },
});
