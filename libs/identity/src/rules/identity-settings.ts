import type { IdentityKeyName } from '../model/identity-key.entity.js';
import type { EffectLimit } from '../cases/holds.js';
import type { PersonField } from '../model/person.js';
import type { SourceKind } from '../model/source.entity.js';

/** How a tenant's sources become people: the section `identity` of its settings. */
export interface IdentitySettings {
  /** In this order; the first rule that finds anybody decides. */
  readonly correlation: readonly CorrelationRule[];
  /** What differs from the table of reactions, by kind of source. */
  readonly reactions: Readonly<Partial<Record<SourceKind, Readonly<Partial<Record<Situation, Reaction>>>>>>;
  readonly merge: Readonly<Partial<Record<PersonField, MergeRule>>>;
  readonly absence: AbsenceRule;
  /** A new employee number of a person whom the same HR source knows: linked where it is certain, or asked always; absent: linked. */
  readonly conversions?: ConversionRule;
  /** Days from the termination until what is known of the person is erased; null: never. */
  readonly purgeAfterDays: number | null;
  /** What a SCIM client means by `active: false`; absent: suspended. */
  readonly inactive?: InactiveRule;
}

export const CONVERSION_RULES = ['link', 'ask'] as const;
export type ConversionRule = (typeof CONVERSION_RULES)[number];

export const INACTIVE_RULES = ['suspended', 'terminated'] as const;
export type InactiveRule = (typeof INACTIVE_RULES)[number];

/** A key of the record, and the identities' key that it is looked up in. Both are normalised before they are compared. */
export type RecordKeyName = 'employeeNumber' | 'email' | 'userName' | 'externalId' | `custom.${string}`;

export interface ExactRule {
  readonly kind: 'exact';
  readonly name: string;
  readonly record: RecordKeyName;
  readonly identity: IdentityKeyName;
  /** Kinds of source that the rule is for; absent: all. */
  readonly sources?: readonly SourceKind[];
}

/** Scores everybody who shares a name (or an exact key) with the record. */
export interface ScoreRule {
  readonly kind: 'score';
  readonly name: string;
  /** Among whom: `name` is given and family name in any order, folded. */
  readonly among: 'name' | 'familyName' | IdentityKeyName;
  /** CEL over `record` and `identity`, a number from 0 to 1. */
  readonly score: string;
  /** From this score on it is certain, when one candidate alone reaches it. */
  readonly linkFrom: number;
  /** From this score on a person is asked. */
  readonly askFrom: number;
  readonly sources?: readonly SourceKind[];
}

export type CorrelationRule = ExactRule | ScoreRule;

/** What a record's correlation can be like. */
export const SITUATIONS = ['linked', 'unlinked', 'unmatched', 'ambiguous', 'collision', 'source_gone'] as const;
export type Situation = (typeof SITUATIONS)[number];

/** What is done about it. `ask` opens a case, `refuse` tells the source, `keep` leaves the link as it is. */
export type Reaction = 'keep' | 'link' | 'create' | 'ask' | 'refuse' | 'release';

/**
 * Situations × reactions: the usual reaction first, then the others that a tenant may choose. What is uncertain is never
 * linked, and nobody is made twice.
 */
export const ALLOWED_REACTIONS: Readonly<Record<Situation, readonly [usual: Reaction, ...others: Reaction[]]>> = {
  linked: ['keep'],
  unlinked: ['link', 'ask', 'refuse'],
  unmatched: ['create', 'ask', 'refuse'],
  ambiguous: ['ask', 'refuse'],
  collision: ['ask', 'refuse'],
  source_gone: ['release', 'keep'],
};

export const MERGE_STRATEGIES = ['first_non_empty', 'precedence', 'most_recent', 'expression'] as const;
export type MergeStrategy = (typeof MERGE_STRATEGIES)[number];

/**
 * How one attribute is chosen among the sources. `first_non_empty`: the first value by precedence that is not empty (the
 * default). `precedence`: the first source that says anything of it, also that it is empty. `most_recent`: what was said
 * last. `expression`: CEL over `value` (the first non-empty one), `identity` (the attributes chosen without expressions)
 * and the sources' own words by kind: `admin`, `hrms`, `csv`, `scim`, `saml`. A rule for a date of the employment or for
 * `status` also decides the state; without one, the leading source's words do.
 */
export interface MergeRule {
  readonly strategy: MergeStrategy;
  /** Source ids or kinds, the most believed first; those not named follow in their usual order. */
  readonly order?: readonly string[];
  readonly expression?: string;
}

/** What becomes of people whom a source's full list does not name any more. */
export interface AbsenceRule {
  /** Days after which the absence acts; null: it never does. */
  readonly graceDays: number | null;
  readonly becomes: 'suspended' | 'terminated';
  /** More people missing at once are held. */
  readonly limit: EffectLimit;
}

export const DEFAULT_IDENTITY_SETTINGS: IdentitySettings = {
  correlation: [
    { kind: 'exact', name: 'employee number', record: 'employeeNumber', identity: 'employeeNumber' },
    {
      kind: 'exact',
      name: 'e-mail address',
      record: 'email',
      identity: 'email',
      sources: ['admin', 'hrms', 'csv', 'scim'],
    },
  ],
  reactions: {},
  merge: {},
  absence: { graceDays: null, becomes: 'terminated', limit: { people: 20, percent: 5 } },
  purgeAfterDays: null,
};
