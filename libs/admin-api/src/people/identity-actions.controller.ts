import { Body, Delete, HttpCode, Inject, Param, ParseUUIDPipe, Post, Put, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database, Refusal, type Tx, dryRun } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { Overrides, type OverrideInput } from '@tenure/identity';
import { AdminRoute } from '../http/admin-route.js';
import { MergeDto, OverrideDto } from './identity-actions.dto.js';
import { getIdentity, identityView, overrideView } from './identity-view.js';
import { MergedPeople } from './merged-people.js';
import { refuseUnknown } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { ReasonDto } from '../http/reason.dto.js';

/** What an admin says of a person, over whatever sources say. */
@AdminRoute('identities')
export class IdentityActionsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Overrides) private readonly overrides: Overrides,
    @Inject(MergedPeople) private readonly merged: MergedPeople,
  ) {}

  /** Suspends a person at once, or from a moment on: nobody is signed in, no account is usable, nothing is taken away for good. */
  @Post(':id/suspend')
  @HttpCode(200)
  @Needs('operate')
  suspend(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() said: OverrideDto,
  ): Promise<object> {
    return this.override(caller, id, 'suspended', said);
  }

  /** Terminates a person at once, or from a moment on, until it is lifted or the sources say the same. */
  @Post(':id/terminate')
  @HttpCode(200)
  @Needs('operate')
  terminate(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() said: OverrideDto,
  ): Promise<object> {
    return this.override(caller, id, 'terminated', said);
  }

  /** Keeps a person active although sources say otherwise, until a moment that must be said. */
  @Post(':id/activate')
  @HttpCode(200)
  @Needs('configure')
  activate(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() said: OverrideDto,
  ): Promise<object> {
    return this.override(caller, id, 'active', said);
  }

  /** Ends the override that stands: the sources decide again, at once. */
  @Post(':id/lift-override')
  @HttpCode(200)
  @Needs('configure')
  lift(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<object> {
    return this.database.transaction(caller.tenantId, async (tx) => {
      await this.overrides.lift(tx, actorOf(caller), id, reason);
      return identityView(await getIdentity(tx, id));
    });
  }

  /** Protects a person: no source, date or policy disables them; what would is asked as a case. */
  @Put(':id/protection')
  @Needs('configure')
  protect(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<object> {
    return this.database.transaction(caller.tenantId, async (tx) => {
      await this.overrides.protect(tx, actorOf(caller), id, reason);
      return identityView(await getIdentity(tx, id));
    });
  }

  /** Ends the protection of a person: what sources say takes effect at once. */
  @Delete(':id/protection')
  @HttpCode(204)
  @Needs('configure')
  unprotect(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return this.database.transaction(caller.tenantId, (tx) => this.overrides.unprotect(tx, actorOf(caller), id));
  }

  /** Makes one person of two. With `preview=true` it is done, told and taken back: the same code, and nothing is written. */
  @Post(':id/merge')
  @HttpCode(200)
  @Needs('configure')
  @ApiQuery({ name: 'preview', required: false, enum: ['true', 'false'] })
  merge(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) survivorId: string,
    @Body() { otherId, reason }: MergeDto,
    @Query() query: Record<string, string>,
  ): Promise<object> {
    const work = (tx: Tx): Promise<object> => this.merged.merge(tx, actorOf(caller), { survivorId, otherId, reason });
    return isPreview(query)
      ? dryRun(this.database, caller.tenantId, work)
      : this.database.transaction(caller.tenantId, work);
  }

  private override(
    caller: Principal,
    id: string,
    state: OverrideInput['state'],
    { reason, from, until }: OverrideDto,
  ): Promise<object> {
    return this.database.transaction(caller.tenantId, async (tx) => {
      const input = { state, reason, ...(from && { startsAt: from }), ...(until && { endsAt: until }) };
      const override = await this.overrides.set(tx, actorOf(caller), id, input);
      return { ...identityView(await getIdentity(tx, id)), override: overrideView(override) };
    });
  }
}

function isPreview(query: Readonly<Record<string, string>>): boolean {
  refuseUnknown(query, ['preview']);
  const { preview = 'false' } = query;
  if (preview !== 'true' && preview !== 'false')
    throw new Refusal('parameter_invalid', 'preview must be true or false.');
  return preview === 'true';
}
