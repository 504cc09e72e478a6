import { Body, Inject, Param, ParseUUIDPipe, Post, Put } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import { Database, Refusal } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { Corrections, type StatementOutcome } from '@tenure/identity';
import { AdminRoute } from '../http/admin-route.js';
import { PersonDto } from './corrections.dto.js';
import { actorOf, Caller, Needs } from '../http/principal.js';

/** Admins as a source of their own. */
@AdminRoute('identities')
export class CorrectionsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Corrections) private readonly corrections: Corrections,
  ) {}

  /** A person whom no other source speaks of: a service, a break-glass login, a guest. `unresolved`: a case asks who it is. */
  @Post()
  @Needs('configure')
  @ApiBody({ type: PersonDto })
  async create(
    @Caller() caller: Principal,
    @Body() attributes: unknown,
  ): Promise<StatementOutcome & { id: string | null }> {
    const told = await this.database.transaction(caller.tenantId, (tx) =>
      this.corrections.create(tx, actorOf(caller), objectOf(attributes)),
    );
    return { ...told, id: told.identityId };
  }

  /** All that admins say of a person, over the other sources. What is left out, those say again; `{}` gives all of it up. */
  @Put(':id/corrections')
  @Needs('configure')
  @ApiBody({ type: PersonDto })
  correct(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() attributes: unknown,
  ): Promise<StatementOutcome> {
    return this.database.transaction(caller.tenantId, (tx) =>
      this.corrections.correct(tx, actorOf(caller), id, objectOf(attributes)),
    );
  }
}

function objectOf(body: unknown): Readonly<Record<string, unknown>> {
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw new Refusal('body_not_object', 'Send a JSON object of attributes.');
  return body as Readonly<Record<string, unknown>>;
}
