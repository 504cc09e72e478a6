import { sameJson } from '@tenure/platform';
import { chooseByExpression, type MergeFault } from './choose-by-expression.js';
import { chooseValue, hasValue, inOrder, type Choice } from './choose-value.js';
import type { CompiledMerge } from './compile-identity-rules.js';
import { PERSON_FIELDS, type Lineage, type Origin, type Person, type PersonField } from './person.js';
import type { Statement } from './statement.js';

/** Fields that say when somebody works. */
export const EMPLOYMENT_FIELDS = ['status', 'startDate', 'endDate', 'leaveStartDate', 'leaveEndDate'] as const;
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
  const ranked = statements.map(withoutDisputed).sort(byPrecedence);
  const holding = ranked.filter((statement) => !statement.removed);
  const believed = holding.length > 0 ? holding : ranked;
  const { choices, faults } = chooseAll(believed, rules);
  const person: Partial<Record<PersonField, unknown>> = {};
  const lineage: Partial<Record<PersonField, Origin>> = {};
  for (const field of MERGED_FIELDS) {
    const choice = choices.get(field);
    if (choice === undefined) continue;
    person[field] = choice.value;
    lineage[field] = originOf(choice, field, before, at);
  }
  const leading = believed.find(saysEmployment) ?? believed[0];
  return { person: person as Person, lineage, leading, employment: employmentOf(leading, choices, rules), faults };
}

function withoutDisputed(statement: Statement): Statement {
  const disputed = Object.keys(statement.disputed);
  if (disputed.length === 0) return statement;
  const said = Object.entries(statement.person).filter(([field]) => !disputed.includes(field));
  return { ...statement, person: Object.fromEntries(said) };
}

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
