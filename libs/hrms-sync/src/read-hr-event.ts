import type { InputFault } from '@tenure/platform';
import { effectiveFault, readPerson, readTime, waits, type Effective, type Person } from '@tenure/identity';
import { canonicalName } from './column-mapping.js';

/** The dates of an earlier leave say nothing of this one. */
const NO_LEAVE_DATES = { leaveStartDate: null, leaveEndDate: null };

/** Types of the generic HR event, and what each says beyond the employee's fields. */
const TYPES = {
  'employee.created': {},
  'employee.updated': {},
  'employee.terminated': { status: 'terminated', endDate: null },
  'employee.rehired': { status: 'active', endDate: null, ...NO_LEAVE_DATES },
  'employee.leave_started': { status: 'on_leave', ...NO_LEAVE_DATES },
  'employee.leave_ended': { status: 'active', ...NO_LEAVE_DATES },
} as const satisfies Record<string, Person>;

/** What the status of an `employee.created` or `.updated` may say; the other types imply it. */
const IMPLIED_FIRST = new Set([
  'employee.terminated',
  'employee.rehired',
  'employee.leave_started',
  'employee.leave_ended',
]);

export interface HrEvent {
  readonly id: string;
  readonly type: string;
  readonly occurredAt: Date;
  readonly employeeNumber: string;
  readonly person: Person;
  /** When it takes effect, if that is not when it occurred. */
  readonly effective?: Effective;
}

export type ReadEvent =
  | { readonly kind: 'event'; readonly event: HrEvent }
  | { readonly kind: 'unknown_type'; readonly type: string }
  | { readonly kind: 'malformed'; readonly faults: readonly InputFault[] };

/** Reads the generic HR event. A field that is present replaces, `null` clears, an absent one stays. */
export function readHrEvent(body: unknown, now: Date): ReadEvent {
  if (!isObject(body)) return malformed({ path: '', message: 'must be a JSON object' });
  const { id, type, occurredAt, effectiveAt, employee } = body;
  const faults: InputFault[] = [];
  if (!isText(id)) faults.push({ path: 'id', message: 'must be a text that is unique per event' });
  if (!isText(type))
    return malformed(...faults, { path: 'type', message: `must be one of ${Object.keys(TYPES).join(', ')}` });
  if (!Object.hasOwn(TYPES, type)) return { kind: 'unknown_type', type };
  const at = readTime(occurredAt);
  faults.push(...timeFaults(at, effectiveAt, now));
  if (!isObject(employee)) return malformed(...faults, { path: 'employee', message: 'must be an object' });
  const said = renamed(employee, IMPLIED_FIRST.has(type));
  const read = readPerson({ ...impliedBy(type as keyof typeof TYPES, said), ...said });
  faults.push(...read.faults.map((fault) => ({ ...fault, path: `employee.${fault.path}` })));
  if (!read.person.employeeNumber && !read.faults.some(({ path }) => path === 'employeeNumber'))
    faults.push({ path: 'employee.employeeNumber', message: 'must be a text' });
  if (faults.length > 0) return malformed(...faults);
  return {
    kind: 'event',
    event: {
      id: id as string,
      type,
      occurredAt: at,
      employeeNumber: read.person.employeeNumber ?? '',
      person: read.person,
      ...(typeof effectiveAt === 'string' && { effective: effectiveAt }),
    },
  };
}

function timeFaults(occurredAt: Date, effectiveAt: unknown, now: Date): InputFault[] {
  const faults: InputFault[] = [];
  if (Number.isNaN(occurredAt.getTime()))
    faults.push({ path: 'occurredAt', message: 'must be a time as in 2026-11-23T09:00:00Z' });
  else if (waits(occurredAt, now))
    faults.push({ path: 'occurredAt', message: 'lies in the future; say with effectiveAt what takes effect later' });
  const ineffective = effectiveAt == null ? null : effectiveFault(effectiveAt);
  if (ineffective !== null) faults.push({ path: 'effectiveAt', message: ineffective });
  return faults;
}

/** A leave that ends on a named day lasts until then. */
const impliedBy = (type: keyof typeof TYPES, said: Readonly<Record<string, unknown>>): Person =>
  type === 'employee.leave_ended' && said.leaveEndDate != null ? { status: 'active' } : TYPES[type];

const malformed = (...faults: InputFault[]): ReadEvent => ({ kind: 'malformed', faults });

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= 1_000;

/** The employee's fields under our names; where the type implies the status, the one sent beside it is not needed. */
function renamed(employee: Record<string, unknown>, statusImplied: boolean): Record<string, unknown> {
  const entries = Object.entries(employee)
    .filter(([name]) => !(statusImplied && name === 'status'))
    .map(([name, value]) => [canonicalName(name), value] as const);
  const own = entries.filter(([name]) => name.startsWith('custom.'));
  const named = Object.fromEntries(entries.filter(([name]) => !name.startsWith('custom.')));
  if (own.length === 0) return named;
  const custom = isObject(named.custom) ? named.custom : {};
  return {
    ...named,
    custom: { ...custom, ...Object.fromEntries(own.map(([name, value]) => [name.slice('custom.'.length), value])) },
  };
}
