import type { Attributes, Connector } from '../spi.js';

/** A misbehaviour that an application can be put up to, for the next call. */
export const FAULTS = [
  'rate_limited',
  'error_before_work',
  'error_after_work',
  'drop_before_work',
  'drop_after_work',
  'hang_before_work',
  'hang_after_work',
] as const;

export type Fault = (typeof FAULTS)[number];

/** How the contract suite reaches one kind of connector and the real application behind it. */
export interface ConnectorHarness {
  /** Target attributes that the connector is opened with. */
  readonly attributes: {
    /** The one that the application keeps unique, and by which an account is found. */
    readonly key: string;
    /** One that may have no value. */
    readonly optional: string;
    /** One that is kept apart from the others: an extension, a value in a list; where there is no such thing, any. */
    readonly nested: string;
  };
  /** Every attribute of a person, each `number` another one. */
  person(number: number): Attributes;
  /** What must never be in evidence or an error: the credentials. */
  readonly secrets: readonly string[];
  readonly entitlementKind: string;
  /** What the application can be put up to. */
  readonly faults: readonly Fault[];

  /** Starts the application; called once. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Nobody and nothing in it. */
  reset(): Promise<void>;
  open(variant?: 'wrong_credentials' | 'unreachable' | 'address_refused'): Connector;
  /** The next call, read or write, meets this fault. */
  inject(fault: Fault): Promise<void>;
  /** How many accounts there really are with this key, read past the connector. */
  countAccounts(key: string): Promise<number>;
  /** An account made by somebody else: without our id. */
  plant(person: Attributes): Promise<void>;
}
