import SCIMMY from 'scimmy';
import { memberIds } from './store.js';
import type { Shelf, Store, Stored } from './store.js';

/** What a request says beside its resource: a plain equality filter, taken off the URL. */
export interface Search {
  readonly attribute?: string;
  readonly value?: string;
}

interface Target {
  readonly id?: string;
  readonly filter?: { match(values: readonly Stored[]): Stored[] };
}

type Attributes = Readonly<Record<string, unknown>>;

/** Puts users and groups of the store behind scimmy's resources, which are globals of the process. */
export function declareResources(store: Store): void {
  SCIMMY.Resources.declare(SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false), {
    ingress: (target: Target, user: Attributes) => write(store.users, target, plain(user)),
    egress: (target: Target, search: Search) => read(store.users, target, search),
    degress: (target: Target) => {
      remove(store.users, target);
      leaveAllGroups(store, String(target.id));
    },
  });
  SCIMMY.Resources.declare(SCIMMY.Resources.Group, {
    ingress: (target: Target, group: Attributes) => write(store.groups, target, withKnownMembers(store, plain(group))),
    egress: (target: Target, search: Search) => read(store.groups, target, search),
    degress: (target: Target) => remove(store.groups, target),
  });
}

function read(shelf: Shelf, { id, filter }: Target, { attribute, value }: Search): Stored | Stored[] {
  if (id !== undefined) return shelf.get(id) ?? notFound(id);
  const found = attribute === undefined ? undefined : shelf.where(attribute, value ?? '');
  if (found !== undefined) return [...found];
  return filter ? filter.match(shelf.all()) : [...shelf.all()];
}

function write(shelf: Shelf, { id }: Target, attributes: Attributes): Stored {
  if (id !== undefined && shelf.get(id) === undefined) notFound(id);
  const key = attributes[shelf.uniqueKey];
  if (typeof key === 'string' && shelf.isTaken(key, id)) {
    throw new SCIMMY.Types.Error(409, 'uniqueness', `${shelf.uniqueKey} is already taken`);
  }
  return shelf.put(attributes, id);
}

function remove(shelf: Shelf, { id }: Target): void {
  if (id === undefined || !shelf.remove(id)) notFound(String(id));
}

/** Takes a user out of every group. */
export function leaveAllGroups(store: Store, userId: string): void {
  for (const group of store.groups.all()) {
    const left = memberIds(group).filter((id) => id !== userId);
    if (left.length < memberIds(group).length) store.groups.put({ ...group, members: members(left) }, group.id);
  }
}

function withKnownMembers(store: Store, group: Attributes): Attributes {
  const ids = [...new Set(memberIds(group))];
  const unknown = ids.find((id) => store.users.get(id) === undefined);
  if (unknown !== undefined) throw new SCIMMY.Types.Error(404, '', `Resource ${unknown} not found`);
  return { ...group, members: members(ids) };
}

const members = (ids: readonly string[]) => ids.map((value) => ({ value }));

// scimmy hands over instances with accessors; a copy through JSON is what the wire would carry.
function plain(resource: Attributes): Attributes {
  return JSON.parse(JSON.stringify(resource)) as Attributes;
}

function notFound(id: string): never {
  throw new SCIMMY.Types.Error(404, '', `Resource ${id} not found`);
}
