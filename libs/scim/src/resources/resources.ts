import { Database } from '@tenure/platform';
import type { ScimGroups } from './groups.js';
import type { OwnResources } from './own-resources.js';
import { hasRows, presentResources, presentWithoutRows } from './present-resource.js';
import { writtenPaths } from './project-resource.js';
import {
  locationOf,
  namesVersion,
  versionOf,
  type Reply,
  type ResourceStore,
  type ScimCall,
  type StoredResource,
} from './scim-call.js';
import type { ResourceType } from '../schema/schema-model.js';
import type { ScimUsers } from './users.js';

/** The answers of RFC 7644 to what is done with one resource. */
export class ScimResources {
  constructor(
    private readonly database: Database,
    private readonly users: ScimUsers,
    private readonly groups: ScimGroups,
    private readonly others: OwnResources,
  ) {}

  async create(call: ScimCall, type: ResourceType, body: unknown, id?: string): Promise<Reply> {
    const stored = await this.of(type).create(call, body, id);
    // Nobody is in a group before there is anybody.
    const isNew = type.name !== 'Group';
    const seen = withWritten(call, type, body);
    const reply = isNew ? answer(201, stored, presentWithoutRows(seen, type, stored)) : null;
    const { status, body: shown, headers } = reply ?? (await this.reply(seen, type, 201, stored));
    return {
      status,
      ...(shown && { body: shown }),
      headers: { ...headers, Location: locationOf(call, type, stored.id) },
    };
  }

  async get(call: ScimCall, type: ResourceType, id: string): Promise<Reply> {
    const stored = await this.of(type).get(call, id);
    if (call.ifNoneMatch !== undefined && namesVersion(call.ifNoneMatch, stored))
      return { status: 304, headers: { ETag: versionOf(stored) } };
    return this.reply(call, type, 200, stored);
  }

  async replace(call: ScimCall, type: ResourceType, id: string, body: unknown): Promise<Reply> {
    return this.reply(withWritten(call, type, body), type, 200, await this.of(type).replace(call, id, body));
  }

  /** §3.5.2: a group may have more members than anybody wants to read for one that changed, unless it is asked for. */
  async patch(call: ScimCall, type: ResourceType, id: string, body: unknown): Promise<Reply> {
    const stored = await this.of(type).patch(call, id, body);
    const { attributes, excluded } = call.projection;
    if (type.name === 'Group' && attributes === undefined && excluded === undefined)
      return { status: 204, headers: { ETag: versionOf(stored) } };
    return this.reply(withWritten(call, type, body), type, 200, stored);
  }

  async delete(call: ScimCall, type: ResourceType, id: string): Promise<Reply> {
    await this.of(type).delete(call, id);
    return { status: 204 };
  }

  private of(type: ResourceType): ResourceStore {
    if (type.registeredAs !== undefined) return this.others.of(type);
    return type.name === 'User' ? this.users : this.groups;
  }

  private async reply(call: ScimCall, type: ResourceType, status: number, stored: StoredResource): Promise<Reply> {
    if (!hasRows(type, call.projection)) return answer(status, stored, presentWithoutRows(call, type, stored));
    const [body = {}] = await this.database.transaction(call.source.tenantId, (tx) =>
      presentResources(tx, call, type, [stored]),
    );
    return answer(status, stored, body);
  }
}

/** The call of a write, with what its body names. */
const withWritten = (call: ScimCall, type: ResourceType, body: unknown): ScimCall => ({
  ...call,
  projection: { ...call.projection, written: writtenPaths(type, body) },
});

const answer = (status: number, stored: StoredResource, body: object): Reply => ({
  status,
  body,
  headers: { ETag: versionOf(stored) },
});
