import { ALLOWED_REACTIONS, type Reaction, type Situation } from '../rules/identity-settings.js';
import { judgeConversion, type Sibling, type Successor } from './judge-conversion.js';
import { compareNames } from '../model/normalise.js';
import type { SourceKind } from '../model/source.entity.js';

/** An identity that shares an exact key with the record. */
export interface Finding {
  readonly identityId: string;
  /** The rule that found it, in the words of its name. */
  readonly rule: string;
  /** The rule may link records of this kind of source; otherwise the finding is only a reason for doubt. */
  readonly trusted: boolean;
  readonly employeeNumber: string | null;
  /** The record's own source already has another live record of this identity. */
  readonly heldBySource: boolean;
  /** The employee numbers that records of the identity say. */
  readonly numbers?: readonly string[];
  readonly nameKey?: string | null;
  readonly hasLeft?: boolean;
  /** The other records of the identity in the record's own source, removed ones included. */
  readonly siblings?: readonly Sibling[];
}

/** An identity that may be meant. */
export interface Candidate {
  readonly identityId: string;
  readonly rule: string;
  /** 1: an exact key. */
  readonly score: number;
}

export interface RecordFacts {
  readonly kind: SourceKind;
  /** The identity that the record belongs to until now. */
  readonly linkedTo: string | null;
  /** The source took the person away. */
  readonly removed: boolean;
  readonly employeeNumber: string | null;
  readonly externalId?: string | null;
  readonly nameKey?: string | null;
  /** What may make it another employment of a person whom its source knows; absent where that is to be asked. */
  readonly successor?: Successor;
}

/** What a record's correlation is like, and who may be meant. */
export interface Correlation {
  readonly situation: Situation;
  /** The identity that the record belongs to; null where that is not certain. */
  readonly identityId: string | null;
  /** In words for the person who decides; null where nothing is in doubt. */
  readonly reason: string | null;
  readonly candidates: readonly Candidate[];
  /** Why a new employee number is the same person. */
  readonly conversion?: string;
}

/**
 * The situation of a record, from what exact keys found (`others`: holders of its employee number besides the identity
 * that it is linked to). Null: the keys found nobody, so scores may be asked. Contradicting evidence is never weighed.
 */
export function correlate(record: RecordFacts, findings: readonly Finding[]): Correlation | null {
  if (record.linkedTo !== null) return linked(record, record.linkedTo, findings);
  const [first] = findings;
  if (first === undefined) return null;
  const trusted = findings.filter((finding) => finding.trusted);
  const candidates = findings.map(({ identityId, rule }): Candidate => ({ identityId, rule, score: 1 }));
  const doubted = (situation: Situation, reason: string): Correlation => ({
    situation,
    identityId: null,
    reason,
    candidates: distinct(candidates),
  });
  const [chosen] = trusted;
  if (chosen === undefined) {
    return doubted('collision', `someone has the same ${first.rule}, which proves nothing when ${record.kind} says it`);
  }
  if (new Set(trusted.map((finding) => finding.identityId)).size > 1)
    return doubted('ambiguous', severalReason(trusted));
  const conversion = conversionOf(record, findings, chosen);
  if (conversion !== null)
    return { situation: 'unlinked', identityId: chosen.identityId, reason: null, candidates: [], conversion };
  const doubt = doubtOf(record, findings, chosen);
  if (doubt !== null) return doubted('collision', doubt);
  return { situation: 'unlinked', identityId: chosen.identityId, reason: null, candidates: [] };
}

/** Nobody was found at all. */
export const UNMATCHED: Correlation = { situation: 'unmatched', identityId: null, reason: null, candidates: [] };

function linked(
  { removed, employeeNumber }: RecordFacts,
  identityId: string,
  findings: readonly Finding[],
): Correlation {
  const taken = findings.filter(
    (finding) =>
      finding.identityId !== identityId && employeeNumber !== null && finding.employeeNumber === employeeNumber,
  );
  if (removed) return { situation: 'source_gone', identityId, reason: null, candidates: [] };
  if (taken.length === 0) return { situation: 'linked', identityId, reason: null, candidates: [] };
  const reason = `The employee number "${employeeNumber ?? ''}" belongs to another identity; merge the two or correct the number at its source.`;
  const candidates = distinct(taken.map(({ identityId: id, rule }) => ({ identityId: id, rule, score: 1 })));
  return { situation: 'collision', identityId, reason, candidates };
}

function severalReason(trusted: readonly Finding[]): string {
  for (const { rule } of trusted) {
    const ids = new Set(trusted.filter((finding) => finding.rule === rule).map((finding) => finding.identityId));
    if (ids.size > 1) return `${ids.size} identities have the same ${rule}`;
  }
  const rules = [...new Set(trusted.map((finding) => finding.rule))];
  return `different identities have its ${rules.join(' and its ')}`;
}

function doubtOf(record: RecordFacts, findings: readonly Finding[], chosen: Finding): string | null {
  const other = findings.find((finding) => finding.identityId !== chosen.identityId);
  if (other) return `one identity has the same ${chosen.rule}, another the same ${other.rule}`;
  const held = findings.find((finding) => finding.heldBySource);
  if (held) return `this source already has another record of the identity with the same ${held.rule}`;
  const { employeeNumber } = record;
  const contradicting = findings.find(
    (finding) =>
      employeeNumber !== null && finding.employeeNumber !== null && !numbersOf(finding).includes(employeeNumber),
  );
  if (contradicting) return `the identity with the same ${contradicting.rule} has another employee number`;
  return strangerOf(record, findings);
}

const numbersOf = ({ employeeNumber, numbers = [] }: Finding): readonly (string | null)[] => [
  employeeNumber,
  ...numbers,
];

/** A number, or another system's id, names a person; an address can be given to the next one when somebody leaves. */
function strangerOf(
  { employeeNumber, externalId = null, nameKey = null }: RecordFacts,
  findings: readonly Finding[],
): string | null {
  const isNamed = ({ rule, ...finding }: Finding): boolean =>
    rule === 'externalId' || (employeeNumber !== null && numbersOf({ rule, ...finding }).includes(employeeNumber));
  if (findings.some(isNamed)) return null;
  const known = findings.find(({ siblings = [] }) =>
    siblings.some((other) => externalId !== null && other.externalId !== null && other.externalId !== externalId),
  );
  if (known) return `this source knew the identity with the same ${known.rule} under another external id`;
  const left = findings.find(
    (finding) =>
      finding.hasLeft === true &&
      nameKey !== null &&
      finding.nameKey != null &&
      !compareNames(finding.nameKey, nameKey).agree,
  );
  return left ? `the identity with the same ${left.rule} has left, and had another name` : null;
}

/** Only HR's own numbers change with an employment. */
function conversionOf(
  { kind, successor, employeeNumber }: RecordFacts,
  findings: readonly Finding[],
  { identityId, nameKey = null, siblings = [] }: Finding,
): string | null {
  if ((kind !== 'hrms' && kind !== 'csv') || successor === undefined || employeeNumber === null) return null;
  if (siblings.length === 0 || findings.some((finding) => finding.identityId !== identityId)) return null;
  return judgeConversion(successor, nameKey, siblings);
}

const distinct = (candidates: readonly Candidate[]): Candidate[] => [
  ...new Map(candidates.map((candidate) => [candidate.identityId, candidate])).values(),
];

/** The reaction to a situation of a kind of source: what the tenant set, else the usual one. */
export const reactionTo = (
  situation: Situation,
  kind: SourceKind,
  set: Readonly<Partial<Record<SourceKind, Readonly<Partial<Record<Situation, Reaction>>>>>>,
): Reaction => set[kind]?.[situation] ?? ALLOWED_REACTIONS[situation][0];
