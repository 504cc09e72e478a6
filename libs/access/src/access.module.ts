import { Module } from '@nestjs/common';
import { Clock, Database, LOG, provide, Queues } from '@tenure/platform';
import { Applications, ApplicationsModule, WorkHints } from '@tenure/applications';
import { JournalModule, LifecycleEvents } from '@tenure/journal';
import { Grants } from './grant/grants.js';
import { Policies } from './policy/policies.js';
import { AccessWorker } from './recompute/recompute-access.js';
import { Recomputes } from './policy/recomputes.js';
import { Requests } from './request/requests.js';
import { Answers } from './request/answers.js';
import { RuleChanges } from './policy/rule-changes.js';
import { Simulations } from './policy/simulations.js';
import { ApplicationChanges } from './policy/application-changes.js';

@Module({
  imports: [JournalModule, ApplicationsModule],
  providers: [
    provide(Recomputes, Database, Queues, LifecycleEvents, Clock),
    provide(Simulations, Database, Applications, Clock),
    provide(RuleChanges, Database, Recomputes, Simulations, Applications, Clock),
    provide(ApplicationChanges, Database, RuleChanges, Applications, Recomputes),
    provide(Policies, Database, RuleChanges, Clock),
    provide(Grants, Database, LifecycleEvents, Clock),
    provide(Requests, Database, LifecycleEvents, Clock),
    provide(Answers, Database, LifecycleEvents, Clock),
    provide(AccessWorker, Database, WorkHints, Clock, LOG),
  ],
  exports: [
    Recomputes,
    Simulations,
    RuleChanges,
    ApplicationChanges,
    Policies,
    Grants,
    Requests,
    Answers,
    AccessWorker,
  ],
})
export class AccessModule {}
