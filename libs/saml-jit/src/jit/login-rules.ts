import { PERSON_FIELDS, type PersonField } from '@tenure/identity';

/** Where a stable name of the person stands in a login. */
export type KeySource = 'nameId' | { readonly attribute: string };

export const REFRESHES = ['never', 'missing', 'always'] as const;
export type Refresh = (typeof REFRESHES)[number];

/** What a connection's logins become: who is admitted, whose login it is, what it says, and how long it lasts. */
export interface LoginRules {
  /** What names the person for good at this identity provider; with the connection it is the record's key. */
  readonly key: KeySource;
  /** Mail domains that are this identity provider's own; no two connections of a tenant have one in common. */
  readonly domains: readonly string[];
  /** By what a first login is given to somebody who is known already. */
  readonly match: {
    /** What SCIM clients send as externalId. */
    readonly externalId: KeySource | null;
    readonly employeeNumber: boolean;
    /** An address inside `domains`, of somebody who has no login of another connection; null: where there are any. */
    readonly verifiedEmail: boolean | null;
  };
  /** Target → CEL over `attributes`, `values`, `nameId`, `nameIdFormat`; null: never taken. Others by their usual names. */
  readonly mapping: Readonly<Record<string, string | null>>;
  /** The attribute that has the groups, where it is not one of the usual. */
  readonly groups: string | null;
  /** The attribute that becomes `custom.roles`. */
  readonly roles: string | null;
  /** What later logins change: per connection, and per target. */
  readonly refresh: { readonly usual: Refresh; readonly targets: Readonly<Record<string, Refresh>> };
  readonly jit: 'create' | 'known_only';
  readonly admit: {
    /** Only addresses of these domains; empty: all. */
    readonly domains: readonly string[];
    /** At least one of these; empty: all. */
    readonly groups: readonly string[];
    /** Whether whoever is on leave may log in; null: as the tenant says (settings of `logins`). */
    readonly onLeave: boolean | null;
  };
  /** So many people may have come by this connection and not left; null: without a limit. */
  readonly maxPeople: number | null;
  readonly sessions: { readonly idleMinutes: number; readonly absoluteMinutes: number };
  /** Whom a refused person is told to ask. */
  readonly askWhom: string | null;
}

export const USUAL_RULES: LoginRules = {
  key: 'nameId',
  domains: [],
  match: { externalId: null, employeeNumber: true, verifiedEmail: null },
  mapping: {},
  groups: null,
  roles: null,
  refresh: { usual: 'always', targets: {} },
  jit: 'create',
  admit: { domains: [], groups: [], onLeave: null },
  maxPeople: null,
  sessions: { idleMinutes: 60, absoluteMinutes: 720 },
  askWhom: null,
};

/** A login says who somebody is, never whether or how long they work here. */
const NOT_A_LOGINS: readonly string[] = ['status', 'startDate', 'endDate', 'leaveStartDate', 'leaveEndDate', 'custom'];

/** The attributes that a login may say, besides `custom.<name>`. */
export const LOGIN_TARGETS: readonly PersonField[] = PERSON_FIELDS.filter((field) => !NOT_A_LOGINS.includes(field));

/** The name of an attribute of the tenant's own in `custom.<name>`; null for any other target. */
export const customName = (target: string): string | null => /^custom\.([^\s.]{1,100})$/u.exec(target)?.[1] ?? null;

/** As it stands in records: by what their key was chosen. */
export const nameOfKey = (key: KeySource): string => (key === 'nameId' ? key : `attribute:${key.attribute}`);

/** The attribute of such a name; null: the NameID. */
export const attributeOfKey = (name: string): string | null =>
  name.startsWith('attribute:') ? name.slice('attribute:'.length) : null;
