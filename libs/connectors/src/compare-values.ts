import type { AttributeValue } from './spi.js';

const DECIMAL = /^[+-]?\d+(\.\d+)?$/;
const UUID = /^\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?$/i;
/** Addresses are the same in any case, wherever they are kept. */
const ADDRESS = /^[^@\s]+@[^@\s]+$/;
/** A moment with its offset: without one it is a local time, and compared as the text that it is. */
const MOMENT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s?(Z|[+-]\d{2}(?::?\d{2})?)$/i;
const TRUE: ReadonlySet<string> = new Set(['true', 't', 'yes', 'y', 'on', '1']);
const FALSE: ReadonlySet<string> = new Set(['false', 'f', 'no', 'n', 'off', '0']);

/**
 * Whether an application holds two values for the same. It answers in its own types: a number for a text, padded, as another
 * spelling of the same UUID or moment, in another Unicode form. Absent, null and empty are one and the same; lists are sets.
 */
export function sameValue(
  a: AttributeValue | undefined,
  b: AttributeValue | undefined,
  { caseless = false }: { readonly caseless?: boolean } = {},
): boolean {
  if (a === b) return true;
  if (isEmptyValue(a) || isEmptyValue(b)) return isEmptyValue(a) && isEmptyValue(b);
  if (Array.isArray(a) || Array.isArray(b)) return sameSet(listOf(a), listOf(b), caseless);
  return sameScalar(a as Scalar, b as Scalar, caseless);
}

/** Whether the values differ in nothing but case. */
export const sameButForCase = (a: AttributeValue | undefined, b: AttributeValue | undefined): boolean =>
  sameValue(a, b, { caseless: true });

/** Absent, null, an empty text and an empty list are all no value. */
export const isEmptyValue = (value: AttributeValue | undefined): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

type Scalar = string | number | boolean;

const listOf = (value: AttributeValue | undefined): readonly string[] =>
  Array.isArray(value) ? (value as readonly string[]) : [String(value)];

function sameSet(a: readonly string[], b: readonly string[], caseless: boolean): boolean {
  const setOf = (list: readonly string[]) => new Set(list.map((text) => folded(text, caseless)));
  const [left, right] = [setOf(a), setOf(b)];
  return left.size === right.size && [...left].every((one) => right.has(one));
}

function sameScalar(a: Scalar, b: Scalar, caseless: boolean): boolean {
  if (typeof a === 'string' && typeof b === 'string') return sameText(a, b, caseless);
  if (typeof a === 'boolean') return truthOf(b) === a;
  if (typeof b === 'boolean') return truthOf(a) === b;
  const [left, right] = [numberOf(a), numberOf(b)];
  return left !== undefined && left === right;
}

function sameText(a: string, b: string, caseless: boolean): boolean {
  const isCaseless = caseless || (ADDRESS.test(a) && ADDRESS.test(b));
  if (folded(a, isCaseless) === folded(b, isCaseless)) return true;
  if (UUID.test(a) && UUID.test(b)) return bareUuid(a) === bareUuid(b);
  const moment = momentOf(a);
  return moment !== undefined && moment === momentOf(b);
}

/** Padding is a column's, not the value's. */
function folded(text: string, caseless: boolean): string {
  const plain = text.normalize('NFC').trimEnd();
  return caseless ? plain.toLowerCase() : plain;
}

const bareUuid = (text: string): string => text.toLowerCase().replace(/[{}-]/g, '');

function numberOf(value: Scalar): number | undefined {
  if (typeof value === 'number') return value;
  const text = String(value).trim();
  return DECIMAL.test(text) ? Number(text) : undefined;
}

function truthOf(value: Scalar): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = String(value).trim().toLowerCase();
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}

function momentOf(text: string): number | undefined {
  const [, date, time, offset = ''] = MOMENT.exec(text.trim()) ?? [];
  if (date === undefined || time === undefined) return undefined;
  const zone = offset.length === 3 ? `${offset}:00` : offset.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const at = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(at) ? undefined : at;
}
