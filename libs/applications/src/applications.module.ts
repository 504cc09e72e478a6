import { Module } from '@nestjs/common';
import { AddressGuard, Clock, Database, OutboundHttp, provide, Queues, SecretBox } from '@tenure/platform';
import { ConnectorRegistry, createConnectorRegistry } from '@tenure/connectors';
import { ApplicationPauses } from './application-pauses.js';
import { Applications } from './applications.js';
import { WorkHints } from './work-hints.js';

@Module({
  providers: [
    {
      provide: ConnectorRegistry,
      inject: [OutboundHttp, AddressGuard],
      useFactory: (http: OutboundHttp, guard: AddressGuard) => createConnectorRegistry({ http, guard }),
    },
    provide(Applications, Database, ConnectorRegistry, SecretBox, Clock),
    provide(WorkHints, Queues),
    provide(ApplicationPauses, Database, WorkHints, Clock),
  ],
  exports: [ConnectorRegistry, Applications, ApplicationPauses, WorkHints],
})
export class ApplicationsModule {}
