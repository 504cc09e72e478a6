import { Module } from '@nestjs/common';
import { Clock, CONFIG, Database, LOG, provide, Queues, type Config } from '@tenure/platform';
import { GroupedStatements, Identities, IdentityModule } from '@tenure/identity';
import { ScimActionsController } from './door/actions.controller.js';
import { ScimBulk } from './bulk/bulk.js';
import { ScimGroups } from './resources/groups.js';
import { ListCursors } from './query/list-cursor.js';
import { ResourceLists } from './query/list-resources.js';
import { Refolding } from './registry/reindexing.js';
import { Regrouping } from './members/regroup.js';
import { RequestLog } from './clients/request-log.js';
import { OwnResources } from './resources/own-resources.js';
import { RequestRates } from './clients/request-rates.js';
import { ScimResourcesController } from './door/resource.controller.js';
import { ScimResources } from './resources/resources.js';
import { ScimClients } from './clients/scim-clients.js';
import { ScimErrorFilter } from './door/scim-error.filter.js';
import { ScimExchange } from './door/scim-exchange.js';
import { ScimSchemas } from './registry/scim-schemas.js';
import { ScimTypes } from './registry/scim-types.js';
import { ScimServiceController } from './door/service.controller.js';
import { SourceOptions } from './clients/source-options.js';
import { ScimUsers } from './resources/users.js';

/** What works on people's groups and on stored resources after the request; the worker needs no more of this lib. */
@Module({
  imports: [IdentityModule],
  providers: [
    provide(Regrouping, Database, Identities, Queues),
    provide(Refolding, Database, Identities, Queues, Clock),
  ],
  exports: [Regrouping, Refolding],
})
export class ScimWorkModule {}

@Module({
  imports: [IdentityModule, ScimWorkModule],
  controllers: [ScimServiceController, ScimActionsController, ScimResourcesController],
  providers: [
    {
      provide: ListCursors,
      inject: [CONFIG],
      useFactory: ({ secretKey }: Config) => new ListCursors(secretKey.reveal()),
    },
    provide(ScimClients, Database, Clock),
    provide(ScimSchemas, Clock, Refolding),
    provide(ScimTypes, Clock),
    provide(SourceOptions, Clock),
    provide(RequestLog, Database, Clock, LOG),
    provide(RequestRates, CONFIG, LOG),
    provide(ScimExchange, ScimClients, RequestLog, RequestRates, CONFIG),
    provide(GroupedStatements, Database, Identities),
    provide(ScimUsers, Database, Identities, GroupedStatements, Regrouping, Clock),
    provide(ScimGroups, Database, Regrouping, Clock),
    provide(OwnResources, Database, Clock),
    provide(ScimResources, Database, ScimUsers, ScimGroups, OwnResources),
    provide(ResourceLists, Database, ListCursors, Clock),
    ScimErrorFilter,
    {
      provide: ScimBulk,
      inject: [ScimResources, ScimErrorFilter],
      useFactory: (resources: ScimResources, errors: ScimErrorFilter) =>
        new ScimBulk(resources, (error) => errors.asScim(error)),
    },
  ],
  exports: [ScimErrorFilter, ScimClients, ScimSchemas, ScimTypes, SourceOptions],
})
export class ScimModule {}
