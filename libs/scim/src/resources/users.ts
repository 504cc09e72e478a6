import { Clock, Database, isUuid, newId, Refusal, sameJson, type Tx } from '@tenure/platform';
import {
  GroupedStatements,
  Identities,
  keyOf,
  type Apart,
  type StatementInput,
  type StatementOutcome,
} from '@tenure/identity';
import { foldResource } from '../schema/fold-resource.js';
import { forgetManager, keepManager, reportsOf, type ChangedUser } from '../members/keep-manager.js';
import { parsePatch } from '../patch/parse-patch.js';
import { patchResource } from '../patch/patch-resource.js';
import { personOf } from './person-of.js';
import { plainName } from '../schema/plain-text.js';
import { USER_SELECTED } from './query-shapes.js';
import { assertSameImmutables, assertStorable, readResource } from '../schema/read-resource.js';
import type { Values } from '../schema/read-value.js';
import { Regrouping } from '../members/regroup.js';
import { actorOf, assertMatches, type ScimCall, type StoredResource } from './scim-call.js';
import { ScimError } from '../protocol/scim-error.js';
import { forgetUnique, keepUnique } from './unique-values.js';

/** Users of one source: it sees what it wrote, and nothing else. */
export class ScimUsers {
  constructor(
    private readonly database: Database,
    private readonly identities: Identities,
    private readonly grouped: GroupedStatements,
    private readonly regrouping: Regrouping,
    private readonly clock: Clock,
  ) {}

  /** RFC 7644 §3.3. Whom another source knows is adopted; whom this one knew before is revived. */
  create(call: ScimCall, body: unknown, given?: string): Promise<StoredResource> {
    const id = given ?? newId();
    // Who is not said to be inactive is active: a default of the server (RFC 7644 §3.5.1) that only a create has.
    const user = { active: true, ...readResource(call.catalogue.user, body) };
    const input: StatementInput = { ...this.statementOf(call, id, user), revives: true };
    return this.grouped.run(call.source.tenantId, input, async (tx, apart) => {
      const { recordId, written } = await this.state(tx, call, { after: user }, input, apart);
      const wasNamed = recordId !== id || given !== undefined;
      await this.keepManager(tx, call, { id: recordId, before: null, after: user, wasNamed });
      if (recordId !== id || written === undefined) return find(tx, call, recordId);
      const { version, at } = written;
      return { id, raw: user, version: String(version), createdAt: at, updatedAt: at };
    });
  }

  get(call: ScimCall, id: string): Promise<StoredResource> {
    return this.database.transaction(call.source.tenantId, (tx) => find(tx, call, id));
  }

  /** RFC 7644 §3.5.1: what is not named any more is gone. */
  replace(call: ScimCall, id: string, body: unknown): Promise<StoredResource> {
    const user = readResource(call.catalogue.user, body);
    return this.change(call, id, (before) => {
      assertSameImmutables(call.catalogue.user, before, user);
      return { ...(before.active !== undefined && { active: before.active }), ...user };
    });
  }

  patch(call: ScimCall, id: string, body: unknown): Promise<StoredResource> {
    assertStorable(body);
    const operations = parsePatch(call.catalogue.user, body);
    return this.change(call, id, (before) => {
      const user = patchResource(call.catalogue.user, before, operations);
      // Only an explicit true switches a user on.
      return before.active === false && user.active === undefined ? { ...user, active: false } : user;
    });
  }

  /** RFC 7644 §3.6. For this source the user is gone; whether the person leaves, all that is said of it decides. */
  delete(call: ScimCall, id: string): Promise<void> {
    return this.database.transaction(call.source.tenantId, async (tx) => {
      const stored = await find(tx, call, id, true);
      assertMatches(call, stored);
      await leaveGroups(tx, id, this.clock.now());
      await this.state(tx, call, { after: stored.raw }, { ...this.statementOf(call, id, stored.raw), removed: true });
      await forgetManager(tx, id);
      await this.regrouping.concern(tx, call.source, [id, ...(await reportsOf(tx, id))]);
    });
  }

  private async keepManager(tx: Tx, call: ScimCall, user: ChangedUser): Promise<void> {
    await this.regrouping.concern(tx, call.source, await keepManager(tx, call.source, user, this.clock.now()));
  }

  /** The row's lock makes two changes follow each other: neither works on what the other is changing. */
  private change(call: ScimCall, id: string, become: (before: Values) => Values): Promise<StoredResource> {
    return this.database.transaction(call.source.tenantId, async (tx) => {
      const stored = await find(tx, call, id, true);
      assertMatches(call, stored);
      const user = become(stored.raw);
      if (sameJson(user, stored.raw)) return stored;
      await this.state(tx, call, { before: stored.raw, after: user }, this.statementOf(call, id, user));
      await this.keepManager(tx, call, { id, before: stored.raw, after: user, wasNamed: false });
      return find(tx, call, id);
    });
  }

  private statementOf(call: ScimCall, id: string, user: Values): StatementInput {
    const { externalId, userName } = user;
    return {
      source: call.source,
      key: id,
      person: personOf(user, call.catalogue),
      saidAt: this.clock.now(),
      raw: user,
      folded: foldResource(call.catalogue.user, user),
      externalId: typeof externalId === 'string' ? externalId : null,
      userNameKey: keyOf(plainName(userName)),
    };
  }

  private async state(
    tx: Tx,
    call: ScimCall,
    { before, after }: { readonly before?: Values; readonly after: Values },
    input: StatementInput,
    apart?: Apart,
  ): Promise<StatementOutcome> {
    try {
      const outcome = await this.identities.state(tx, actorOf(call), input, apart);
      if (input.removed === true) await forgetUnique(tx, call.catalogue.user, input.key);
      else await keepUnique(tx, call, call.catalogue.user, outcome.recordId, after, before);
      return outcome;
    } catch (error) {
      if (error instanceof Refusal && error.status === 409) throw new ScimError(409, error.message, 'uniqueness');
      throw error;
    }
  }
}

async function find(tx: Tx, call: ScimCall, id: string, lock = false): Promise<StoredResource> {
  const sql = `SELECT ${USER_SELECTED} FROM source_records r WHERE r.tenant_id = $1 AND r.id = $2 AND r.source_id = $3 AND r.deleted_at IS NULL${lock ? ' FOR UPDATE' : ''}`;
  const [stored] = isUuid(id) ? await tx.prepared<StoredResource>(sql, [tx.tenantId, id, call.source.id]) : [];
  if (!stored) throw new ScimError(404, `There is no User with the id ${id}.`);
  return stored;
}

/** Nobody who is gone is a member. */
async function leaveGroups(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.query(
    `WITH gone AS (DELETE FROM scim_group_members WHERE tenant_id = $1 AND member_id = $2 RETURNING group_id)
     UPDATE scim_groups SET version = version + 1, updated_at = $3 WHERE tenant_id = $1 AND id IN (SELECT group_id FROM gone)`,
    [tx.tenantId, id, at],
  );
}
