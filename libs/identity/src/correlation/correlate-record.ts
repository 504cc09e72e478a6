import type { Tx } from '@tenure/platform';
import type { LinkTrust } from '../model/statement.js';
import { isOver } from '../employment/choose-employment.js';
import { asItCounts } from '../employment/employment-words.js';
import { correlate, UNMATCHED, type Correlation, type RecordFacts } from './correlate.js';
import {
  findByKeys,
  findLookalikes,
  LOOKALIKES,
  type KeyLock,
  type Lookalike,
  type WantedKey,
  recordLock,
} from './correlation-store.js';
import { identityKey, recordKey, scoreKey } from './correlation-keys.js';
import { bindIdentity } from '../model/identity-schema.js';
import type { ExactRule, IdentitySettings, ScoreRule } from '../rules/identity-settings.js';
import type { Successor } from './judge-conversion.js';
import type { FieldStatement } from '../record/merge-statement.js';
import { nameKeyOfPerson } from '../model/normalise.js';
import type { Person } from '../model/person.js';
import { findRecord } from '../record/record-store.js';
import type { TenantRules } from '../rules/rule-cache.js';
import { decideByScore, scoreCandidates, type ScoredCandidate } from './score-candidates.js';
import type { SourceRecord } from '../model/source-record.entity.js';
import type { Source } from '../model/source.entity.js';

/** What is to be correlated. */
interface Subject {
  readonly source: Pick<Source, 'id' | 'kind'>;
  readonly key: string;
  readonly externalId?: string | null;
  readonly removed: boolean;
  readonly about?: string;
  readonly trust?: LinkTrust;
  readonly now: Date;
}

interface RecordKey {
  readonly sourceId: string;
  readonly key: string;
}

/** The record as it was seen before its keys were locked, and what is said, laid over it. */
interface Seen {
  readonly record: SourceRecord | null;
  readonly rowVersion: string | null;
  readonly said: FieldStatement;
  /** What is said, laid over the record as it turns out to be. */
  again(record: SourceRecord | null): FieldStatement;
}

/** Finds whom a record belongs to, its keys being locked. Returns the record as it is now, and what is said over it. */
export async function correlateRecord(
  tx: Tx,
  rules: TenantRules,
  subject: Subject,
  seen: Seen,
): Promise<{ known: SourceRecord | null; said: FieldStatement; correlation: Correlation }> {
  const at = { sourceId: subject.source.id, key: subject.key };
  let { record: known, said } = seen;
  let found = await findByKeys(tx, at, wantedKeys(rules, subject, known, said.person), subject.now);
  if (found.rowVersion !== seen.rowVersion) {
    // Somebody else said something of this record before its keys were ours.
    known = await findRecord(tx, at.sourceId, at.key);
    said = seen.again(known);
    found = await findByKeys(tx, at, wantedKeys(rules, subject, known, said.person), subject.now);
  }
  const facts: RecordFacts = {
    kind: subject.source.kind,
    linkedTo: linkOf(subject, known),
    removed: subject.removed,
    employeeNumber: said.person.employeeNumber ?? null,
    externalId: subject.externalId ?? known?.externalId ?? null,
    nameKey: nameKeyOfPerson(said.person),
    ...(rules.settings.conversions !== 'ask' && { successor: successorOf(subject, said) }),
  };
  const correlation = correlate(facts, found.findings) ?? (await byScores(tx, rules, subject, at, said.person));
  return { known, said, correlation };
}

/** The employee number before, where a source says one: HR systems call a conversion so. */
const previousNumberOf = ({ custom }: Person): string | null => {
  const value = custom?.previousEmployeeNumber;
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
};

function successorOf({ source, key, removed, now }: Subject, { person, fieldTimes }: FieldStatement): Successor {
  const timeZone = person.timeZone ?? 'UTC';
  const statement = asItCounts(
    {
      ...{ sourceId: source.id, kind: source.kind, rank: 0, recordId: key, recordVersion: 0, person, fieldTimes },
      ...{ disputed: {}, removed, missing: null },
    },
    timeZone,
  );
  return {
    nameKey: nameKeyOfPerson(person),
    startDate: statement.person.startDate ?? null,
    endDate: statement.person.endDate ?? null,
    isOver: isOver(statement, timeZone, now),
    previousNumber: previousNumberOf(person),
  };
}

/** What a record belongs to already, or says by our own id. */
const linkOf = ({ about }: Subject, record: SourceRecord | null): string | null => record?.identityId ?? about ?? null;

/** The record's keys, in the order of the rules. A linked record is only asked whether its employee number is another's. */
function wantedKeys(
  { settings }: TenantRules,
  subject: Subject,
  record: SourceRecord | null,
  person: Person,
): WantedKey[] {
  const { source, externalId } = subject;
  if (linkOf(subject, record) !== null) {
    const value = identityKey(person, 'employeeNumber');
    return value === null ? [] : [{ rule: 'employee number', trusted: true, name: 'employeeNumber', value }];
  }
  const said = { person, externalId: externalId ?? record?.externalId ?? null };
  const keys = exactRules(settings, subject).flatMap((rule): WantedKey[] => {
    const value = recordKey(said, rule.record, rule.identity);
    if (value === null) return [];
    const trust = subject.trust?.keys[rule.identity];
    const trusted = trust === undefined ? (rule.sources?.includes(source.kind) ?? true) : trust !== 'no';
    return [{ rule: rule.name, trusted, name: rule.identity, value, alone: trust === 'alone' }];
  });
  const foreign = foreignId(subject, said.externalId);
  const previous = source.kind === 'hrms' || source.kind === 'csv' ? previousNumberOf(person) : null;
  return [
    ...(foreign === null ? [] : [foreign]),
    ...keys,
    ...(previous === null
      ? []
      : [{ rule: 'previous employee number', trusted: true, name: 'employeeNumber', value: previous } as const]),
  ];
}

const EMAIL_RULE: ExactRule = { kind: 'exact', name: 'e-mail address', record: 'email', identity: 'email' };

/** The tenant's rules; a door that is trusted with addresses looks for them also where the tenant has no rule for them. */
function exactRules({ correlation }: IdentitySettings, { trust }: Pick<Subject, 'trust'>): ExactRule[] {
  const rules = correlation.filter((rule) => rule.kind === 'exact');
  const addressed = trust?.keys.email !== 'alone' || rules.some(({ identity }) => identity === 'email');
  return addressed ? rules : [...rules, EMAIL_RULE];
}

/** SCIM clients and logins may know a person by the same id, whoever comes first. */
function foreignId({ source, trust }: Pick<Subject, 'source' | 'trust'>, value: string | null): WantedKey | null {
  if (value === null || (source.kind !== 'scim' && trust?.scimExternalId !== true)) return null;
  const name = source.kind === 'scim' ? 'saml.externalId' : 'scim.externalId';
  return { rule: 'externalId', trusted: true, name, value };
}

/**
 * What is locked while a statement is correlated: the record, each key by which the person can be found or is looked for,
 * and (shared) the manager's number.
 */
export function lockNames(
  { settings }: TenantRules,
  subject: Omit<Subject, 'removed' | 'now'>,
  person: Person,
): KeyLock[] {
  const { source, key, externalId = null } = subject;
  const foreign = foreignId(subject, externalId);
  const keys = new Map<string, string | null>([
    ['employeeNumber', identityKey(person, 'employeeNumber')],
    ['email', identityKey(person, 'email')],
    ['foreignId', foreign?.value ?? null],
  ]);
  for (const rule of settings.correlation) {
    if (rule.kind === 'score') keys.set(rule.among, scoreKey(person, rule.among));
    else keys.set(rule.identity, identityKey(person, rule.identity));
  }
  const locks = [...keys].map(([name, value]) => ({ name, value }));
  for (const rule of settings.correlation) {
    if (rule.kind === 'exact')
      locks.push({ name: rule.identity, value: recordKey({ person, externalId }, rule.record, rule.identity) });
  }
  const names = new Set(locks.flatMap(({ name, value }) => (value === null ? [] : [`${name}|${value}`])));
  const manager = person.managerEmployeeNumber?.trim();
  return [
    { key: recordLock(source.id, key), shared: false },
    ...[...names].map((name) => ({ key: name, shared: false })),
    ...(manager && !names.has(`employeeNumber|${manager}`) ? [{ key: `employeeNumber|${manager}`, shared: true }] : []),
  ];
}

/** Asks the score rules one after another, when no exact key found anybody. */
async function byScores(
  tx: Tx,
  rules: TenantRules,
  { source, externalId = null, trust }: Subject,
  at: RecordKey,
  person: Person,
): Promise<Correlation> {
  for (const rule of rules.compiled.scores) {
    const value = scoreKey(person, rule.among);
    // A door with a trust of its own is not linked by what people look like, unless a rule names its kind.
    if (value === null || !(rule.sources?.includes(source.kind) ?? trust === undefined)) continue;
    const people = await findLookalikes(tx, at, rule.among, value);
    if (people.length > LOOKALIKES) return tooMany(rule);
    const scored = scoreCandidates(rule, { person, externalId }, people.map(asBound));
    const correlation = weigh(rule, scored, people);
    if (correlation !== null) return correlation;
  }
  return UNMATCHED;
}

const asBound = (other: Lookalike): ReturnType<typeof bindIdentity>['identity'] & { readonly id: string } => ({
  ...bindIdentity(other).identity,
  id: other.id,
});

const tooMany = ({ name }: Pick<ScoreRule, 'name'>): Correlation => ({
  situation: 'ambiguous',
  identityId: null,
  reason: `more than ${LOOKALIKES} people are to be compared by the rule "${name}"; make it look among fewer`,
  candidates: [],
});

/** One alone that is certain is linked, unless the source already speaks of it; whoever else comes near makes it a question. */
function weigh(
  rule: Omit<ScoreRule, 'score'>,
  scored: readonly ScoredCandidate[],
  people: readonly Lookalike[],
): Correlation | null {
  const verdict = decideByScore(rule, scored);
  if (verdict.kind === 'none') return null;
  const meant = verdict.kind === 'certain' ? [verdict] : verdict.candidates;
  const candidates = meant.map(({ identityId, score }) => ({ identityId, score, rule: rule.name }));
  const doubted = (situation: 'ambiguous' | 'collision', reason: string): Correlation => ({
    situation,
    identityId: null,
    reason,
    candidates,
  });
  if (verdict.kind === 'ask') {
    const whom =
      candidates.length === 1 ? 'somebody who may be the same person' : `${candidates.length} people who may be meant`;
    return doubted('ambiguous', `the rule "${rule.name}" finds ${whom}`);
  }
  if (people.some(({ id, heldBySource }) => id === verdict.identityId && heldBySource)) {
    return doubted(
      'collision',
      `this source already has another record of the person whom the rule "${rule.name}" finds`,
    );
  }
  return { situation: 'unlinked', identityId: verdict.identityId, reason: null, candidates };
}
