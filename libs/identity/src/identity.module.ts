import { Module } from '@nestjs/common';
import { Clock, Database, LOG, provide, Queues, SecretBox } from '@tenure/platform';
import { JournalModule, LifecycleEvents } from '@tenure/journal';
import { Absences } from './absences.js';
import { Identities } from './identities.js';
import { Retirements } from './retire-sources.js';
import { Schedules } from './schedules.js';
import { Sources } from './sources.js';

@Module({
  imports: [JournalModule],
  providers: [
    provide(Identities, LifecycleEvents, Clock),
    provide(Sources, Database, SecretBox),
    provide(Absences, Database, Identities, Queues, Clock),
    provide(Retirements, Database, Identities, Queues, Clock),
    provide(Schedules, Database, Identities, Clock, LOG),
  ],
  exports: [Identities, Sources, Absences, Retirements, Schedules],
})
export class IdentityModule {}
