import { Body, Get, Headers, Inject, Param, ParseUUIDPipe, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiQuery } from '@nestjs/swagger';
import type { Response } from 'express';
import { Database, dryRun, Refusal, type Tx } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { getSource } from '@tenure/identity';
import { LoginRulesStore, LoginTests, type VersionedRules } from '@tenure/saml-jit';
import { AdminRoute } from '../http/admin-route.js';
import { listPage } from '../http/list-query.js';
import { oneOf, PagedQuery, refuseUnknown, type PageOf } from '../http/page.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { LoginRulesDto } from './saml-rules.dto.js';

const REFUSALS = {
  table: 'saml_refusals',
  columns: `id, support_code AS "supportCode", code, reason, verified, times, first_at AS "firstAt", last_at AS "lastAt"`,
  narrowing: { connection_id: { column: 'connection_id', uuid: true }, code: { column: 'code', uuid: false } },
};
const TEST = 'id, state, result, created_by AS "createdBy", created_at AS "createdAt", expires_at AS "expiresAt"';

interface Row {
  readonly id: string;
}

/** What a connection's logins become, which were refused and why, and tries. */
@AdminRoute('saml-connections', 'saml')
export class SamlRulesController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(LoginRulesStore) private readonly rules: LoginRulesStore,
    @Inject(LoginTests) private readonly tests: LoginTests,
  ) {}

  /** The rules in force, with what is usual filled in. */
  @Get(':id/rules')
  async read(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<VersionedRules> {
    return tagged(response, await this.database.transaction(tenantId, (tx) => this.rules.read(tx, id)));
  }

  /**
   * Replaces the rules whole; each mistake is told with its place. With `If-Match`, only if nobody changed them since; with
   * `preview=true` nothing is changed. `keyedOtherwise`: so many people are known by a key of before; each gets the new one
   * with a login that says both, and is refused by one that does not.
   */
  @Put(':id/rules')
  @Needs('configure')
  @ApiQuery({ name: 'preview', required: false, enum: ['true'] })
  @ApiBody({ type: LoginRulesDto })
  async change(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Query() query: Record<string, string>,
    @Body() value: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<VersionedRules> {
    refuseUnknown(query, ['preview']);
    const onVersion = readTag(ifMatch);
    const change = (tx: Tx): Promise<VersionedRules> => this.rules.change(tx, actorOf(caller), id, value, onVersion);
    const isPreview = oneOf(query, 'preview', ['true']) !== undefined;
    if (isPreview) return dryRun(this.database, caller.tenantId, change);
    return tagged(response, await this.database.transaction(caller.tenantId, change));
  }

  /** Refused logins, oldest first. Those that anybody may have posted are counted per reason and minute. */
  @Get(':id/refusals')
  @ApiQuery({ name: 'code', required: false })
  @PagedQuery()
  async refusals(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Query() query: Record<string, string>,
  ): Promise<PageOf<Row>> {
    await this.database.transaction(tenantId, (tx) => getSource(tx, id, 'saml'));
    if ('connection_id' in query)
      throw new Refusal('parameter_unknown', '"connection_id" is no parameter here; it is in the path.');
    return listPage<Row>(this.database, tenantId, REFUSALS, { ...query, connection_id: id });
  }

  /** The refusal that a person was shown this support code for: the exact reason, and the message without personal values. */
  @Get(':id/refusals/:supportCode')
  refusal(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('supportCode') supportCode: string,
  ): Promise<object> {
    return this.database.transaction(tenantId, async (tx) => {
      const [found] = await tx.query(
        `SELECT ${REFUSALS.columns}, message FROM saml_refusals WHERE tenant_id = $1 AND connection_id = $2 AND support_code = $3
         ORDER BY id DESC LIMIT 1`,
        [tenantId, id, supportCode.trim().toUpperCase()],
      );
      if (found) return found;
      throw new Refusal('refusal_not_found', 'There is no refusal with this support code any more.');
    });
  }

  /** Begins a try: whoever opens `testUrl` logs in, and nothing comes of it but what would have come of it. */
  @Post(':id/tests')
  @Needs('configure')
  test(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<object> {
    return this.database.transaction(caller.tenantId, (tx) => this.tests.create(tx, actorOf(caller), id));
  }

  /** What came of a try: attribute by attribute what would be set or changed, or the exact refusal. */
  @Get(':id/tests/:testId')
  result(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('testId', ParseUUIDPipe) testId: string,
  ): Promise<object> {
    return this.database.transaction(tenantId, (tx) => readTest(tx, id, testId));
  }
}

async function readTest(tx: Tx, connectionId: string, id: string): Promise<object> {
  const [test] = await tx.query<{ result: object | null }>(
    `SELECT ${TEST} FROM saml_tests WHERE tenant_id = $1 AND connection_id = $2 AND id = $3`,
    [tx.tenantId, connectionId, id],
  );
  if (!test) throw new Refusal('test_not_found', `There is no try with the id ${id} any more.`);
  const { result, ...rest } = test;
  return { ...rest, ...result };
}

function tagged(response: Response, read: VersionedRules): VersionedRules {
  response.setHeader('ETag', `"${read.version}"`);
  return read;
}

function readTag(ifMatch: string | undefined): number | null {
  if (ifMatch === undefined || ifMatch === '*') return null;
  const [, version] = /^"(\d{1,9})"$/.exec(ifMatch.trim()) ?? [];
  if (version === undefined) throw new Refusal('if_match_invalid', 'If-Match must be the ETag of the rules.');
  return Number(version);
}
