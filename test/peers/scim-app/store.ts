import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A stored SCIM resource, as the protocol shows it. */
export interface Stored {
  readonly id: string;
  readonly [attribute: string]: unknown;
}

interface Meta {
  readonly resourceType: string;
  readonly created: string;
  readonly lastModified: string;
}

/** Resources of one type: one unique key without regard to case, and an index over each attribute that is searched. */
export class Shelf {
  private readonly byId = new Map<string, Stored>();
  private readonly indexes: ReadonlyMap<string, Map<string, Set<string>>>;

  constructor(
    private readonly resourceType: string,
    readonly uniqueKey: string,
    searched: readonly string[],
    private readonly changed: () => void,
  ) {
    this.indexes = new Map([uniqueKey, ...searched].map((attribute) => [attribute, new Map<string, Set<string>>()]));
  }

  get(id: string): Stored | undefined {
    return this.byId.get(id);
  }

  all(): readonly Stored[] {
    return [...this.byId.values()];
  }

  /** The unique key ignores case, every other attribute does not. `undefined`: not an indexed attribute. */
  where(attribute: string, value: string): readonly Stored[] | undefined {
    const name = [...this.indexes.keys()].find((known) => known.toLowerCase() === attribute.toLowerCase());
    if (name === undefined) return undefined;
    const ids = this.indexes.get(name)?.get(this.normal(name, value)) ?? [];
    return [...ids].flatMap((id) => this.byId.get(id) ?? []);
  }

  /** Whether another resource holds this value of the unique key. */
  isTaken(value: string, exceptId?: string): boolean {
    return (this.where(this.uniqueKey, value) ?? []).some(({ id }) => id !== exceptId);
  }

  put(attributes: Readonly<Record<string, unknown>>, id: string = randomUUID()): Stored {
    const now = new Date().toISOString();
    const created = (this.byId.get(id)?.meta as Meta | undefined)?.created ?? now;
    const meta: Meta = { resourceType: this.resourceType, created, lastModified: now };
    const stored = { ...attributes, id, meta };
    this.load(stored);
    this.changed();
    return stored;
  }

  remove(id: string): boolean {
    const known = this.byId.get(id);
    if (known === undefined) return false;
    this.unindex(known);
    this.byId.delete(id);
    this.changed();
    return true;
  }

  /** Takes a resource in as it is, without telling anybody. */
  load(stored: Stored): void {
    const known = this.byId.get(stored.id);
    if (known) this.unindex(known);
    this.byId.set(stored.id, stored);
    for (const [attribute, index] of this.indexes) {
      const value = stored[attribute];
      if (typeof value !== 'string') continue;
      const key = this.normal(attribute, value);
      index.set(key, (index.get(key) ?? new Set()).add(stored.id));
    }
  }

  clear(): void {
    this.byId.clear();
    for (const index of this.indexes.values()) index.clear();
    this.changed();
  }

  private unindex(stored: Stored): void {
    for (const [attribute, index] of this.indexes) {
      const value = stored[attribute];
      if (typeof value === 'string') index.get(this.normal(attribute, value))?.delete(stored.id);
    }
  }

  private normal(attribute: string, value: string): string {
    return attribute === this.uniqueKey ? value.toLowerCase() : value;
  }
}

/** The app's users and groups: in memory, and in a JSON file when they shall survive the app. */
export class Store {
  readonly users = new Shelf('User', 'userName', ['externalId'], () => this.save());
  readonly groups = new Shelf('Group', 'displayName', ['externalId'], () => this.save());

  constructor(private readonly file?: string) {
    if (file === undefined || !existsSync(file)) return;
    const content = JSON.parse(readFileSync(file, 'utf8')) as { users: Stored[]; groups: Stored[] };
    content.users.forEach((user) => this.users.load(user));
    content.groups.forEach((group) => this.groups.load(group));
  }

  reset(): void {
    this.users.clear();
    this.groups.clear();
  }

  /** Each user with the names of the groups that hold it. */
  state(): { users: readonly Stored[]; groups: readonly Stored[] } {
    const groupsOf = new Map<string, string[]>();
    for (const group of this.groups.all()) {
      for (const id of memberIds(group)) groupsOf.set(id, [...(groupsOf.get(id) ?? []), String(group.displayName)]);
    }
    const users = this.users.all().map((user) => ({ ...user, groups: (groupsOf.get(user.id) ?? []).sort() }));
    return { users, groups: this.groups.all() };
  }

  // Written before the answer, by way of a rename: an app killed at any moment finds everything that it confirmed.
  private save(): void {
    if (this.file === undefined) return;
    writeFileSync(`${this.file}.new`, JSON.stringify({ users: this.users.all(), groups: this.groups.all() }));
    renameSync(`${this.file}.new`, this.file);
  }
}

/** The ids in a group's `members`. */
export function memberIds(group: Readonly<Record<string, unknown>>): string[] {
  const members = (group.members ?? []) as readonly { readonly value?: unknown }[];
  return members.flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
}
