import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { Clock, CONFIG, Database, LOG, provide, SecretBox, type Config } from '@tenure/platform';
import { Sessions, TenancyModule } from '@tenure/tenancy';
import { Identities, IdentityModule, Sources } from '@tenure/identity';
import { LoginRequests, SamlConnections } from './protocol/saml-connection.js';
import { SamlGuard, SamlStrategy } from './protocol/saml.strategy.js';
import { SamlLogins } from './saml-logins.js';
import { AskWhom } from './jit/ask-whom.js';
import { JitLogins } from './jit/jit-logins.js';
import { LoginLimitsGuard } from './jit/login-limits.guard.js';
import { LoginLimits } from './jit/login-limits.js';
import { LoginRulesStore } from './jit/login-rules-store.js';
import { LoginTests } from './jit/login-tests.js';
import { Refusals } from './jit/refusals.js';
import { SamlErrorFilter } from './saml-error.filter.js';
import { SamlController } from './saml.controller.js';
import { StoredConnections } from './stored-connections.js';
import { StoredRequests } from './stored-requests.js';

@Module({
  imports: [PassportModule, IdentityModule, TenancyModule],
  controllers: [SamlController],
  providers: [
    {
      provide: StoredConnections,
      inject: [Database, Sources, SecretBox, CONFIG],
      useFactory: (database: Database, sources: Sources, box: SecretBox, config: Config) =>
        new StoredConnections(database, sources, box, config),
    },
    { provide: SamlConnections, useExisting: StoredConnections },
    provide(StoredRequests, Database, Clock),
    { provide: LoginRequests, useExisting: StoredRequests },
    provide(LoginRulesStore, Clock),
    provide(JitLogins, Identities, LoginRulesStore),
    provide(LoginTests, Database, JitLogins, CONFIG, Clock),
    provide(Refusals, Database, Clock, LOG),
    provide(AskWhom, Database),
    provide(LoginLimits, CONFIG, LOG),
    provide(SamlLogins, Database, JitLogins, LoginTests, Sessions, Clock),
    LoginLimitsGuard,
    provide(SamlStrategy, SamlConnections, LoginRequests),
    SamlGuard,
    SamlErrorFilter,
  ],
  exports: [StoredConnections, SamlErrorFilter, LoginRulesStore, LoginTests],
})
export class SamlJitModule {}
