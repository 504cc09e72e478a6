import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, CONFIG, Database, LOG, Metrics, provide, type Config, type Log } from '@tenure/platform';
import { Applications, ApplicationsModule, WorkHints } from '@tenure/applications';
import { AccountSlice } from './account-slice.js';
import { MemberSlice } from './member-slice.js';
import { OpenConnectors } from './open-connectors.js';
import { ProvisionWorker } from './provision-worker.js';
import { Retries } from './retry-accounts.js';

@Module({
  imports: [ApplicationsModule],
  providers: [
    provide(OpenConnectors, Applications),
    provide(AccountSlice, Database, WorkHints, Clock, Metrics, LOG),
    provide(MemberSlice, Database, Clock, Metrics),
    {
      provide: ProvisionWorker,
      inject: [Database, OpenConnectors, AccountSlice, MemberSlice, WorkHints, Clock, LOG, CONFIG],
      useFactory: (
        database: Database,
        connectors: OpenConnectors,
        accounts: AccountSlice,
        members: MemberSlice,
        hints: WorkHints,
        clock: Clock,
        log: Log,
        config: Config,
      ) => new ProvisionWorker(database, connectors, accounts, members, hints, clock, log, config.leaseMs),
    },
    {
      provide: Retries,
      inject: [Database, WorkHints, Clock],
      useFactory: (database: Database, hints: WorkHints, clock: Clock) =>
        new Retries(database, hints, () => clock.now()),
    },
  ],
  exports: [ProvisionWorker, Retries],
})
export class ProvisioningModule implements OnApplicationShutdown {
  constructor(@Inject(OpenConnectors) private readonly connectors: OpenConnectors) {}

  async onApplicationShutdown(): Promise<void> {
    await this.connectors.close();
  }
}
