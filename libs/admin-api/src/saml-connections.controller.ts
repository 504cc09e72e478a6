import { Body, Inject, Post } from '@nestjs/common';
import { Clock, Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { StoredConnections } from '@tenure/saml-jit';
import { AdminRoute } from './admin-route.js';
import { actorOf, Caller, Needs } from './principal.js';
import { CreateSamlConnectionDto } from './saml-connections.dto.js';

@AdminRoute('saml-connections', 'saml')
export class SamlConnectionsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(StoredConnections) private readonly connections: StoredConnections,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** A connection made from the IdP's metadata; the answer has what its admin must enter there. */
  @Post()
  @Needs('configure')
  create(@Caller() caller: Principal, @Body() input: CreateSamlConnectionDto): Promise<object> {
    return this.database.transaction(caller.tenantId, (tx) =>
      this.connections.create(tx, actorOf(caller), this.clock.now(), {
        ...input,
        wantSigned: input.wantSigned ?? 'both',
      }),
    );
  }
}
