import { Global, Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { Clock, SystemClock } from './clock.js';
import type { Config } from './config.js';
import { Database } from './database.js';
import { AddressGuard } from './http/address-guard.js';
import { OutboundHttp } from './http/outbound-http.js';
import type { Log } from './logging.js';
import { Metrics } from './metrics.js';
import { Queues } from './queues.js';
import { SecretBox } from './secrets.js';

export const CONFIG = Symbol('CONFIG');
export const LOG = Symbol('LOG');

export interface PlatformOptions {
  readonly config: Config;
  readonly log: Log;
  readonly entities: readonly EntityTarget<ObjectLiteral>[];
}

/** What every process stands on: configuration, log, database, queues, clock, the way out. Closed last. */
@Global()
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Queues) private readonly queues: Queues,
    @Inject(OutboundHttp) private readonly http: OutboundHttp,
  ) {}

  static for({ config, log, entities }: PlatformOptions): DynamicModule {
    const guard = new AddressGuard(config.outboundAllow);
    const metrics = new Metrics();
    const providers = [
      { provide: CONFIG, useValue: config },
      { provide: LOG, useValue: log },
      { provide: Metrics, useValue: metrics },
      { provide: Clock, useClass: SystemClock },
      { provide: SecretBox, useValue: new SecretBox(Buffer.from(config.secretKey.reveal(), 'base64')) },
      { provide: AddressGuard, useValue: guard },
      { provide: OutboundHttp, useValue: new OutboundHttp({ guard }) },
      { provide: Database, useFactory: () => Database.connect(config, log, entities) },
      { provide: Queues, useFactory: () => new Queues(config.redisUrl.reveal(), log, metrics) },
    ];
    return { module: PlatformModule, providers, exports: providers.map((provider) => provider.provide) };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
    await this.queues.close();
    await this.http.close();
  }
}
