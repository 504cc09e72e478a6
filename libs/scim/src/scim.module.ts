import { Module } from '@nestjs/common';
import { Clock, Database, provide } from '@tenure/platform';
import { Identities, IdentityModule } from '@tenure/identity';
import { ScimErrorFilter, ScimUsersController } from './scim.controller.js';
import { ScimUsers } from './users.js';

@Module({
  imports: [IdentityModule],
  controllers: [ScimUsersController],
  providers: [provide(ScimUsers, Database, Identities, Clock), ScimErrorFilter],
  exports: [ScimErrorFilter],
})
export class ScimModule {}
