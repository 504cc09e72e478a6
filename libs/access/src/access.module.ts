import { Module } from '@nestjs/common';
import { Clock, Database, provide, Queues } from '@tenure/platform';
import { ApplicationsModule, WorkHints } from '@tenure/applications';
import { JournalModule, LifecycleEvents } from '@tenure/journal';
import { Grants } from './grants.js';
import { Policies } from './policies.js';
import { AccessWorker } from './recompute-access.js';
import { Recomputes } from './recomputes.js';

@Module({
  imports: [JournalModule, ApplicationsModule],
  providers: [
    provide(Recomputes, Database, Queues, LifecycleEvents),
    provide(Policies, Database, Recomputes, Clock),
    provide(Grants, Database, LifecycleEvents, Clock),
    provide(AccessWorker, Database, WorkHints, Clock),
  ],
  exports: [Recomputes, Policies, Grants, AccessWorker],
})
export class AccessModule {}
