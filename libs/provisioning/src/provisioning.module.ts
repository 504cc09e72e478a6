import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import {
  Clock,
  CONFIG,
  Database,
  LOG,
  Metrics,
  provide,
  Queues,
  SecretBox,
  type Config,
  type Log,
} from '@tenure/platform';
import { Applications, ApplicationsModule, WorkHints } from '@tenure/applications';
import { AccountLinks } from './account-links.js';
import { AccountPortsFor } from './account-ports.js';
import { AccountSlice } from './account-slice.js';
import { DriftDecisions } from './drift-decisions.js';
import { InitialCredentials } from './initial-credentials.js';
import { LeaveSteps } from './leave-steps.js';
import { LeaveTasks } from './leave-tasks.js';
import { MemberSlice } from './member-slice.js';
import { OpenConnectors } from './open-connectors.js';
import { ProtectedAccounts } from './protected-accounts.js';
import { ProvisionWorker } from './provision-worker.js';
import { Retries } from './retry-accounts.js';
import { ScanTurns } from './scan-turns.js';
import { Scans } from './scans.js';
import { StoppedTenants } from './stopped-tenants.js';
import { UnknownAccounts } from './unknown-accounts.js';
import { TurnEffects } from './turn-effects.js';
import { UniqueNames } from './unique-names.js';

@Module({
  imports: [ApplicationsModule],
  providers: [
    provide(OpenConnectors, Applications),
    provide(StoppedTenants, Database),
    provide(UniqueNames, Database),
    provide(InitialCredentials, Database, SecretBox, Clock),
    provide(LeaveSteps, Database),
    provide(AccountPortsFor, Database, UniqueNames, InitialCredentials, LeaveSteps, Clock),
    provide(TurnEffects, WorkHints),
    provide(LeaveTasks, Database, WorkHints, Clock),
    provide(AccountLinks, Database, WorkHints, Clock),
    provide(AccountSlice, Database, AccountPortsFor, TurnEffects, StoppedTenants, Clock, Metrics, LOG),
    provide(MemberSlice, Database, StoppedTenants, Clock, Metrics),
    provide(ProtectedAccounts, Database, WorkHints, Clock),
    provide(ScanTurns, Database, OpenConnectors, WorkHints, Clock, LOG),
    provide(Scans, Database, Queues, ScanTurns, Clock),
    provide(DriftDecisions, Database, WorkHints, Clock),
    provide(UnknownAccounts, Database, WorkHints, Clock),
    {
      provide: ProvisionWorker,
      inject: [Database, OpenConnectors, AccountSlice, MemberSlice, WorkHints, StoppedTenants, Clock, LOG, CONFIG],
      useFactory: (
        database: Database,
        connectors: OpenConnectors,
        accounts: AccountSlice,
        members: MemberSlice,
        hints: WorkHints,
        stopped: StoppedTenants,
        clock: Clock,
        log: Log,
        config: Config,
      ) => new ProvisionWorker(database, connectors, accounts, members, hints, stopped, clock, log, config.leaseMs),
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
    InitialCredentials,
    LeaveTasks,
    AccountLinks,
    Scans,
    DriftDecisions,
    UnknownAccounts,
  ],
})
export class ProvisioningModule implements OnApplicationShutdown {
  constructor(@Inject(OpenConnectors) private readonly connectors: OpenConnectors) {}

  async onApplicationShutdown(): Promise<void> {
    await this.connectors.close();
  }
}
