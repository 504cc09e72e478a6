import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { Clock, CONFIG, Database, LOG, OutboundHttp, provide, SecretBox } from '@tenure/platform';
import { Sessions, TenancyModule } from '@tenure/tenancy';
import { Identities, IdentityModule, Retirements, Sources } from '@tenure/identity';
import { ConnectionKeys } from './connection/connection-keys.js';
import { ConnectionSetup } from './connection/connection-setup.js';
import { LoginRequests, SamlConnections } from './protocol/saml-connection.js';
import { SamlGuard, SamlStrategy } from './protocol/saml.strategy.js';
import { MetadataRefresh } from './connection/refresh-metadata.js';
import { SamlLogins } from './door/saml-logins.js';
import { AskWhom } from './jit/ask-whom.js';
import { JitLogins } from './jit/jit-logins.js';
import { LoginLimitsGuard } from './jit/login-limits.guard.js';
import { LoginLimits } from './jit/login-limits.js';
import { LoginRulesStore } from './jit/login-rules-store.js';
import { LoginTests } from './jit/login-tests.js';
import { Refusals } from './jit/refusals.js';
import { SamlErrorFilter } from './door/saml-error.filter.js';
import { SamlLogouts } from './door/saml-logouts.js';
import { SamlController } from './door/saml.controller.js';
import { StoredConnections } from './connection/stored-connections.js';
import { StoredRequests } from './connection/stored-requests.js';

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
    provide(StoredConnections, Database, SecretBox, CONFIG, Clock, LOG),
    { provide: SamlConnections, useExisting: StoredConnections },
    provide(StoredRequests, Database, Clock),
    { provide: LoginRequests, useExisting: StoredRequests },
    provide(LoginRulesStore, Clock),
    provide(JitLogins, Identities, LoginRulesStore, Clock),
    provide(LoginTests, Database, JitLogins, CONFIG, Clock),
    provide(Refusals, Database, Clock, LOG),
    provide(AskWhom, Database),
    provide(LoginLimits, CONFIG, LOG),
    provide(SamlLogins, Database, JitLogins, LoginTests, Sessions, Clock),
    LoginLimitsGuard,
    provide(SamlLogouts, Database, StoredConnections, Sessions, Clock, LOG),
    provide(SamlStrategy, SamlConnections, LoginRequests),
    SamlGuard,
    SamlErrorFilter,
  ],
  exports: [StoredConnections, SamlLogouts, SamlErrorFilter, SamlSetupModule, LoginRulesStore, LoginTests],
})
export class SamlJitModule {}
