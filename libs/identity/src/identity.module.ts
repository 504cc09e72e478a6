import { Module } from '@nestjs/common';
import { Clock, Database, provide, SecretBox } from '@tenure/platform';
import { JournalModule, LifecycleEvents } from '@tenure/journal';
import { Identities } from './identities.js';
import { Sources } from './sources.js';

@Module({
  imports: [JournalModule],
  providers: [provide(Identities, LifecycleEvents, Clock), provide(Sources, Database, SecretBox)],
  exports: [Identities, Sources],
})
export class IdentityModule {}
