import { Module } from '@nestjs/common';
import { Clock, Database, LOG, provide, Queues, SecretBox } from '@tenure/platform';
import { JournalModule, LifecycleEvents } from '@tenure/journal';
import { Identities } from './identities.js';
import { IdentityRules } from './identity-rules.js';
import { Links } from './links.js';
import { Merges } from './merges.js';
import { Overrides } from './overrides.js';
import { Settlements } from './settlements.js';
import { Sources } from './sources.js';

@Module({
  imports: [JournalModule],
  providers: [
    provide(Identities, LifecycleEvents, Clock),
    provide(Sources, Database, SecretBox),
    provide(Links, Identities, Clock),
    provide(Merges, Identities, Clock),
    provide(Overrides, Identities, Clock),
    provide(Settlements, Database, Identities, Queues, LOG),
    provide(IdentityRules, Settlements, Clock),
  ],
  exports: [Identities, Sources, Links, Merges, Overrides, Settlements, IdentityRules],
})
export class IdentityModule {}
