import { Module } from '@nestjs/common';
import { Clock, Database, LOG, provide, Queues, SecretBox } from '@tenure/platform';
import { JournalModule, LifecycleEvents } from '@tenure/journal';
import { Absences } from './absence/absences.js';
import { Corrections } from './decisions/corrections.js';
import { Identities } from './statement/identities.js';
import { IdentityRules } from './decisions/identity-rules.js';
import { Links } from './decisions/links.js';
import { Merges } from './decisions/merges.js';
import { Overrides } from './decisions/overrides.js';
import { Retirements } from './absence/retire-sources.js';
import { Schedules } from './schedule/schedules.js';
import { Settlements } from './decisions/settlements.js';
import { Sources } from './source/sources.js';

@Module({
  imports: [JournalModule],
  providers: [
    provide(Identities, LifecycleEvents, Clock),
    provide(Sources, Database, SecretBox),
    provide(Corrections, Identities, Sources, Clock),
    provide(Links, Identities, Clock),
    provide(Merges, Identities, Clock),
    provide(Overrides, Identities, Clock),
    provide(Settlements, Database, Identities, Queues, LOG),
    provide(IdentityRules, Settlements, Clock),
    provide(Absences, Database, Identities, Queues, Clock),
    provide(Retirements, Database, Identities, Queues, Clock),
    provide(Schedules, Database, Identities, Clock, LOG),
  ],
  exports: [
    Identities,
    Sources,
    Corrections,
    Links,
    Merges,
    Overrides,
    Settlements,
    IdentityRules,
    Absences,
    Retirements,
    Schedules,
  ],
})
export class IdentityModule {}
