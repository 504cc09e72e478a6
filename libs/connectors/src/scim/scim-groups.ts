import { ConnectorError } from '../errors.js';
import type { Call, EntitlementRef, MemberChange, ObservedEntitlement, Page } from '../spi.js';
import { member, sameText } from './attribute-path.js';
import type { Json } from './attribute-path.js';
import { equals } from './filter.js';
import { refusal } from './scim-client.js';
import type { ScimClient, ScimRequest } from './scim-client.js';
import { idOf } from './user-body.js';
import { isGone, isNoTarget, pageIn, pageQuery, patchBody, resourcesIn } from './scim-users.js';

const PAGE_SIZE = 100;
const TEMPLATE = '/Groups?filter=displayName eq …';
const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** `/Groups` of one application, known by their display names. */
export class ScimGroups {
  constructor(
    private readonly client: ScimClient,
    private readonly memberBatch: number,
  ) {}

  async find(call: Call, ref: EntitlementRef): Promise<ObservedEntitlement | null> {
    const query = { filter: equals('displayName', ref.name), excludedAttributes: 'members' };
    const request = { operation: 'search', method: 'GET', path: '/Groups', template: TEMPLATE, query } as const;
    const groups = resourcesIn(await this.client.sendForBody(call, request)).map((group) => ({
      id: idOf(group) ?? '',
      name: String(member(group, 'displayName')),
    }));
    const same = groups.filter(({ name }) => name.toLowerCase() === ref.name.toLowerCase());
    const exact = same.filter(({ name }) => name === ref.name);
    const found = exact.length > 0 ? exact : same;
    if (found.length > 1) throw new ConnectorError('conflict', `${found.length} groups have the name "${ref.name}"`);
    return found[0] ? { kind: ref.kind, name: ref.name, id: found[0].id } : null;
  }

  async create(call: Call, ref: EntitlementRef): Promise<ObservedEntitlement> {
    const body = { schemas: [GROUP_SCHEMA], displayName: ref.name };
    const request: ScimRequest = { operation: 'create', method: 'POST', path: '/Groups', template: '/Groups', body };
    const answer = await this.client.send(call, request);
    const id = idOf(answer.body);
    if (id === undefined) throw refusal(request, answer);
    return { ...ref, id };
  }

  async list(call: Call, cursor = '1'): Promise<Page<ObservedEntitlement>> {
    const query = { ...pageQuery(cursor), excludedAttributes: 'members' };
    const request = { operation: 'search', method: 'GET', path: '/Groups', template: '/Groups', query } as const;
    return pageIn(await this.client.sendForBody(call, request), cursor, (group) => ({
      kind: 'group',
      id: idOf(group) ?? '',
      name: String(member(group, 'displayName')),
    }));
  }

  /** SCIM has no pages of members: the whole group comes in one answer. */
  async members(call: Call, { id }: ObservedEntitlement): Promise<Page<string>> {
    const request = { operation: 'read', method: 'GET', ...one(id) } as const;
    return { items: memberIds(await this.client.sendForBody(call, request)) };
  }

  /** One PATCH of additions and removals; never a replacement of the list, which would drop everybody else. */
  async change(call: Call, entitlement: ObservedEntitlement, change: MemberChange): Promise<void> {
    const count = change.add.length + change.remove.length;
    if (count === 0) return;
    if (count > this.memberBatch)
      throw new ConnectorError('invalid', `${count} member changes, at most ${this.memberBatch}`);
    try {
      await this.patch(call, entitlement.id, change);
    } catch (error) {
      // Some apps refuse a member who is already there, or gone; the request was refused as a whole.
      if (!isNoTarget(error) && !isConflict(error)) throw error;
      await this.patch(call, entitlement.id, await this.stillNeeded(call, entitlement, change));
    }
  }

  /** The groups that hold a user. Where they cannot be asked for by a member, the user's own `groups` tell (RFC 7643 §4.1.2). */
  async ofMember(call: Call, userId: string): Promise<readonly ObservedEntitlement[]> {
    try {
      return await this.searchByMember(call, userId);
    } catch (error) {
      if (!(error instanceof ConnectorError) || !['invalid', 'unsupported', 'permanent'].includes(error.errorClass))
        throw error;
      return this.toldByUser(call, userId, error);
    }
  }

  /** A service that ignores the filter answers with all of them: each is then asked. */
  private async searchByMember(call: Call, userId: string): Promise<readonly ObservedEntitlement[]> {
    const found: ObservedEntitlement[] = [];
    const template = '/Groups?filter=members.value eq …';
    for (let start = 1; ;) {
      const query = { filter: equals('members.value', userId), startIndex: String(start), count: String(PAGE_SIZE) };
      const request = { operation: 'search', method: 'GET', path: '/Groups', template, query } as const;
      const body = await this.client.sendForBody(call, request);
      const groups = resourcesIn(body);
      for (const group of groups) if (await this.holds(call, group, userId)) found.push(entitlementOf(group));
      start += groups.length;
      if (groups.length === 0 || start > Number(member(body, 'totalResults') ?? 0)) return found;
    }
  }

  /** Only direct memberships can be ended; a service that shows no groups of a user tells nothing. */
  private async toldByUser(
    call: Call,
    userId: string,
    refusal: ConnectorError,
  ): Promise<readonly ObservedEntitlement[]> {
    const path = `/Users/${encodeURIComponent(userId)}`;
    const user = await this.client.sendForBody(call, {
      operation: 'read',
      method: 'GET',
      path,
      template: '/Users/{id}',
    });
    const groups = member(user, 'groups');
    if (!Array.isArray(groups))
      throw new ConnectorError('unsupported', 'The application does not tell the groups of a user.', {
        cause: refusal,
      });
    return (groups as unknown[]).flatMap((group) => {
      const [id, display] = [member(group, 'value'), member(group, 'display')];
      if (typeof id !== 'string' || sameText(member(group, 'type'), 'indirect')) return [];
      return [{ kind: 'group', id, name: typeof display === 'string' ? display : id }];
    });
  }

  async rename(call: Call, { id }: ObservedEntitlement, name: string): Promise<void> {
    const body = patchBody([{ op: 'replace', path: 'displayName', value: name }]);
    await this.client.send(call, { operation: 'update', method: 'PATCH', ...one(id), body });
  }

  async delete(call: Call, { id }: ObservedEntitlement): Promise<void> {
    try {
      await this.client.send(call, { operation: 'delete', method: 'DELETE', ...one(id) });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  private async holds(call: Call, group: Json, userId: string): Promise<boolean> {
    const shown = member(group, 'members') === undefined ? await this.members(call, entitlementOf(group)) : null;
    return (shown?.items ?? memberIds(group)).includes(userId);
  }

  private async patch(call: Call, id: string, { add, remove }: MemberChange): Promise<void> {
    const added = add.length === 0 ? [] : [{ op: 'add', path: 'members', value: add.map((value) => ({ value })) }];
    const removed = remove.map((value) => ({ op: 'remove', path: `members[${equals('value', value)}]` }));
    const body = patchBody([...added, ...removed]);
    if (add.length + remove.length > 0) {
      await this.client.send(call, { operation: 'members', method: 'PATCH', ...one(id), body });
    }
  }

  private async stillNeeded(call: Call, entitlement: ObservedEntitlement, change: MemberChange): Promise<MemberChange> {
    const members = new Set((await this.members(call, entitlement)).items);
    return {
      add: change.add.filter((id) => !members.has(id)),
      remove: change.remove.filter((id) => members.has(id)),
    };
  }
}

const entitlementOf = (group: Json): ObservedEntitlement => ({
  kind: 'group',
  id: idOf(group) ?? '',
  name: String(member(group, 'displayName')),
});

function memberIds(group: Json): string[] {
  const members = member(group, 'members');
  const entries = Array.isArray(members) ? (members as unknown[]) : [];
  const users = entries.filter((entry) => !sameText(member(entry, 'type'), 'group'));
  return users.flatMap((user) => {
    const id = member(user, 'value');
    return typeof id === 'string' ? [id] : [];
  });
}

function isConflict(error: unknown): boolean {
  return error instanceof ConnectorError && error.errorClass === 'conflict';
}

function one(id: string) {
  return { path: `/Groups/${encodeURIComponent(id)}`, template: '/Groups/{id}' };
}
