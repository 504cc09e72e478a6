import { ConnectorError } from '../errors.js';
import type { Call, ObservedEntitlement } from '../spi.js';
import { member, sameText } from './attribute-path.js';
import type { Json } from './attribute-path.js';
import { membersOf } from './group-members.js';
import { unreadable } from './list-answer.js';
import type { ScimClient } from './scim-client.js';
import { entitlementOf } from './scim-groups.js';
import type { ScimGroups } from './scim-groups.js';
import { ScimSearch } from './scim-search.js';
import { idText, isAbout } from './user-body.js';

/** The id of no user: an app that understands the filter finds nothing by it. */
const NO_USER = '00000000-0000-0000-0000-000000000000';
const FILTER = 'members.value';
/** So many groups are asked one by one before anything else is tried. */
const FEW = 10;

const all = (): boolean => true;

interface Sorted {
  readonly held: readonly Json[];
  /** Neither shown as a group of the user nor as one that is not. */
  readonly unclear: readonly Json[];
  readonly isIgnored: boolean;
}

/**
 * The groups that hold a user. They are asked for by a filter; where it is refused or ignored, the user's own `groups` tell
 * (RFC 7643 §4.1.2), and else each group's members. Where none of these tells, a person must look.
 */
export class GroupsOfUser {
  private readonly search: ScimSearch;
  private understandsFilter?: boolean;

  constructor(
    private readonly client: ScimClient,
    private readonly groups: ScimGroups,
  ) {
    this.search = new ScimSearch(client, '/Groups');
  }

  async of(call: Call, userId: string): Promise<readonly ObservedEntitlement[]> {
    const found = await this.search.by(call, FILTER, userId, all, false).catch(asRefused);
    if (found === 'failed') return (await this.toldByUser(call, userId)) ?? this.inEach(call, userId);
    if (found === 'refused') return (await this.toldByUser(call, userId)) ?? refuseToGuess();
    return this.among(call, userId, found);
  }

  private async among(call: Call, userId: string, found: readonly Json[]): Promise<readonly ObservedEntitlement[]> {
    const parts = sorted(found, userId);
    const isFew = parts.unclear.length <= FEW;
    const told = isFew ? await this.askEach(call, userId, parts) : null;
    if (told !== null) return told;
    if (!parts.isIgnored && (await this.isUnderstood(call))) return found.map(entitlementOf);
    const byUser = await this.toldByUser(call, userId);
    if (byUser !== undefined) return byUser;
    return (isFew ? null : await this.askEach(call, userId, parts)) ?? refuseToGuess();
  }

  /** Every group is looked through: its members tell, where they are shown. */
  private async inEach(call: Call, userId: string): Promise<readonly ObservedEntitlement[]> {
    const parts = sorted(await this.search.list(call, all), userId);
    return (await this.askEach(call, userId, parts)) ?? refuseToGuess();
  }

  private async isUnderstood(call: Call): Promise<boolean> {
    if (this.understandsFilter === undefined) {
      const found = await this.search.by(call, FILTER, NO_USER, all, false);
      this.understandsFilter = typeof found !== 'string' && found.length === 0;
    }
    return this.understandsFilter;
  }

  /** Only direct memberships can be ended. Undefined: the app shows no groups of a user. */
  private async toldByUser(call: Call, userId: string): Promise<readonly ObservedEntitlement[] | undefined> {
    const path = `/Users/${encodeURIComponent(userId)}`;
    const request = { operation: 'read', method: 'GET', path, template: '/Users/{id}' } as const;
    const user = await this.client.sendForBody(call, request);
    if (!isAbout(user, userId)) throw unreadable('GET /Users/{id}');
    const groups = member(user, 'groups');
    if (!Array.isArray(groups)) return undefined;
    return (groups as unknown[]).flatMap((group) => {
      const [id, display] = [idText(member(group, 'value')), member(group, 'display')];
      if (id === undefined) throw unreadable('GET /Users/{id}');
      if (sameText(member(group, 'type'), 'indirect')) return [];
      return [{ kind: 'group', id, name: typeof display === 'string' ? display : id }];
    });
  }

  /** Null: their lists do not tell either. */
  private async askEach(
    call: Call,
    userId: string,
    { held, unclear }: Sorted,
  ): Promise<readonly ObservedEntitlement[] | null> {
    const found = held.map(entitlementOf);
    let hidden = 0;
    let shown = held.length;
    for (const group of unclear) {
      const entitlement = entitlementOf(group);
      const { items, partial = false } = await this.groups.members(call, entitlement);
      shown += items.length;
      if (items.includes(userId)) found.push(entitlement);
      else if (partial && items.length > 0) return null;
      else if (partial) hidden += 1;
    }
    // An app that shows members at all leaves an empty list out; one that shows none tells nothing.
    return hidden > 0 && shown === 0 ? null : found;
  }
}

function sorted(groups: readonly Json[], userId: string): Sorted {
  const held: Json[] = [];
  const unclear: Json[] = [];
  for (const group of groups) {
    const { ids, isWhole } = membersOf(group);
    if (ids.includes(userId)) held.push(group);
    else if (!isWhole) unclear.push(group);
  }
  return { held, unclear, isIgnored: held.length + unclear.length < groups.length };
}

/** A list without an end tells nothing, but the user may. */
function asRefused(error: unknown): 'refused' {
  if (error instanceof ConnectorError && error.errorClass === 'permanent') return 'refused';
  throw error;
}

function refuseToGuess(): never {
  throw new ConnectorError('unsupported', 'The application does not tell the groups of a user.');
}
