import { Clock, Database, isUniqueViolation, Metrics, type Log, type Tx } from '@tenure/platform';
import { WorkHints, type Application } from '@tenure/applications';
import { ConnectorError, type Connector } from '@tenure/connectors';
import { isOwnedByAnother, writeOutcomes, type LeasedAccount } from './account-leases.js';
import { judgeHealth, settleVerdict, writeHealth, type SettledVerdict } from './application-health.js';
import { Attempt } from './attempt.js';
import { decideOutcome } from './decide-outcome.js';
import { noteMissing } from './note-missing.js';
import { writeOperations, type OperationRow } from './operation-store.js';
import { AccountReconciler, type AccountResult } from './reconcile-account.js';
import { StoppedTenants } from './stopped-tenants.js';

interface Turn {
  readonly account: LeasedAccount;
  readonly attempt: Attempt;
  readonly result: AccountResult;
}

/** One batch of one application's accounts, side by side: reconcile, write back. */
export class AccountSlice {
  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly stopped: StoppedTenants,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {}

  /** Brings the leased accounts to their desired state. False: the application rests now. */
  async run(
    application: Application,
    connector: Connector,
    accounts: readonly LeasedAccount[],
    deadlineMs: number,
  ): Promise<boolean> {
    if (accounts.length === 0) return true;
    const turns = await Promise.all(accounts.map((account) => this.turn(application, connector, account, deadlineMs)));
    const errors = turns.flatMap(({ result }) => (result.kind === 'failed' ? [result.error] : []));
    const verdict = await settleVerdict(judgeHealth(turns.length - errors.length, errors), connector);
    const goOn = await this.write(application, connector, turns, verdict);
    this.count(application, turns);
    return goOn;
  }

  private async turn(
    application: Application,
    connector: Connector,
    account: LeasedAccount,
    deadlineMs: number,
  ): Promise<Turn> {
    const { tenantId } = application;
    const mayCall = (): Promise<boolean> => this.stopped.mayCall(tenantId);
    const attempt = new Attempt(`${account.id}:${account.desiredVersion}`, deadlineMs, () => this.clock.now(), mayCall);
    const isOwned = (remoteId: string): Promise<boolean> =>
      this.database.transaction(tenantId, (tx) => isOwnedByAnother(tx, application.id, remoteId, account.id));
    const result = await new AccountReconciler(application, connector, account, attempt, isOwned).run();
    return { account, attempt, result };
  }

  private async write(
    application: Application,
    connector: Connector,
    turns: readonly Turn[],
    verdict: SettledVerdict,
  ): Promise<boolean> {
    try {
      return await this.database.transaction(application.tenantId, (tx) =>
        this.writeTurns(tx, application, connector, turns, verdict),
      );
    } catch (error) {
      if (!isUniqueViolation(error, 'accounts_by_remote_id')) throw error;
      if (turns.length === 1) return this.write(application, connector, turns.map(asConflict), verdict);
      let goOn = true;
      for (const turn of turns) goOn = (await this.write(application, connector, [turn], verdict)) && goOn;
      return goOn;
    }
  }

  private async writeTurns(
    tx: Tx,
    application: Application,
    connector: Connector,
    turns: readonly Turn[],
    verdict: SettledVerdict,
  ): Promise<boolean> {
    const now = this.clock.now();
    const { settleMs } = connector.capabilities;
    const rest = verdict.kind === 'quarantine' || verdict.kind === 'pause';
    const outcomes = turns.map(({ account, result }) =>
      decideOutcome(account, result, settleMs, now, Math.random(), rest),
    );
    const written = new Set(await writeOutcomes(tx, outcomes));
    await writeOperations(
      tx,
      turns.flatMap((turn) => operationRows(application.id, turn)),
    );
    const goOn = await writeHealth(tx, application, verdict, now);
    await noteMissing(
      tx,
      application.id,
      now,
      turns.filter(({ account }) => written.has(account.id)),
    );
    const fresh = turns.filter(({ account }) => account.remoteId === null && written.has(account.id));
    await this.wakeMembers(tx, application, fresh);
    return goOn;
  }

  /** Memberships that waited for these accounts. */
  private async wakeMembers(tx: Tx, application: Application, turns: readonly Turn[]): Promise<void> {
    if (turns.length === 0) return;
    const shards = await tx.query<{ shard: number }>(
      `SELECT DISTINCT e.shard FROM entitlement_members m JOIN entitlements e ON e.tenant_id = m.tenant_id AND e.id = m.entitlement_id
       WHERE m.tenant_id = $1 AND m.account_id = ANY($2) AND m.wanted IS DISTINCT FROM m.held AND m.runnable AND e.runnable`,
      [tx.tenantId, turns.map(({ account }) => account.id)],
    );
    const { tenantId, id: applicationId, connector } = application;
    for (const { shard } of shards)
      this.hints.announce(tx, { tenantId, applicationId, connector, shard, urgent: false });
  }

  private tell(
    { id: applicationId, connector }: Application,
    account: LeasedAccount,
    attempt: Attempt,
    result: AccountResult,
  ): void {
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

  private count(application: Application, turns: readonly Turn[]): void {
    const now = this.clock.now().getTime();
    for (const { account, attempt, result } of turns) {
      this.tell(application, account, attempt, result);
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
