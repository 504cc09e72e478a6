import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, CONFIG, Database, LOG, Metrics, provide, RedisScript, type Config, type Log } from '@tenure/platform';
import { Applications, ApplicationsModule, WorkHints } from '@tenure/applications';
import { AccountSlice } from './account-slice.js';
import { HealthRecords } from './health-records.js';
import { MemberSlice } from './member-slice.js';
import { OpenConnectors } from './open-connectors.js';
import { Pacers } from './pacers.js';
import { ProtectedAccounts } from './protected-accounts.js';
import { ProvisionSlice } from './provision-slice.js';
import { ProvisionWorker } from './provision-worker.js';
import { RateBuckets } from './rate-buckets.js';
import { Retries } from './retry-accounts.js';
import { StoppedTenants } from './stopped-tenants.js';
import { TAKE_TOKENS } from './take-tokens.js';
import { Wakes } from './wakes.js';

const LEASE_MS = Symbol('LEASE_MS');

@Module({
  imports: [ApplicationsModule],
  providers: [
    provide(OpenConnectors, Applications),
    provide(StoppedTenants, Database),
    {
      provide: RedisScript,
      inject: [CONFIG, LOG],
      useFactory: (config: Config, log: Log) => new RedisScript(config.redisUrl.reveal(), log, TAKE_TOKENS),
    },
    provide(RateBuckets, RedisScript),
    provide(Pacers, RateBuckets),
    provide(Wakes, WorkHints),
    provide(HealthRecords, WorkHints, Clock, Metrics, LOG),
    provide(AccountSlice, Database, WorkHints, StoppedTenants, Pacers, HealthRecords, Clock, Metrics, LOG),
    provide(MemberSlice, Database, StoppedTenants, Pacers, HealthRecords, Clock, Metrics),
    provide(ProtectedAccounts, Database, WorkHints, Clock),
    { provide: LEASE_MS, inject: [CONFIG], useFactory: ({ leaseMs }: Config) => leaseMs },
    provide(
      ProvisionSlice,
      Database, OpenConnectors, AccountSlice, MemberSlice, HealthRecords, Pacers, StoppedTenants, WorkHints, Wakes, LOG, LEASE_MS,
    ), // prettier-ignore
    provide(ProvisionWorker, ProvisionSlice, Wakes),
    {
      provide: Retries,
      inject: [Database, WorkHints, Clock],
      useFactory: (database: Database, hints: WorkHints, clock: Clock) =>
        new Retries(database, hints, () => clock.now()),
    },
  ],
  exports: [ProvisionWorker, Retries, ProtectedAccounts],
})
export class ProvisioningModule implements OnApplicationShutdown {
  constructor(
    @Inject(OpenConnectors) private readonly connectors: OpenConnectors,
    @Inject(RedisScript) private readonly script: RedisScript,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.connectors.close();
    this.script.close();
  }
}
