import { Module } from '@nestjs/common';
import { Clock, Database, Metrics, provide, Queues } from '@tenure/platform';
import { Absences, Identities, IdentityModule, Schedules, Sources } from '@tenure/identity';
import { RowApplier } from './apply-rows.js';
import { HrWebhooks } from './hr-webhooks.js';
import { HrWebhooksController } from './hr-webhooks.controller.js';
import { Imports } from './imports.js';

@Module({
  imports: [IdentityModule],
  controllers: [HrWebhooksController],
  providers: [
    provide(HrWebhooks, Database, Sources, Identities, Schedules, Clock, Metrics),
    provide(RowApplier, Identities, Schedules, Clock),
    provide(Imports, Database, RowApplier, Absences, Queues, Clock),
  ],
  exports: [Imports],
})
export class HrmsSyncModule {}
