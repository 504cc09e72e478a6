import { sameJson } from '@tenure/platform';
import { chooseByExpression, type MergeFault } from './choose-by-expression.js';
import { chooseValue, hasValue, inOrder, type Choice } from './choose-value.js';
import { chooseEmployments } from '../employment/choose-employment.js';
import type { CompiledMerge } from '../rules/compile-identity-rules.js';
import { asItCounts, EMPLOYMENT_FIELDS, takesHireBack } from '../employment/employment-words.js';
import { PERSON_FIELDS, type Lineage, type Origin, type Person, type PersonField } from '../model/person.js';
import type { Statement } from '../model/statement.js';

type EmploymentField = (typeof EMPLOYMENT_FIELDS)[number];
export type Employment = Readonly<{ [F in EmploymentField]: Exclude<Person[F], undefined> }>;

export interface Merged {
  readonly person: Person;
  readonly lineage: Lineage;
  /**
   * The statement that decides the state: of the source that is believed first among those that hold the person and say
   * anything of employment. One that is silent on it leads only where all are.
   */
  readonly leading: Statement | undefined;
  /** What decides the state: the leading statement's words, or what the tenant's rule for the field chose. */
  readonly employment: Employment;
  /** The end lies before the start and was said after it: the hire was taken back. */
  readonly hireTakenBack: boolean;
  /** Statements whose source has deactivated the person; empty where a rule of the tenant chooses the status. */
  readonly deactivated: readonly Statement[];
  /** When another employment may take the leading one's place; null where there is one alone. */
  readonly reviewAt: Date | null;
  /** Rules that failed for these values; the first non-empty value was taken instead. */
  readonly faults: readonly MergeFault[];
}

/** What was known until now. */
export interface MergedBefore {
  readonly person: Person;
  readonly lineage: Lineage;
}

/** The status is no attribute of the identity: its state is. */
const MERGED_FIELDS: readonly PersonField[] = [...PERSON_FIELDS.filter((field) => field !== 'status'), 'groupIds'];

/** Ranked; equal ranks by source and record id, so that the order of arrival never matters. */
const byPrecedence = (a: Statement, b: Statement): number =>
  a.rank - b.rank || compare(a.sourceId, b.sourceId) || compare(a.recordId, b.recordId);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * One person out of all statements, each field by the tenant's rule for it; without one, the first value by precedence that
 * is not empty. A value keeps its `since` while it comes from the same source unchanged.
 */
export function mergePerson(
  statements: readonly Statement[],
  before: MergedBefore | null,
  rules: CompiledMerge,
  at: Date,
): Merged {
  const sorted = [...statements].sort(byPrecedence);
  const timeZone = sorted.find(({ person }) => hasValue(person.timeZone))?.person.timeZone ?? DEFAULT_ZONE;
  const counted = sorted.map((statement) => asItCounts(statement, timeZone));
  const { statements: ranked, reviewAt } = chooseEmployments(counted, timeZone, at);
  const held = ranked.filter((statement) => !statement.removed);
  const believed = held.some((statement) => holds(statement, ranked)) ? held : ranked;
  const { choices, faults } = chooseAll(believed, rules);
  const person: Partial<Record<PersonField, unknown>> = {};
  const lineage: Partial<Record<PersonField, Origin>> = {};
  for (const field of MERGED_FIELDS) {
    const choice = choices.get(field);
    if (choice === undefined) continue;
    person[field] = choice.value;
    lineage[field] = originOf(choice, field, before, at);
  }
  const leading = leadingOf(believed);
  const employment = employmentOf(leading, choices, rules);
  const hasDateRule = rules.has('startDate') || rules.has('endDate');
  return {
    person: person as Person,
    lineage,
    leading,
    employment,
    hireTakenBack: leading !== undefined && !hasDateRule && takesHireBack(leading),
    deactivated: rules.has('status') ? [] : ranked.filter(({ person: { status } }) => status === 'suspended'),
    reviewAt,
    faults,
  };
}

const DEFAULT_ZONE = 'UTC';

/** The source that is believed first among those that say anything of employment leads, by its first employment that counts. */
function leadingOf(believed: readonly Statement[]): Statement | undefined {
  const employers = believed.filter(({ corrects }) => corrects !== true);
  const first = employers.find(saysEmployment);
  return employers.find(({ sourceId }) => sourceId === first?.sourceId) ?? employers[0];
}

/**
 * A login says who somebody is. It keeps nobody whom those who provision people took away; alone it is all there is. An admin's
 * correction keeps nobody at all.
 */
const holds = ({ kind, corrects }: Statement, all: readonly Statement[]): boolean =>
  corrects !== true && (kind !== 'saml' || all.every((other) => other.kind === 'saml' || other.corrects === true));

const saysEmployment = ({ person }: Statement): boolean => EMPLOYMENT_FIELDS.some((field) => hasValue(person[field]));

function employmentOf(
  leading: Statement | undefined,
  choices: ReadonlyMap<PersonField, Choice>,
  rules: CompiledMerge,
): Employment {
  const valueOf = (field: EmploymentField): unknown =>
    rules.has(field) ? choices.get(field)?.value : leading?.person[field];
  const entries = EMPLOYMENT_FIELDS.map((field) => [field, valueOf(field) ?? null]);
  return Object.fromEntries(entries) as Employment;
}

/** Expressions come last: they read what was chosen without them. */
function chooseAll(
  believed: readonly Statement[],
  rules: CompiledMerge,
): { choices: ReadonlyMap<PersonField, Choice>; faults: readonly MergeFault[] } {
  const choices = new Map<PersonField, Choice>();
  for (const field of PERSON_FIELDS) {
    const rule = rules.get(field);
    const choice = chooseValue(field, inOrder(believed, rule?.order ?? []), rule?.strategy ?? 'first_non_empty');
    if (choice !== undefined) choices.set(field, choice);
  }
  const groupIds = unionOf(believed);
  if (groupIds !== undefined) choices.set('groupIds', groupIds);
  const faults: MergeFault[] = [];
  const plain = derived(choices);
  for (const [field, rule] of rules) {
    if (rule.expression === null) continue;
    const { choice, fault } = chooseByExpression(field, rule.expression, inOrder(believed, rule.order), plain);
    if (fault !== null) faults.push(fault);
    else if (choice === undefined) choices.delete(field);
    else choices.set(field, choice);
  }
  return { choices: derived(choices), faults };
}

/** Somebody is in the groups of each source, whichever is believed first. */
function unionOf(believed: readonly Statement[]): Choice | undefined {
  const ids = [...new Set(believed.flatMap(({ person }) => person.groupIds ?? []))].sort();
  return ids.length === 0 ? undefined : { value: ids, teller: null, rule: 'union' };
}

/** What no source said but apps need: a userName (the e-mail address) and a display name. */
function derived(choices: ReadonlyMap<PersonField, Choice>): ReadonlyMap<PersonField, Choice> {
  const all = new Map(choices);
  const textOf = (field: PersonField): string | null => (all.get(field)?.value as string | null | undefined) ?? null;
  const derive = (field: PersonField, value: string | null): void => {
    if (!all.has(field) && value !== null) all.set(field, { value, teller: null, rule: 'derived' });
  };
  derive('userName', textOf('email'));
  const name = [textOf('givenName'), textOf('familyName')].filter((part) => part !== null).join(' ');
  derive('displayName', name === '' ? (textOf('userName') ?? textOf('email')) : name);
  return all;
}

function originOf({ value, teller, rule }: Choice, field: PersonField, before: MergedBefore | null, at: Date): Origin {
  const { sourceId, recordId, recordVersion } = teller ?? NOBODY;
  const earlier = before?.lineage[field];
  const same = earlier?.sourceId === sourceId && sameJson(before?.person[field], value);
  return { sourceId, recordId, recordVersion, rule, since: same ? earlier.since : at.toISOString() };
}

/** Who says a value that was derived or computed. */
const NOBODY = { sourceId: null, recordId: null, recordVersion: null };
