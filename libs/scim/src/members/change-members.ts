import { isUuid, type Tx } from '@tenure/platform';
import type { Source } from '@tenure/identity';
import {
  addMembers,
  closesCircle,
  keepMembers,
  kindsOf,
  membersOf,
  removeMembers,
  type Member,
} from './memberships.js';
import type { MemberStep, NamedMember } from './plan-members.js';
import { ScimError } from '../protocol/scim-error.js';

/** Applies the steps to a group that the caller has locked. Returns who came or went. */
export async function changeMembers(
  tx: Tx,
  source: Source,
  groupId: string,
  steps: readonly MemberStep[],
): Promise<{ readonly changed: readonly string[] }> {
  const changed = new Set<string>();
  for (const step of steps) for (const id of await applyStep(tx, source, groupId, step)) changed.add(id);
  return { changed: [...changed] };
}

async function applyStep(tx: Tx, source: Source, groupId: string, step: MemberStep): Promise<readonly string[]> {
  switch (step.kind) {
    case 'add':
      return addMembers(tx, groupId, await known(tx, source, groupId, step.members));
    case 'replace': {
      const members = await known(tx, source, groupId, step.members);
      const gone = await keepMembers(
        tx,
        groupId,
        members.map(({ value }) => value),
      );
      return [...gone, ...(await addMembers(tx, groupId, members))];
    }
    case 'remove':
      // Who is no member is not there afterwards: that is what was asked for.
      return removeMembers(tx, groupId, step.ids.filter(isUuid));
    case 'removeWhere': {
      const meant = (await membersOf(tx, [groupId])).filter(step.matches);
      return removeMembers(
        tx,
        groupId,
        meant.map(({ value }) => value),
      );
    }
  }
}

/** Members that this client has; a reference to nobody is refused, or the client would believe that it worked. */
async function known(tx: Tx, source: Source, groupId: string, named: readonly NamedMember[]): Promise<Member[]> {
  if (named.length === 0) return [];
  const kinds = await kindsOf(tx, source.id, named.map(({ value }) => value).filter(isUuid));
  const members = named.map((member): Member => {
    const type = kinds.get(member.value.toLowerCase());
    if (type === undefined)
      throw new ScimError(
        400,
        `There is no user or group with the id ${member.value}; create it first.`,
        'invalidValue',
      );
    return { value: member.value.toLowerCase(), display: member.display, type };
  });
  const nested = members.flatMap(({ value, type }) => (type === 'Group' ? [value] : []));
  if (nested.length > 0 && (await closesCircle(tx, source.id, groupId, nested)))
    throw new ScimError(400, 'A group cannot hold itself, nor a group that holds it.', 'invalidValue');
  return members;
}
