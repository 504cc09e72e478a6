import { Module } from '@nestjs/common';
import { Clock, Database, Metrics, provide, Queues } from '@tenure/platform';
import { Identities, IdentityModule, Sources } from '@tenure/identity';
import { HrWebhooks } from './hr-webhooks.js';
import { HrWebhooksController } from './hr-webhooks.controller.js';
import { Imports } from './imports.js';

@Module({
  imports: [IdentityModule],
  controllers: [HrWebhooksController],
  providers: [
    provide(HrWebhooks, Database, Sources, Identities, Clock, Metrics),
    provide(Imports, Database, Identities, Queues, Clock),
  ],
  exports: [Imports],
})
export class HrmsSyncModule {}
