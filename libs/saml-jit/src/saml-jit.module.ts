import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { Clock, CONFIG, Database, LOG, OutboundHttp, provide, SecretBox } from '@tenure/platform';
import { Sessions, TenancyModule } from '@tenure/tenancy';
import { Identities, IdentityModule, Retirements, Sources } from '@tenure/identity';
import { ConnectionKeys } from './connection-keys.js';
import { ConnectionSetup } from './connection-setup.js';
import { LoginRequests, SamlConnections } from './protocol/saml-connection.js';
import { SamlGuard, SamlStrategy } from './protocol/saml.strategy.js';
import { MetadataRefresh } from './refresh-metadata.js';
import { SamlLogins } from './saml-logins.js';
import { SamlLogouts } from './saml-logouts.js';
import { SamlController, SamlErrorFilter } from './saml.controller.js';
import { StoredConnections } from './stored-connections.js';
import { StoredRequests } from './stored-requests.js';

/** What administrators and timers do with connections, without the door. */
@Module({
  imports: [IdentityModule],
  providers: [
    provide(ConnectionKeys, Database, SecretBox, Clock),
    provide(ConnectionSetup, Sources, Retirements, ConnectionKeys, Clock),
    provide(MetadataRefresh, Database, ConnectionSetup, OutboundHttp, Clock, LOG),
  ],
  exports: [ConnectionKeys, ConnectionSetup, MetadataRefresh],
})
export class SamlSetupModule {}

@Module({
  imports: [PassportModule, IdentityModule, TenancyModule, SamlSetupModule],
  controllers: [SamlController],
  providers: [
    provide(StoredConnections, Database, SecretBox, CONFIG, Clock),
    { provide: SamlConnections, useExisting: StoredConnections },
    provide(StoredRequests, Database, Clock),
    { provide: LoginRequests, useExisting: StoredRequests },
    provide(SamlLogins, Database, Identities, Sessions, Clock),
    provide(SamlLogouts, Database, StoredConnections, Clock, LOG),
    provide(SamlStrategy, SamlConnections, LoginRequests),
    SamlGuard,
    SamlErrorFilter,
  ],
  exports: [StoredConnections, SamlLogouts, SamlErrorFilter, SamlSetupModule],
})
export class SamlJitModule {}
