import { IANAZone } from 'luxon';
import type { InputFault } from '@tenure/platform';

export type LifecycleState = 'staged' | 'active' | 'on_leave' | 'suspended' | 'terminated' | 'purged';

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
  readonly groups?: readonly string[] | null;
  readonly custom?: Readonly<Record<string, unknown>> | null;
}

export type PersonField = keyof Person;

/** Where one value of an identity comes from. */
export interface Origin {
  readonly sourceId: string | null;
  readonly recordId: string | null;
  readonly recordVersion: number | null;
  readonly rule: 'precedence' | 'derived';
  /** ISO 8601: since when this value, from this source, holds. */
  readonly since: string;
}

export type Lineage = Readonly<Partial<Record<PersonField, Origin>>>;

const MAX_TEXT = 1_000;
const MAX_CUSTOM = 100;

type FieldCheck = (value: unknown) => string | null;

const text: FieldCheck = (value) => {
  if (typeof value !== 'string') return 'must be text';
  if (value.length > MAX_TEXT) return `must be at most ${MAX_TEXT} characters long`;
  return hasControlCharacters(value) ? 'has control characters' : null;
};

const hasControlCharacters = (value: string): boolean =>
  [...value].some((character) => (character.codePointAt(0) ?? 0) < 32 || character === '\u007f');

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

const groups: FieldCheck = (value) =>
  Array.isArray(value) && value.every((item) => text(item) === null) ? null : 'must be a list of texts';

const custom: FieldCheck = (value) => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'must be an object';
  return Object.keys(value).length > MAX_CUSTOM ? `must have at most ${MAX_CUSTOM} keys` : null;
};

const CHECKS: Readonly<Record<PersonField, FieldCheck>> = {
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
  groups,
  custom,
};

/** The names of all fields that a source may set. */
export const PERSON_FIELDS = Object.keys(CHECKS) as readonly PersonField[];

export const isPersonField = (name: string): name is PersonField => Object.hasOwn(CHECKS, name);

/** Checks each field of one statement about a person; an empty text becomes `null`. Unknown names are faults. */
export function readPerson(input: Readonly<Record<string, unknown>>): { person: Person; faults: readonly InputFault[] } {
  const person: Partial<Record<PersonField, unknown>> = {};
  const faults: InputFault[] = [];
  for (const [name, given] of Object.entries(input)) {
    if (given === undefined) continue;
    if (!isPersonField(name)) {
      faults.push({ path: name, message: 'is not an attribute of a person; use "custom" for attributes of your own' });
      continue;
    }
    const value = typeof given === 'string' ? given.trim() : given;
    const fault = value === null || value === '' ? null : CHECKS[name](value);
    if (fault === null) person[name] = value === '' ? null : value;
    else faults.push({ path: name, message: fault });
  }
  return { person: person as Person, faults };
}
