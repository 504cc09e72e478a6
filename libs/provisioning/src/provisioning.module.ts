import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import {
  Clock,
  CONFIG,
  Database,
  LOG,
  Metrics,
  provide,
  RedisScript,
  Queues,
  SecretBox,
  type Config,
  type Log,
} from '@tenure/platform';
import { AccessModule, Grants, Policies, RuleChanges } from '@tenure/access';
import { Applications, ApplicationsModule, WorkHints } from '@tenure/applications';
import { JournalModule, LifecycleEvents } from '@tenure/journal';
import { AccountLinks } from './drift/unknown-accounts/account-links.js';
import { AccountOrders } from './orders/account-orders.js';
import { AccountPortsFor } from './reconcile/account-ports.js';
import { AccountSlice } from './slice/account-slice.js';
import { BudgetGate } from './budget/budget-gate.js';
import { BulkOrders } from './orders/bulk-orders.js';
import { HeldItems } from './budget/held-items.js';
import { DriftDecisions } from './drift/findings/drift-decisions.js';
import { InitialCredentials } from './reconcile/initial-credentials.js';
import { LeaveSteps } from './offboarding/leave-steps.js';
import { LeaveTasks } from './offboarding/leave-tasks.js';
import { EntitlementOrders } from './orders/entitlement-orders.js';
import { GroupPushes } from './group-push/group-pushes.js';
import { HealthRecords } from './health/health-records.js';
import { MemberSlice } from './slice/member-slice.js';
import { OpenConnectors } from './attempt/open-connectors.js';
import { Pacers } from './pace/pacers.js';
import { ProtectedAccounts } from './orders/protected-accounts.js';
import { ProvisionSlice } from './slice/provision-slice.js';
import { ProvisionWorker } from './slice/provision-worker.js';
import { RateBuckets } from './pace/rate-buckets.js';
import { Retries } from './orders/retry-accounts.js';
import { ScanTurns } from './drift/scan-turns.js';
import { Scans } from './drift/scans.js';
import { CallPermissions } from './attempt/call-permissions.js';
import { UnknownAccounts } from './drift/unknown-accounts/unknown-accounts.js';
import { TurnEffects } from './slice/turn-effects.js';
import { UniqueNames } from './reconcile/unique-names.js';
import { TAKE_TOKENS } from './pace/take-tokens.js';
import { Wakes } from './slice/wakes.js';

const LEASE_MS = Symbol('LEASE_MS');

@Module({
  imports: [AccessModule, ApplicationsModule, JournalModule],
  providers: [
    provide(OpenConnectors, Applications, Clock, LOG),
    provide(CallPermissions, Database, Clock),
    provide(BudgetGate, Database, Clock),
    provide(UniqueNames, Database),
    provide(InitialCredentials, Database, SecretBox, Clock),
    provide(LeaveSteps, Database),
    provide(AccountPortsFor, Database, UniqueNames, InitialCredentials, LeaveSteps, BudgetGate, Clock),
    provide(TurnEffects, WorkHints),
    provide(LeaveTasks, Database, WorkHints, Clock),
    provide(AccountLinks, Database, WorkHints, Clock),
    provide(EntitlementOrders, Database, WorkHints, Clock),
    provide(GroupPushes, Database, Queues, Policies, RuleChanges, EntitlementOrders, Clock),
    provide(
      ScanTurns,
      Database,
      OpenConnectors,
      CallPermissions,
      Pacers,
      HealthRecords,
      WorkHints,
      Clock,
      LOG,
      LEASE_MS,
    ),
    provide(Scans, Database, Queues, ScanTurns, Clock, LOG),
    provide(DriftDecisions, Database, Grants, WorkHints, Clock),
    provide(UnknownAccounts, Database, WorkHints, Clock),
    {
      provide: RedisScript,
      inject: [CONFIG, LOG],
      useFactory: (config: Config, log: Log) => new RedisScript(config.redisUrl.reveal(), log, TAKE_TOKENS),
    },
    provide(RateBuckets, RedisScript),
    provide(Pacers, RateBuckets),
    provide(Wakes, WorkHints),
    provide(HealthRecords, WorkHints, Clock, Metrics, LOG),
    provide(
      AccountSlice,
      Database,
      AccountPortsFor,
      TurnEffects,
      CallPermissions,
      Pacers,
      HealthRecords,
      Clock,
      Metrics,
      LOG,
    ),
    provide(MemberSlice, Database, CallPermissions, Pacers, HealthRecords, BudgetGate, Clock, Metrics, LOG),
    provide(ProtectedAccounts, Database, WorkHints, Clock),
    { provide: LEASE_MS, inject: [CONFIG], useFactory: ({ leaseMs }: Config) => leaseMs },
    provide(
      ProvisionSlice,
      Database,
      OpenConnectors,
      AccountSlice,
      MemberSlice,
      HealthRecords,
      Pacers,
      CallPermissions,
      WorkHints,
      Wakes,
      LOG,
      LEASE_MS,
    ),
    provide(ProvisionWorker, ProvisionSlice, Wakes),
    provide(HeldItems, Database, WorkHints, Clock),
    provide(AccountOrders, Database, WorkHints, LifecycleEvents, Clock),
    {
      provide: BulkOrders,
      inject: [Database, Queues, Retries, HeldItems, Clock],
      useFactory: (database: Database, queues: Queues, retries: Retries, held: HeldItems, clock: Clock) =>
        new BulkOrders(
          database,
          queues,
          { retry: (tx, by, order) => retries.slice(tx, by, order), ...held.slices() },
          clock,
        ),
    },
    {
      provide: Retries,
      inject: [Database, WorkHints, Clock],
      useFactory: (database: Database, hints: WorkHints, clock: Clock) =>
        new Retries(database, hints, () => clock.now()),
    },
  ],
  exports: [
    ProvisionWorker,
    Retries,
    ProtectedAccounts,
    HeldItems,
    AccountOrders,
    BulkOrders,
    InitialCredentials,
    LeaveTasks,
    AccountLinks,
    EntitlementOrders,
    GroupPushes,
    Scans,
    DriftDecisions,
    UnknownAccounts,
  ],
})
export class ProvisioningModule implements OnApplicationShutdown {
  constructor(
    @Inject(OpenConnectors) private readonly connectors: OpenConnectors,
    @Inject(RedisScript) private readonly script: RedisScript,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.connectors.closeAll();
    this.script.close();
  }
}
