import type { Source } from '@tenure/identity';
import type { Actor } from '@tenure/journal';
import type { Catalogue } from '../schema/catalogue.js';
import type { Projection } from './project-resource.js';
import { ScimError } from '../protocol/scim-error.js';
import type { Values } from '../schema/read-value.js';
import type { ResourceType } from '../schema/schema-model.js';

/** Who asks, of which tenant's resources, and what of them is wanted. */
export interface ScimCall {
  readonly source: Source;
  readonly catalogue: Catalogue;
  /** `https://…/scim/v2`. */
  readonly base: string;
  readonly projection: Projection;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
}

/** What is answered to a call. */
export interface Reply {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A resource as it is kept. */
export interface StoredResource {
  readonly id: string;
  readonly raw: Values;
  readonly version: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a resource type does; users, groups and types of a tenant's own each have their own way. */
export interface ResourceStore {
  create(call: ScimCall, body: unknown, id?: string): Promise<StoredResource>;
  get(call: ScimCall, id: string): Promise<StoredResource>;
  replace(call: ScimCall, id: string, body: unknown): Promise<StoredResource>;
  patch(call: ScimCall, id: string, body: unknown): Promise<StoredResource>;
  delete(call: ScimCall, id: string): Promise<void>;
}

export const actorOf = ({ source }: ScimCall): Actor => ({ actor: `source:${source.id}`, door: 'scim' });

/** RFC 7644 §3.14: weak, because the same version may be written in several ways. */
export const versionOf = ({ version }: Pick<StoredResource, 'version'>): string => `W/"${version}"`;

/** Whether a header of entity tags names this version; `*` names any. */
export const namesVersion = (header: string, stored: Pick<StoredResource, 'version'>): boolean =>
  header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${stored.version}"`);

/** RFC 7232 §3.1. */
export function assertMatches({ ifMatch }: ScimCall, stored: StoredResource): void {
  if (ifMatch === undefined || namesVersion(ifMatch, stored)) return;
  throw new ScimError(412, `The resource has been changed; its version is ${versionOf(stored)} now. Read it again.`);
}

export const locationOf = ({ base }: Pick<ScimCall, 'base'>, { endpoint }: ResourceType, id: string): string =>
  `${base}${endpoint}/${id}`;

/** What the server adds to a resource. */
export const metaOf = (call: ScimCall, type: ResourceType, stored: StoredResource): object => ({
  resourceType: type.name,
  created: stored.createdAt.toISOString(),
  lastModified: stored.updatedAt.toISOString(),
  location: locationOf(call, type, stored.id),
  version: versionOf(stored),
});
