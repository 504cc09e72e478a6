import { Clock, Database, isUniqueViolation, isUuid, newId, sameJson, type Tx } from '@tenure/platform';
import { forgetGroup, keyOf, stateGroup } from '@tenure/identity';
import { changeMembers } from '../members/change-members.js';
import { KeyedTurns } from '../members/keyed-turns.js';
import { foldResource } from '../schema/fold-resource.js';
import { parsePatch } from '../patch/parse-patch.js';
import { patchResource } from '../patch/patch-resource.js';
import { plainName } from '../schema/plain-text.js';
import { membersAttribute, planMembers, readMembers, type MemberStep } from '../members/plan-members.js';
import { SELECTED } from './query-shapes.js';
import { assertSameImmutables, assertStorable, readResource } from '../schema/read-resource.js';
import type { Values } from '../schema/read-value.js';
import { Regrouping } from '../members/regroup.js';
import { assertMatches, type ScimCall, type StoredResource } from './scim-call.js';
import { ScimError } from '../protocol/scim-error.js';
import { forgetUnique, keepUnique } from './unique-values.js';

/** What a request makes of a group: the document, and the members row by row. */
interface GroupChange {
  readonly raw: Values;
  readonly steps: readonly MemberStep[];
}

/** Groups of one source. A change costs what it changes, however many members there are. */
export class ScimGroups {
  private readonly turns = new KeyedTurns();

  constructor(
    private readonly database: Database,
    private readonly regrouping: Regrouping,
    private readonly clock: Clock,
  ) {}

  create(call: ScimCall, body: unknown, id = newId()): Promise<StoredResource> {
    const { raw, steps } = readGroup(call, body);
    return this.inTransaction(call, async (tx) => {
      const now = this.clock.now();
      await tx.query(
        `INSERT INTO scim_groups (tenant_id, id, source_id, external_id, display_name_key, raw, folded, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
        [tx.tenantId, id, call.source.id, ...documentOf(call, raw), now],
      );
      await keepUnique(tx, call, call.catalogue.group, id, raw);
      await stateGroup(tx, call.source, id, nameOf(raw));
      const { changed } = await changeMembers(tx, call.source, id, steps);
      await this.regrouping.concernBelow(tx, call.source, changed);
      return find(tx, call, id);
    });
  }

  get(call: ScimCall, id: string): Promise<StoredResource> {
    return this.inTransaction(call, (tx) => find(tx, call, id));
  }

  replace(call: ScimCall, id: string, body: unknown): Promise<StoredResource> {
    const { raw, steps } = readGroup(call, body);
    return this.change(call, id, (before) => {
      assertSameImmutables(call.catalogue.group, before, raw);
      return { raw, steps };
    });
  }

  patch(call: ScimCall, id: string, body: unknown): Promise<StoredResource> {
    assertStorable(body);
    const { steps, rest } = planMembers(call.catalogue.group, parsePatch(call.catalogue.group, body));
    return this.change(call, id, (before) => ({ raw: patchResource(call.catalogue.group, before, rest), steps }));
  }

  delete(call: ScimCall, id: string): Promise<void> {
    return this.inTransaction(call, async (tx) => {
      assertMatches(call, await find(tx, call, id, true));
      await this.regrouping.concernBelow(tx, call.source, [id]);
      await forgetUnique(tx, call.catalogue.group, id);
      await tx.query('DELETE FROM scim_group_members WHERE tenant_id = $1 AND member_id = $2', [tx.tenantId, id]);
      await tx.query('DELETE FROM scim_groups WHERE tenant_id = $1 AND id = $2', [tx.tenantId, id]);
      await forgetGroup(tx, id, this.clock.now());
    });
  }

  /** The lock of the group's row makes changes follow each other, so that none loses another's member. */
  private change(call: ScimCall, id: string, become: (before: Values) => GroupChange): Promise<StoredResource> {
    const work = async (tx: Tx): Promise<StoredResource> => {
      const stored = await find(tx, call, id, true);
      assertMatches(call, stored);
      const { raw, steps } = become(stored.raw);
      const isRenamed = raw.displayName !== stored.raw.displayName;
      if (isRenamed) await stateGroup(tx, call.source, id, nameOf(raw));
      const { changed } = await changeMembers(tx, call.source, id, steps);
      if (changed.length === 0 && sameJson(raw, stored.raw)) return stored;
      const updatedAt = this.clock.now();
      const [[written]] = await Promise.all([
        tx.prepared<{ version: string }>(
          `UPDATE scim_groups SET version = version + 1, updated_at = $8, external_id = $4, display_name_key = $5, raw = $6, folded = $7
           WHERE tenant_id = $1 AND id = $2 AND source_id = $3 RETURNING version::text`,
          [tx.tenantId, id, call.source.id, ...documentOf(call, raw), updatedAt],
        ),
        keepUnique(tx, call, call.catalogue.group, id, raw, stored.raw),
        this.regrouping.concernBelow(tx, call.source, isRenamed ? [...changed, id] : changed),
      ]);
      // Nobody else changes it before this transaction ends.
      return { ...stored, raw, version: written?.version ?? stored.version, updatedAt };
    };
    return this.turns.run(id, () => this.inTransaction(call, work));
  }

  private async inTransaction<T>({ source }: ScimCall, work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await this.database.transaction(source.tenantId, work);
    } catch (error) {
      if (!isUniqueViolation(error, 'scim_groups_one_name')) throw error;
      throw new ScimError(409, 'Another group of this source has the same displayName.', 'uniqueness');
    }
  }
}

function readGroup({ catalogue: { group } }: ScimCall, body: unknown): GroupChange {
  const { members, ...raw } = readResource(group, body);
  return { raw, steps: [{ kind: 'replace', members: readMembers(membersAttribute(group), members) }] };
}

/** As identities have it. */
const nameOf = (raw: Values): string => plainName(raw.displayName);

const documentOf = ({ catalogue }: ScimCall, raw: Values): readonly (string | null)[] => [
  typeof raw.externalId === 'string' ? raw.externalId : null,
  keyOf(nameOf(raw)) ?? '',
  JSON.stringify(raw),
  JSON.stringify(foldResource(catalogue.group, raw)),
];

async function find(tx: Tx, { source }: ScimCall, id: string, lock = false): Promise<StoredResource> {
  const sql = `SELECT ${SELECTED} FROM scim_groups r WHERE tenant_id = $1 AND id = $2 AND source_id = $3${lock ? ' FOR UPDATE' : ''}`;
  const [stored] = isUuid(id) ? await tx.prepared<StoredResource>(sql, [tx.tenantId, id, source.id]) : [];
  if (!stored) throw new ScimError(404, `There is no Group with the id ${id}.`);
  return stored;
}
