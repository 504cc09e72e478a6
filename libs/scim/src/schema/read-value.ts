import { ScimError } from '../protocol/scim-error.js';
import { findAttribute, isForbidden, type Attribute } from './schema-model.js';

export type Values = Readonly<Record<string, unknown>>;

export const isValues = (value: unknown): value is Values =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** RFC 7643 §2.5: null and the empty list are the same as nothing. */
export const isUnassigned = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);

const invalid = (path: string, what: string): ScimError =>
  new ScimError(400, `${path} must be ${what}.`, 'invalidValue');

/** RFC 7643 §2.3.5, which is XML Schema's; and it has to exist. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

const CHECKS: Readonly<
  Record<Exclude<Attribute['type'], 'complex' | 'any'>, (value: unknown, path: string) => unknown>
> = {
  string: (value, path) => text(value, path, 'a text'),
  reference: (value, path) => text(value, path, 'a URI'),
  boolean: readBoolean,
  integer: (value, path) => {
    if (!Number.isSafeInteger(value)) throw invalid(path, 'a whole number');
    return value;
  },
  decimal: (value, path) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(path, 'a number');
    return value;
  },
  dateTime: (value, path) => {
    const known = typeof value === 'string' && DATE_TIME.test(value) && !Number.isNaN(Date.parse(value));
    if (!known) throw invalid(path, 'a time such as 2026-01-31T09:00:00Z');
    return value;
  },
  binary: (value, path) => {
    if (typeof value !== 'string' || !BASE64.test(value)) throw invalid(path, 'base64');
    return value;
  },
};

function text(value: unknown, path: string, what: string): string {
  if (typeof value !== 'string') throw invalid(path, what);
  return value;
}

/** Entra sends "True" and "False" for booleans. */
export function readBoolean(value: unknown, path: string): boolean {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  if (word === 'true' || word === 'false') return word === 'true';
  throw invalid(path, 'true or false');
}

/** A whole attribute as a client wrote it, in the schema's form; undefined when that leaves it unassigned. */
export function readValue(attribute: Attribute, value: unknown, path: string = attribute.name): unknown {
  if (isUnassigned(value)) return undefined;
  if (!attribute.multiValued) return readSingle(attribute, value, path);
  if (!Array.isArray(value)) throw invalid(path, 'a list');
  const list = value.flatMap((one: unknown, index) => readOne(attribute, one, `${path}[${index}]`) ?? []);
  return list.length === 0 ? undefined : tidy(list);
}

/** The one value that is meant; some clients write every value as a list, so a list of one is its element. */
export function readSingle(attribute: Attribute, value: unknown, path: string = attribute.name): unknown {
  if (!Array.isArray(value) || attribute.type === 'any') return readOne(attribute, value, path);
  if (value.length > 1) throw invalid(path, 'one value, and no list of several');
  return readOne(attribute, value[0], path);
}

/** One value of an attribute, be it multi-valued or not. */
export function readOne(attribute: Attribute, value: unknown, path: string = attribute.name): unknown {
  if (value === null || value === undefined) return undefined;
  if (attribute.type === 'any') return value;
  if (attribute.type === 'complex') return readComplex(attribute.subAttributes ?? [], value, path);
  const given = simpleOf(attribute, value);
  return given === null ? undefined : CHECKS[attribute.type](given, path);
}

const ELEMENT = new Set(['value', '$ref', 'type', 'display', 'primary']);
/** Texts of the schema that are numbers elsewhere. */
const NUMERALS = new Set(['employeeNumber', 'costCenter']);

/** Entra writes simple values as elements of a list, with `$ref` and `value`; scripts write numbers as numbers. */
function simpleOf({ name }: Attribute, value: unknown): unknown {
  if (NUMERALS.has(name) && Number.isSafeInteger(value)) return String(value);
  if (!isValues(value) || !Object.keys(value).every((key) => ELEMENT.has(key.toLowerCase()))) return value;
  const found = Object.entries(value).find(([key]) => key.toLowerCase() === 'value');
  return found === undefined ? value : found[1];
}

function readComplex(parts: readonly Attribute[], value: unknown, path: string): Values | undefined {
  // Entra sends a manager, and others send roles, as a bare text.
  const hasValue = findAttribute(parts, 'value') !== undefined;
  if (typeof value === 'string' && hasValue) return value === '' ? undefined : { value };
  if (!isValues(value)) throw invalid(path, 'an object');
  const read = readParts(parts, value, path);
  for (const part of parts) {
    if (part.required && read[part.name] === undefined) throw invalid(`${path}.${part.name}`, 'given: it is required');
  }
  return Object.keys(read).length === 0 ? undefined : read;
}

function readParts(parts: readonly Attribute[], value: Values, path: string): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    const part = findAttribute(parts, name);
    if (part?.mutability === 'readOnly' || isForbidden(name)) continue;
    // What no schema knows is kept as it came.
    const one = part ? readValue(part, given, `${path}.${part.name}`) : given;
    if (!isUnassigned(one)) read[part?.name ?? name] = one;
  }
  return read;
}

/**
 * RFC 7643 §2.4: no two values of one type and value, and one primary at most. Some clients send more of both, and mean
 * no harm: the first counts.
 */
export function tidy(values: readonly unknown[]): readonly unknown[] {
  const seen = new Set<string>();
  const kept: unknown[] = [];
  let hasPrimary = false;
  for (const value of values) {
    const key = identityOf(value);
    if (seen.has(key)) continue;
    seen.add(key);
    const isSecond = isValues(value) && value.primary === true && hasPrimary;
    kept.push(isSecond ? { ...value, primary: false } : value);
    hasPrimary ||= isValues(value) && value.primary === true;
  }
  return kept;
}

/** What makes two values of a list the same one. */
export function identityOf(value: unknown): string {
  if (!isValues(value)) return JSON.stringify(value);
  if (value.value === undefined) return JSON.stringify(value);
  return JSON.stringify([typeof value.type === 'string' ? value.type.toLowerCase() : null, value.value]);
}
