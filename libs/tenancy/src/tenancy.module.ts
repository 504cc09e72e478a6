import { Module } from '@nestjs/common';
import { Clock, Database, provide } from '@tenure/platform';
import { ApiKeys } from './api-keys.js';
import { Idempotency } from './idempotency.js';
import { Sessions } from './sessions.js';
import { Tenants } from './tenants.js';

@Module({
  providers: [
    provide(ApiKeys, Database, Clock),
    provide(Tenants, Database, ApiKeys),
    provide(Sessions, Database, Clock),
    provide(Idempotency, Database),
  ],
  exports: [ApiKeys, Tenants, Sessions, Idempotency],
})
export class TenancyModule {}
