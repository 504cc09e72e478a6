/** A value of one target attribute, in the application's own terms. `null` means: has no value there. */
export type AttributeValue = string | number | boolean | null | readonly string[];

/** Target attribute name (in SCIM an attribute path, in SQL a column) → value. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/**
 * Whether an account can be used, as its application tells it. `unknown`: the answer is neither yes nor no. It is no evidence
 * that an account is disabled, and none that it is enabled.
 */
export type Switch = boolean | 'unknown';

/** An account as the application holds it now. */
export interface ObservedAccount {
  /** The application's own id, used in every later call. */
  readonly id: string;
  /** Our account id, where the application can keep it. */
  readonly externalId?: string;
  readonly enabled: Switch;
  /** The mapped attributes only. */
  readonly attributes: Attributes;
}

export interface NewAccount {
  readonly externalId: string;
  readonly enabled: boolean;
  readonly attributes: Attributes;
}

/** What an account is looked for by. */
export interface AccountKeys {
  readonly externalId?: string;
  readonly attributes: Attributes;
  /** Target attributes to look by after the external id, best first; as `capabilities.correlateBy` when absent. */
  readonly by?: readonly string[];
}

/** Only what changes. A `null` in `attributes` clears the value. */
export interface AccountChange {
  readonly enabled?: boolean;
  readonly externalId?: string;
  readonly attributes?: Attributes;
}

/** Something that the application can grant: `kind` is `group`, `role`, `channel`, … */
export interface EntitlementRef {
  readonly kind: string;
  readonly name: string;
}

export interface ObservedEntitlement extends EntitlementRef {
  readonly id: string;
}

export interface MemberChange {
  /** Account ids of the application. Adding a member twice and removing an absent one are successes. */
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Present when there is more; pass it back as `cursor`. */
  readonly next?: string;
  /** The application may hold more than it shows: what is in the page is there, what is not in it may be there too. */
  readonly partial?: true;
}

/** One request and its answer, already redacted, kept with the operation as evidence. */
export interface Exchange {
  /** `POST /Users`, `UPDATE app_users`, `modify cn=…`: no query values, no personal data. */
  readonly request: string;
  /** HTTP status, SQLSTATE or LDAP result; absent when nothing was answered. */
  readonly status?: string;
  readonly ms: number;
  readonly note?: string;
}

/** Classes of calls that applications limit separately: one object, a change, a page of many, members of a group. */
export const ENDPOINT_CLASSES = ['read', 'write', 'list', 'members'] as const;
export type EndpointClass = (typeof ENDPOINT_CLASSES)[number];

/** What an answer said of the application's own limits. */
export interface RateHint {
  /** Nobody may call before so many milliseconds have passed. */
  readonly waitMs: number;
}

/** When calls may be made, and what answers say of it. */
export interface Pacing {
  /** Awaited before each exchange. Throws `rate_limited` when the turn would come too late for this call. */
  pace(of: EndpointClass): Promise<void>;
  /** Tells what an answer's headers said. */
  limits(hint: RateHint): void;
}

/** For a single call that somebody waits for, where nothing is known of limits: an admin's test of the connection. */
export const UNPACED: Pacing = { pace: () => Promise.resolve(), limits: () => undefined };

/** What accompanies each call: until when, how fast, under which key, and where the evidence goes. */
export interface Call extends Pacing {
  /** Aborted at the deadline, which is always earlier than the end of the account's lease. */
  readonly signal: AbortSignal;
  /** Stable per account, desired version and step: the same on every retry. */
  readonly idempotencyKey: string;
  record(exchange: Exchange): void;
}

export interface Capabilities {
  readonly disable: boolean;
  readonly delete: 'hard' | 'soft' | 'unsupported';
  /** The application itself refuses a second account with the same value of these: create first, adopt on `conflict`. */
  readonly refusesDuplicatesOn: readonly string[];
  /** Attributes by which `find` looks for an account, best first. */
  readonly correlateBy: readonly string[];
  /** Attributes whose values are the same in any case; absent: none. */
  readonly caseless?: readonly string[];
  readonly entitlementKinds: readonly string[];
  /** The most member changes that one call takes. */
  readonly memberBatch: number;
  /** For how long (ms) the application may still finish a call that we gave up. */
  readonly settleMs: number;
}

export interface TestResult {
  /** One line for the admin: what was reached, as whom. */
  readonly summary: string;
}

/** One application, opened. Every method throws `ConnectorError` and nothing else. */
export interface Connector {
  readonly capabilities: Capabilities;
  /** Reads something harmless with the configured credentials. */
  test(call: Call): Promise<TestResult>;
  /** `null`: no such account (never throws `not_found`). What is answered about another id is unreadable, never this account. */
  get(call: Call, id: string): Promise<ObservedAccount | null>;
  /**
   * By external id when given, else by the first key that finds anything; more than one result is ambiguous. Empty means that
   * there is none: it throws where the application cannot tell. A key that it refuses to search by is passed over.
   */
  find(call: Call, keys: AccountKeys): Promise<readonly ObservedAccount[]>;
  list(call: Call, cursor?: string): Promise<Page<ObservedAccount>>;
  /** Throws `conflict` when the answer shows an account that was there before, whatever its status. */
  create(call: Call, account: NewAccount): Promise<ObservedAccount>;
  /**
   * What the application answered, which is no proof that it did it. `null`: it accepted the change, and does not show the account
   * since. Throws `not_found` when it does not accept the change because there is no such account.
   */
  update(call: Call, id: string, change: AccountChange): Promise<ObservedAccount | null>;
  /** An account that is already gone is a success. */
  delete(call: Call, id: string): Promise<void>;
  findEntitlement(call: Call, ref: EntitlementRef): Promise<ObservedEntitlement | null>;
  createEntitlement(call: Call, ref: EntitlementRef): Promise<ObservedEntitlement>;
  /** Everything that can be granted, page by page. Absent where the application cannot tell. */
  listEntitlements?(call: Call, cursor?: string): Promise<Page<ObservedEntitlement>>;
  /** `partial` where the list may be cut, or hidden. */
  listMembers(call: Call, entitlement: ObservedEntitlement, cursor?: string): Promise<Page<string>>;
  /** At most `capabilities.memberBatch` changes. Leaves every other member as it is. */
  changeMembers(call: Call, entitlement: ObservedEntitlement, change: MemberChange): Promise<void>;
  close(): Promise<void>;

  // What not every application can. Whoever has the method can: there is no flag beside it.

  /** Everything that the account is a member of, including what others gave; throws where the application cannot tell. */
  readonly entitlementsOf?: (call: Call, id: string) => Promise<readonly ObservedEntitlement[]>;
  /** Ends the account's sessions and tokens; none is a success. */
  readonly endSessions?: (call: Call, id: string) => Promise<void>;
  /** Gives everything that the account owns to another one; nothing is a success. */
  readonly transferOwnership?: (call: Call, id: string, toId: string) => Promise<void>;
  /** Frees the licence or seat that the account takes up; none is a success. */
  readonly reclaimLicence?: (call: Call, id: string) => Promise<void>;
  /** The entitlement has this name from now on, and its members. */
  readonly renameEntitlement?: (call: Call, entitlement: ObservedEntitlement, name: string) => Promise<void>;
  /** One that is already gone is a success. */
  readonly deleteEntitlement?: (call: Call, entitlement: ObservedEntitlement) => Promise<void>;
}

/** A mistake in an application's configuration, by the path of the offending key. */
export interface ConfigFault {
  readonly path: string;
  readonly message: string;
}

export interface OpenOptions {
  readonly config: Readonly<Record<string, unknown>>;
  /** Decrypted credentials; never logged, never in an error. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Target attributes that the mapping writes: what `ObservedAccount.attributes` must hold. */
  readonly attributes: readonly string[];
}

/** A kind of connector: how it is configured, what it maps by default, how it is opened. */
export interface ConnectorKind {
  readonly kind: string;
  /** Every mistake; with the mapping's target attributes given, also those that the application cannot have. */
  check(
    config: Readonly<Record<string, unknown>>,
    credentials: Readonly<Record<string, string>>,
    attributes?: readonly string[],
  ): readonly ConfigFault[];
  /**
   * The part of the configuration that decides who is sent the credentials, and how. What a kind does not name as harmless
   * belongs to it: where it changes, the credentials are asked for again.
   */
  receiverOf(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  /** Target attribute → CEL expression over `identity`. */
  readonly defaultMapping: Readonly<Record<string, string>>;
  /** Throws `ConnectorError` (`invalid`) on what `check` would report. Connects to nothing yet. */
  open(options: OpenOptions): Connector;
}
