import { sameJson } from '@tenure/platform';
import { PERSON_FIELDS, type Lineage, type Origin, type Person, type PersonField } from './person.js';

/** One source's statement, with what ranks it. */
export interface Statement {
  readonly sourceId: string;
  readonly rank: number;
  readonly recordId: string;
  readonly recordVersion: number;
  readonly person: Person;
  readonly removed: boolean;
}

export interface Merged {
  readonly person: Person;
  readonly lineage: Lineage;
  /** The statement that decides the state: of the source that is believed first, among those that still hold the person. */
  readonly leading: Statement | undefined;
}

/** Ranked; equal ranks by source and record id, so that the order of arrival never matters. */
const byPrecedence = (a: Statement, b: Statement): number =>
  a.rank - b.rank || a.sourceId.localeCompare(b.sourceId) || a.recordId.localeCompare(b.recordId);

const MERGED_FIELDS = PERSON_FIELDS.filter((field) => field !== 'status');

/**
 * One person out of all statements: for each field the first value by precedence that is not empty.
 * A value keeps its `since` while it comes from the same source unchanged.
 */
export function mergePerson(
  statements: readonly Statement[],
  before: { person: Person; lineage: Lineage } | null,
  at: Date,
): Merged {
  const ranked = [...statements].sort(byPrecedence);
  const holding = ranked.filter((statement) => !statement.removed);
  const believed = holding.length > 0 ? holding : ranked;
  const person: Partial<Record<PersonField, unknown>> = {};
  const lineage: Partial<Record<PersonField, Origin>> = {};
  for (const field of MERGED_FIELDS) {
    const teller = believed.find((statement) => hasValue(statement.person[field]));
    if (!teller) continue;
    person[field] = teller.person[field];
    lineage[field] = origin(teller, field, teller.person[field], before, at);
  }
  derive(person, lineage, before, at);
  return { person: person as Person, lineage, leading: believed[0] };
}

const hasValue = (value: unknown): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);

function origin(
  teller: Statement | null,
  field: PersonField,
  value: unknown,
  before: { person: Person; lineage: Lineage } | null,
  at: Date,
): Origin {
  const { sourceId, recordId, recordVersion } = teller ?? NOBODY;
  const earlier = before?.lineage[field];
  const same = earlier?.sourceId === sourceId && sameJson(before?.person[field], value);
  const rule = teller ? 'precedence' : 'derived';
  return { sourceId, recordId, recordVersion, rule, since: same ? earlier.since : at.toISOString() };
}

/** Who says a value that was derived. */
const NOBODY = { sourceId: null, recordId: null, recordVersion: null };

/** What no source said but apps need: a userName (the e-mail address) and a display name. */
function derive(
  person: Partial<Record<PersonField, unknown>>,
  lineage: Partial<Record<PersonField, Origin>>,
  before: { person: Person; lineage: Lineage } | null,
  at: Date,
): void {
  const said = person as Person;
  const name = [said.givenName, said.familyName].filter(Boolean).join(' ');
  const derived: [PersonField, string | null | undefined][] = [
    ['userName', said.email],
    ['displayName', name === '' ? (said.userName ?? said.email) : name],
  ];
  for (const [field, value] of derived) {
    if (hasValue(person[field]) || !value) continue;
    person[field] = value;
    lineage[field] = origin(null, field, value, before, at);
  }
}
