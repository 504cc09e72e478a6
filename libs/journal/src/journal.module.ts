import { Module } from '@nestjs/common';
import { provide, Queues } from '@tenure/platform';
import { LifecycleEvents } from './lifecycle-events.js';

@Module({ providers: [provide(LifecycleEvents, Queues)], exports: [LifecycleEvents] })
export class JournalModule {}
