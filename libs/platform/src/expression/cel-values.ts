import { celMap, isCelList, isCelMap, isCelType, isCelUint, type CelInput, type CelValue } from '@bufbuild/cel';
import type { AttributeType } from './expression-schema.js';

/** A plain JSON value. */
export type PlainValue =
  string | number | boolean | null | readonly PlainValue[] | { readonly [key: string]: PlainValue };

/** An open map answers null for a key that it does not have, as an attribute without a value does. */
class OpenMap extends Map<string, CelInput> {
  override get(key: string): CelInput {
    return super.get(key) ?? null;
  }
}

/** A value as CEL takes it: texts in NFC, so that both forms of a letter are equal. A declared `int` becomes one: JSON has only doubles. */
export function toCel(value: unknown, type?: AttributeType): CelInput {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value.normalize('NFC');
  if (typeof value === 'number') return type !== 'double' && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map((item) => toCel(item));
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return value as CelInput;
  return celMap(new OpenMap(Object.entries(value).map(([key, item]) => [key.normalize('NFC'), toCel(item)])));
}

/** A result as plain JSON, or undefined when it has no such form. */
export function toPlain(value: CelValue): PlainValue | undefined {
  if (value === null) return null;
  if (typeof value !== 'object') return plainScalar(value);
  if (isCelUint(value)) return toPlain(value.value);
  if (isCelType(value)) return value.name;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (isCelList(value)) return allPlain([...value]);
  if (isCelMap(value)) return plainObject(value);
  return timeToPlain(value.message);
}

function plainScalar(value: string | boolean | number | bigint): PlainValue | undefined {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
}

function allPlain(values: readonly CelValue[]): PlainValue[] | undefined {
  const plain = values.map(toPlain);
  return plain.every((item) => item !== undefined) ? plain : undefined;
}

function plainObject(map: Iterable<readonly [unknown, CelValue]>): PlainValue | undefined {
  const entries = [...map].map(
    ([key, item]) => [isCelUint(key) ? String(key.value) : String(key), toPlain(item)] as const,
  );
  return entries.every((entry): entry is readonly [string, PlainValue] => entry[1] !== undefined)
    ? Object.fromEntries(entries)
    : undefined;
}

/** A timestamp as ISO 8601, a duration as seconds: the two messages that expressions can make. */
function timeToPlain(message: unknown): PlainValue | undefined {
  const { $typeName, seconds, nanos } = message as { $typeName: string; seconds?: bigint; nanos?: number };
  if (seconds === undefined || nanos === undefined) return undefined;
  if ($typeName === 'google.protobuf.Duration') return `${Number(seconds) + nanos / 1e9}s`;
  return new Date(Number(seconds) * 1000 + nanos / 1e6).toISOString();
}
