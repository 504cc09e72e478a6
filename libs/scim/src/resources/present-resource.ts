import type { Tx } from '@tenure/platform';
import { managerOf } from '../members/keep-manager.js';
import { membersOf, membershipsOf } from '../members/memberships.js';
import { ENTERPRISE_SCHEMA } from '../schema/core-schemas.js';
import { isReturned, projectResource, type Projection } from './project-resource.js';
import { isValues, type Values } from '../schema/read-value.js';
import { metaOf, type ScimCall, type StoredResource } from './scim-call.js';
import type { ResourceType } from '../schema/schema-model.js';

/** The list of a type that is rows of its own. */
const listOf = ({ name, registeredAs }: ResourceType): 'groups' | 'members' | null => {
  if (registeredAs !== undefined) return null;
  return name === 'User' ? 'groups' : 'members';
};

/** Whether an answer has a list that has to be looked up. */
export function hasRows(type: ResourceType, projection: Projection): boolean {
  const list = listOf(type);
  return list !== null && isReturned(type, projection, list);
}

/** Resources as their client sees them: as it wrote them, with what the server adds, as far as that was asked for. */
export async function presentResources(
  tx: Tx,
  call: ScimCall,
  type: ResourceType,
  stored: readonly StoredResource[],
): Promise<Values[]> {
  const ids = stored.map(({ id }) => id);
  const isListed = ids.length > 0 && hasRows(type, call.projection);
  const look = listOf(type) === 'groups' ? groupsOf : membersIn;
  const lists = isListed ? await look(tx, call, ids) : NOBODY;
  return stored.map((one) => present(call, type, one, lists.get(one.id) ?? []));
}

/** A resource of which no rows are to be shown, or that has none yet. */
export const presentWithoutRows = (call: ScimCall, type: ResourceType, stored: StoredResource): Values =>
  present(call, type, stored, []);

function present(call: ScimCall, type: ResourceType, stored: StoredResource, rows: readonly object[]): Values {
  const { schemas, ...raw } = stored.raw;
  const list = listOf(type);
  const whole = {
    schemas,
    id: stored.id,
    ...withManager(call, type, raw),
    ...(list !== null && rows.length > 0 && { [list]: rows }),
    meta: metaOf(call, type, stored),
  };
  return projectResource(type, whole, call.projection);
}

/** RFC 7643 §4.3: a manager who is named by the id of a user has that user's address, whatever the client wrote of it. */
function withManager({ base }: ScimCall, type: ResourceType, user: Values): Values {
  const id = listOf(type) === 'groups' ? managerOf(user) : null;
  const enterprise = user[ENTERPRISE_SCHEMA];
  if (id === null || !isValues(enterprise) || !isValues(enterprise.manager)) return user;
  const manager = { ...enterprise.manager, $ref: `${base}/Users/${id}` };
  return { ...user, [ENTERPRISE_SCHEMA]: { ...enterprise, manager } };
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
