import { ConnectorError } from '../errors.js';
import type { Call, EntitlementRef, MemberChange, ObservedEntitlement, Page } from '../spi.js';
import { member, sameText } from './attribute-path.js';
import type { Json } from './attribute-path.js';
import { equals } from './filter.js';
import { membersOf } from './group-members.js';
import { PageOrder, unreadable } from './list-answer.js';
import { refusal } from './scim-client.js';
import type { ScimClient, ScimRequest } from './scim-client.js';
import { ScimSearch } from './scim-search.js';
import { isGone, isNoTarget, patchBody } from './scim-users.js';
import { idOf, isAbout } from './user-body.js';

const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** `/Groups` of one application, known by their display names. */
export class ScimGroups {
  private readonly search: ScimSearch;
  private readonly pages = new PageOrder();

  constructor(
    private readonly client: ScimClient,
    private readonly memberBatch: number,
  ) {
    this.search = new ScimSearch(client, '/Groups', { excludedAttributes: 'members' });
  }

  async find(call: Call, ref: EntitlementRef): Promise<ObservedEntitlement | null> {
    const isSame = (group: Json): boolean => sameText(nameOf(group), ref.name);
    const answer = await this.search.by(call, 'displayName', ref.name, isSame);
    const same = typeof answer === 'string' ? await this.search.list(call, isSame) : answer;
    const exact = same.filter((group) => nameOf(group).normalize('NFC') === ref.name.normalize('NFC'));
    const found = exact.length > 0 ? exact : same;
    if (found.length > 1) throw new ConnectorError('conflict', `${found.length} groups have the name "${ref.name}"`);
    return found[0] ? { kind: ref.kind, name: ref.name, id: idOf(found[0]) ?? '' } : null;
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
    const start = Number(cursor);
    return this.pages.follow(await this.search.page(call, start), start, entitlementOf);
  }

  /** SCIM has no pages of members: the whole group comes in one answer, or what the app shows of it. */
  async members(call: Call, { id }: ObservedEntitlement): Promise<Page<string>> {
    const { ids, isWhole } = membersOf(await this.group(call, id));
    return { items: ids, ...(!isWhole && { partial: true }) };
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

  private async group(call: Call, id: string): Promise<Json> {
    const body = await this.client.sendForBody(call, { operation: 'read', method: 'GET', ...one(id) });
    if (!isAbout(body, id)) throw unreadable('GET /Groups/{id}');
    return body;
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

/** A group in our terms. */
export const entitlementOf = (group: Json): ObservedEntitlement => ({
  kind: 'group',
  id: idOf(group) ?? '',
  name: nameOf(group),
});

const nameOf = (group: Json): string => String(member(group, 'displayName'));

function isConflict(error: unknown): boolean {
  return error instanceof ConnectorError && error.errorClass === 'conflict';
}

function one(id: string) {
  return { path: `/Groups/${encodeURIComponent(id)}`, template: '/Groups/{id}' };
}
