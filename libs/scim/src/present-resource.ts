import type { Tx } from '@tenure/platform';
import { membersOf, membershipsOf } from './memberships.js';
import { isReturned, projectResource } from './project-resource.js';
import type { Values } from './read-value.js';
import { metaOf, type ScimCall, type StoredResource } from './scim-call.js';

/** Resources as their client sees them: as it wrote them, with what the server adds, as far as that was asked for. */
export async function presentResources(
  tx: Tx,
  call: ScimCall,
  kind: 'User' | 'Group',
  stored: readonly StoredResource[],
): Promise<Values[]> {
  const { catalogue, projection } = call;
  const type = kind === 'User' ? catalogue.user : catalogue.group;
  const list = kind === 'User' ? 'groups' : 'members';
  const isListed = stored.length > 0 && isReturned(type, projection, list);
  const ids = stored.map(({ id }) => id);
  const lists = !isListed ? NOBODY : kind === 'User' ? await groupsOf(tx, call, ids) : await membersIn(tx, call, ids);
  return stored.map((one) => {
    const rows = lists.get(one.id) ?? [];
    const { schemas, ...raw } = one.raw;
    const whole = {
      schemas,
      id: one.id,
      ...raw,
      // What is not said to be inactive is active; so a client that compares finds no difference.
      ...(kind === 'User' && { active: raw.active ?? true }),
      ...(rows.length > 0 && { [list]: rows }),
      meta: metaOf(call, kind, one),
    };
    return projectResource(type, whole, projection);
  });
}

type Lists = ReadonlyMap<string, readonly object[]>;
const NOBODY: Lists = new Map();

async function groupsOf(tx: Tx, { base }: ScimCall, ids: readonly string[]): Promise<Lists> {
  return gathered(
    (await membershipsOf(tx, ids)).map(({ memberId, groupId, direct, display }) => [
      memberId,
      { value: groupId, $ref: `${base}/Groups/${groupId}`, display, type: direct ? 'direct' : 'indirect' },
    ]),
  );
}

async function membersIn(tx: Tx, { base }: ScimCall, ids: readonly string[]): Promise<Lists> {
  return gathered(
    (await membersOf(tx, ids)).map(({ groupId, value, type, display }) => [
      groupId,
      { value, $ref: `${base}/${type}s/${value}`, type, ...(display !== null && { display }) },
    ]),
  );
}

function gathered(rows: readonly (readonly [string, object])[]): Lists {
  const lists = new Map<string, object[]>();
  for (const [id, row] of rows) {
    const list = lists.get(id);
    if (list) list.push(row);
    else lists.set(id, [row]);
  }
  return lists;
}
