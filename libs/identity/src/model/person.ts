import { IANAZone } from 'luxon';
import { EXPRESSION_LIMITS, type InputFault } from '@tenure/platform';
import { isNoDate, OPEN_DATES } from './no-date.js';
import { plainIdentifier, plainText } from './plain-text.js';

export type LifecycleState = 'staged' | 'active' | 'on_leave' | 'suspended' | 'terminated' | 'purged';

/** Neither works here nor will by what is known; leave and suspension are no leaving. */
export const hasLeft = ({ state }: { readonly state: LifecycleState }): boolean =>
  state === 'terminated' || state === 'purged';

/** What a source may say of someone's employment. */
export const STATUSES = ['active', 'on_leave', 'suspended', 'terminated'] as const;
export type Status = (typeof STATUSES)[number];

/** What is known of a person. Absent: never said. `null`: said to have no value. */
export interface Person {
  readonly userName?: string | null;
  readonly email?: string | null;
  readonly givenName?: string | null;
  readonly familyName?: string | null;
  readonly displayName?: string | null;
  readonly employeeNumber?: string | null;
  readonly title?: string | null;
  readonly jobCode?: string | null;
  readonly department?: string | null;
  readonly managerEmployeeNumber?: string | null;
  readonly employmentType?: string | null;
  readonly location?: string | null;
  readonly country?: string | null;
  /** IANA name, as `Europe/Berlin`. */
  readonly timeZone?: string | null;
  readonly status?: Status | null;
  /** `YYYY-MM-DD`; begins at 00:00 in the person's time zone. */
  readonly startDate?: string | null;
  /** `YYYY-MM-DD`: the last working day, which ends in the person's time zone. */
  readonly endDate?: string | null;
  /** `YYYY-MM-DD`: the first day of a leave. */
  readonly leaveStartDate?: string | null;
  /** `YYYY-MM-DD`: the last day of a leave; without it the leave lasts until something else is said. */
  readonly leaveEndDate?: string | null;
  /** Names of groups. */
  readonly groups?: readonly string[] | null;
  /** Ids of the groups of sources that keep groups, nested ones included: told by their doors alone, and those of all sources together. */
  readonly groupIds?: readonly string[] | null;
  readonly custom?: Readonly<Record<string, unknown>> | null;
}

export type PersonField = keyof Person;
/** What anybody may state of a person, and rules be made for. */
type StatedField = Exclude<PersonField, 'groupIds'>;

/** Where one value of an identity comes from. */
export interface Origin {
  readonly sourceId: string | null;
  readonly recordId: string | null;
  readonly recordVersion: number | null;
  readonly rule: 'first_non_empty' | 'precedence' | 'most_recent' | 'expression' | 'derived' | 'union';
  /** ISO 8601: since when this value, from this source, holds. */
  readonly since: string;
}

export type Lineage = Readonly<Partial<Record<PersonField, Origin>>>;

const MAX_TEXT = 1_000;
const MAX_CUSTOM = 100;
/** As many as an expression may read. */
const MAX_LIST = EXPRESSION_LIMITS.listLength;
const MAX_DEPTH = 8;

// eslint-disable-next-line no-control-regex -- these are what it looks for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

type FieldCheck = (value: unknown) => string | null;

const text: FieldCheck = (value) => {
  if (typeof value !== 'string') return 'must be text';
  return CONTROL_CHARACTERS.test(value) ? 'has control characters' : storable(value);
};

/** PostgreSQL keeps neither U+0000 nor half of a surrogate pair. */
const storable = (value: string): string | null => {
  if (value.length > MAX_TEXT) return `must be at most ${MAX_TEXT} characters long`;
  return value.includes('\u0000') || /\p{Cs}/u.test(value) ? 'has characters that are no text' : null;
};

/** A calendar date, `YYYY-MM-DD`, that exists. */
export const isDate = (value: string): boolean => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
};

const date: FieldCheck = (value) =>
  typeof value === 'string' && isDate(value) ? null : 'must be a date that exists, as YYYY-MM-DD';

const email: FieldCheck = (value) =>
  text(value) ?? (/^[^\s@<>]+@[^\s@<>]+$/.test(value as string) ? null : 'must be an e-mail address');

const timeZone: FieldCheck = (value) =>
  typeof value === 'string' && IANAZone.isValidZone(value) ? null : 'must be an IANA time zone such as Europe/Berlin';

const status: FieldCheck = (value) =>
  STATUSES.some((known) => known === value) ? null : `must be one of ${STATUSES.join(', ')}`;

const groups: FieldCheck = (value) => {
  if (!Array.isArray(value) || !value.every((item) => text(item) === null)) return 'must be a list of texts';
  return value.length > MAX_LIST ? `must have at most ${MAX_LIST} elements` : null;
};

const custom: FieldCheck = (value) => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'must be an object';
  return Object.keys(value).length > MAX_CUSTOM ? `must have at most ${MAX_CUSTOM} keys` : inside(value, 1);
};

function inside(value: unknown, depth: number): string | null {
  if (typeof value === 'string') return storable(value);
  if (value === null || typeof value !== 'object') return null;
  if (depth > MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH}`;
  const parts: unknown[] = Object.values(value);
  if (parts.length > MAX_LIST) return `must have at most ${MAX_LIST} elements`;
  for (const part of [...Object.keys(value), ...parts]) {
    const fault = inside(part, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

const CHECKS: Readonly<Record<StatedField, FieldCheck>> = {
  userName: text,
  email,
  givenName: text,
  familyName: text,
  displayName: text,
  employeeNumber: text,
  title: text,
  jobCode: text,
  department: text,
  managerEmployeeNumber: text,
  employmentType: text,
  location: text,
  country: text,
  timeZone,
  status,
  startDate: date,
  endDate: date,
  leaveStartDate: date,
  leaveEndDate: date,
  groups,
  custom,
};

/** The names of all fields that a source may set. */
export const PERSON_FIELDS = Object.keys(CHECKS) as readonly StatedField[];

export const isPersonField = (name: string): name is StatedField => Object.hasOwn(CHECKS, name);

/** Fields by which people are found: invisible characters in them would make a second person. */
const IDENTIFIERS: ReadonlySet<string> = new Set(['employeeNumber', 'managerEmployeeNumber', 'email', 'userName']);
const MAY_BE_NO_DATE: ReadonlySet<string> = new Set(OPEN_DATES);

/** The value as it is kept: texts in one form, and null for what means no date. */
function plain(name: StatedField, given: unknown): unknown {
  if (typeof given !== 'string') return name === 'groups' || name === 'custom' ? plainInside(given, 0) : given;
  const value = IDENTIFIERS.has(name) ? plainIdentifier(given) : plainText(given);
  const isNone = value === '' || (MAY_BE_NO_DATE.has(name) && isNoDate(value)) || isInitialStart(name, value);
  return isNone ? null : value;
}

/** A start that is the first day of a calendar is unset; one that is far ahead is not known yet, and stays ahead. */
const isInitialStart = (name: StatedField, value: string): boolean =>
  name === 'startDate' && isNoDate(value) && Number(/\d{4}/.exec(value)?.[0]) < 1900;

/** Deeper than what is refused nothing is looked at. */
function plainInside(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.normalize('NFC');
  if (value === null || typeof value !== 'object' || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((part) => plainInside(part, depth + 1));
  const entries = Object.entries(value).map(
    ([key, part]) => [key.normalize('NFC'), plainInside(part, depth + 1)] as const,
  );
  return Object.fromEntries(entries);
}

/** Checks each field of one statement about a person; an empty text becomes `null`. Unknown names are faults. */
export function readPerson(input: Readonly<Record<string, unknown>>): {
  person: Person;
  faults: readonly InputFault[];
} {
  const person: Partial<Record<PersonField, unknown>> = {};
  const faults: InputFault[] = [];
  for (const [name, given] of Object.entries(input)) {
    if (given === undefined) continue;
    if (!isPersonField(name)) {
      faults.push({ path: name, message: 'is not an attribute of a person; use "custom" for attributes of your own' });
      continue;
    }
    const value = plain(name, given);
    const fault = value === null ? null : CHECKS[name](value);
    if (fault === null) person[name] = value;
    else faults.push({ path: name, message: fault });
  }
  return { person: person as Person, faults };
}
