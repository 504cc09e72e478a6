import { Database } from '@tenure/platform';
import type { ScimGroups } from './groups.js';
import { presentResources } from './present-resource.js';
import { namesVersion, versionOf, type ScimCall, type StoredResource } from './scim-call.js';
import type { Reply } from './scim-exchange.js';
import type { ScimUsers } from './users.js';

export type ResourceKind = 'User' | 'Group';

/** What a resource type does; users and groups each have their own way. */
type ResourceStore = ScimUsers | ScimGroups;

/** The answers of RFC 7644 to what is done with one resource. */
export class ScimResources {
  constructor(
    private readonly database: Database,
    private readonly users: ScimUsers,
    private readonly groups: ScimGroups,
  ) {}

  async create(call: ScimCall, kind: ResourceKind, body: unknown, id?: string): Promise<Reply> {
    const stored = await this.of(kind).create(call, body, id);
    const reply = await this.reply(call, kind, 201, stored);
    return { ...reply, headers: { ...reply.headers, Location: `${call.base}/${kind}s/${stored.id}` } };
  }

  async get(call: ScimCall, kind: ResourceKind, id: string): Promise<Reply> {
    const stored = await this.of(kind).get(call, id);
    if (call.ifNoneMatch !== undefined && namesVersion(call.ifNoneMatch, stored))
      return { status: 304, headers: { ETag: versionOf(stored) } };
    return this.reply(call, kind, 200, stored);
  }

  async replace(call: ScimCall, kind: ResourceKind, id: string, body: unknown): Promise<Reply> {
    return this.reply(call, kind, 200, await this.of(kind).replace(call, id, body));
  }

  /** §3.5.2: a group may have more members than anybody wants to read for one that changed, unless it is asked for. */
  async patch(call: ScimCall, kind: ResourceKind, id: string, body: unknown): Promise<Reply> {
    const stored = await this.of(kind).patch(call, id, body);
    const { attributes, excluded } = call.projection;
    if (kind === 'Group' && attributes === undefined && excluded === undefined)
      return { status: 204, headers: { ETag: versionOf(stored) } };
    return this.reply(call, kind, 200, stored);
  }

  async delete(call: ScimCall, kind: ResourceKind, id: string): Promise<Reply> {
    await this.of(kind).delete(call, id);
    return { status: 204 };
  }

  private of(kind: ResourceKind): ResourceStore {
    return kind === 'User' ? this.users : this.groups;
  }

  private async reply(call: ScimCall, kind: ResourceKind, status: number, stored: StoredResource): Promise<Reply> {
    const [body] = await this.database.transaction(call.source.tenantId, (tx) =>
      presentResources(tx, call, kind, [stored]),
    );
    return { status, ...(body && { body }), headers: { ETag: versionOf(stored) } };
  }
}
