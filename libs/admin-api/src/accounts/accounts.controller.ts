import { Body, Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Put, Query } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { Database } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { ACCOUNT_STATES, type Account } from '@tenure/applications';
import { AccountLinks, InitialCredentials, ProtectedAccounts, type Protection } from '@tenure/provisioning';
import { LinkAccountDto } from './accounts.dto.js';
import { listPage } from '../http/list-query.js';
import { PagedQuery, type PageOf } from '../http/page.js';
import { AdminRoute } from '../http/admin-route.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { ReasonDto } from '../http/reason.dto.js';

type AccountRow = Pick<
  Account,
  | 'id'
  | 'identityId'
  | 'applicationId'
  | 'state'
  | 'desired'
  | 'desiredVersion'
  | 'applied'
  | 'appliedVersion'
  | 'appliedAt'
  | 'observed'
  | 'remoteId'
  | 'attempts'
  | 'dueAt'
  | 'error'
  | 'plan'
  | 'protectedReason'
  | 'note'
>;

type View = { readonly id: string } & Readonly<Record<string, unknown>>;

/** An account as admins see it; versions are numbers. */
export const accountView = ({
  id,
  identityId,
  applicationId,
  state,
  desired,
  desiredVersion,
  applied,
  appliedVersion,
  appliedAt,
  observed,
  remoteId,
  attempts,
  dueAt,
  error,
  plan,
  protectedReason,
  note,
}: AccountRow): View => ({
  id,
  identityId,
  applicationId,
  state,
  desired,
  desiredVersion: Number(desiredVersion),
  applied,
  appliedVersion: Number(appliedVersion),
  appliedAt,
  observed,
  remoteId,
  attempts,
  nextTryAt: dueAt instanceof Date ? dueAt : null,
  error,
  plan,
  protectedReason,
  note,
});

const FROM = {
  table: 'accounts',
  columns: `id, identity_id AS "identityId", application_id AS "applicationId", state, desired, desired_version AS "desiredVersion", applied,
    applied_version AS "appliedVersion", applied_at AS "appliedAt", observed, remote_id AS "remoteId", attempts, due_at AS "dueAt", error, plan, protected_reason AS "protectedReason", note`,
  narrowing: {
    applicationId: { column: 'application_id', uuid: true },
    identityId: { column: 'identity_id', uuid: true },
    state: { column: 'state', uuid: false },
  },
} as const;

@AdminRoute('accounts')
export class AccountsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(ProtectedAccounts) private readonly protectedAccounts: ProtectedAccounts,
    @Inject(AccountLinks) private readonly links: AccountLinks,
    @Inject(InitialCredentials) private readonly credentials: InitialCredentials,
  ) {}

  /** Accounts, by application, identity or state. Failed ones carry their error and what to do. */
  @Get()
  @ApiQuery({ name: 'applicationId', required: false })
  @ApiQuery({ name: 'identityId', required: false })
  @ApiQuery({ name: 'state', required: false, enum: ACCOUNT_STATES })
  @PagedQuery()
  async list(@Caller() { tenantId }: Principal, @Query() query: Record<string, string>): Promise<PageOf<object>> {
    const page = await listPage<AccountRow>(this.database, tenantId, FROM, query);
    return { ...page, items: page.items.map(accountView) };
  }

  /** Says which account of the application it is, as where several match one person. The engine takes it over. */
  @Post(':id/link')
  @HttpCode(204)
  @Needs('configure')
  link(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { remoteId }: LinkAccountDto,
  ): Promise<void> {
    return this.links.link(caller.tenantId, actorOf(caller), id, remoteId);
  }

  /** The password that the account was made with: shown this once, to be handed to the person. */
  @Post(':id/initial-credential')
  @HttpCode(200)
  @Needs('configure')
  takeInitialCredential(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<{ password: string }> {
    return this.credentials.take(caller.tenantId, actorOf(caller), id);
  }

  /** Protects an account: nothing is sent for it any more, whatever is desired. `inFlight`: a call from before may still arrive. */
  @Put(':id/protection')
  @Needs('configure')
  protect(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { reason }: ReasonDto,
  ): Promise<Protection> {
    return this.protectedAccounts.protect(caller.tenantId, actorOf(caller), id, reason);
  }

  /** Ends the protection of an account; what was left behind is carried out. */
  @Delete(':id/protection')
  @HttpCode(204)
  @Needs('configure')
  unprotect(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return this.protectedAccounts.unprotect(caller.tenantId, actorOf(caller), id);
  }
}
