import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { Clock, CONFIG, Database, provide, SecretBox, type Config } from '@tenure/platform';
import { Sessions, TenancyModule } from '@tenure/tenancy';
import { Identities, IdentityModule, Sources } from '@tenure/identity';
import { LoginRequests, SamlConnections } from './protocol/saml-connection.js';
import { SamlGuard, SamlStrategy } from './protocol/saml.strategy.js';
import { SamlLogins } from './saml-logins.js';
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
    provide(SamlLogins, Database, Identities, Sessions, Clock),
    provide(SamlStrategy, SamlConnections, LoginRequests),
    SamlGuard,
    SamlErrorFilter,
  ],
  exports: [StoredConnections, SamlErrorFilter],
})
export class SamlJitModule {}
