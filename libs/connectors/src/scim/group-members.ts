import { member, sameText } from './attribute-path.js';
import type { Json } from './attribute-path.js';
import { idText } from './user-body.js';

/** The users that a group shows as its members. */
export interface GroupMembers {
  readonly ids: readonly string[];
  /** There is a list at all: some apps leave an empty one out, and some never show any. */
  readonly isShown: boolean;
  /** Who is not in it is no member: nothing was unreadable, and it does not end where a page would. */
  readonly isWhole: boolean;
}

/** Lists are cut at round numbers: 20, 50, 100, 1000. */
const ROUND = 10;

/** Reads `members`; ids may be numbers, and entries bare ids. */
export function membersOf(group: Json): GroupMembers {
  const members = member(group, 'members');
  if (!Array.isArray(members)) return { ids: [], isShown: false, isWhole: false };
  const entries = members as unknown[];
  const users = entries.filter((entry) => !sameText(member(entry, 'type'), 'group'));
  const ids = users.flatMap((user) => idText(member(user, 'value') ?? user) ?? []);
  const isRound = entries.length > 0 && entries.length % ROUND === 0;
  return { ids, isShown: true, isWhole: ids.length === users.length && !isRound };
}
