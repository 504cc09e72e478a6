import type { ErrorCode } from '../error-codes.js';
import { Refusal } from '../errors.js';

/** How large a body may be, beyond its bytes: what one value costs to check is not in proportion to them. */
export const JSON_LIMITS = { depth: 64, names: 1_000, nameLength: 500, allNames: 10_000 } as const;

/** Whether PostgreSQL keeps a text: it has neither U+0000 nor half of a surrogate pair. */
export const isStorableText = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed();

interface Place {
  readonly value: object;
  readonly path: string;
}

/** Refuses a body that nests too deep, has too many names in one object, or has a text that cannot be kept. */
export function checkJson(body: unknown, allNames: number = JSON_LIMITS.allNames): void {
  let names = 0;
  let level: Place[] = isObject(body) ? [{ value: body, path: '' }] : [];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > JSON_LIMITS.depth) throw refused('body_too_deep', '', `may be nested ${JSON_LIMITS.depth} deep`);
    names += level.reduce((sum, { value }) => sum + (Array.isArray(value) ? 0 : Object.keys(value).length), 0);
    if (names > allNames) throw refused('body_too_large', '', `may have ${allNames} names in all`);
    level = level.flatMap(within);
  }
}

const isObject = (value: unknown): value is object => value !== null && typeof value === 'object';

/** The objects and arrays inside a value; its texts are checked on the way. */
function within({ value, path }: Place): Place[] {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const names = Object.keys(value);
  if (!Array.isArray(value)) checkNames(names, path);
  const inside: Place[] = [];
  for (const name of names) {
    const one = (value as Record<string, unknown>)[name];
    if (typeof one === 'string' && !isStorableText(one)) throw unstorable(at(name));
    if (isObject(one)) inside.push({ value: one, path: at(name) });
  }
  return inside;
}

function checkNames(names: readonly string[], path: string): void {
  if (names.length > JSON_LIMITS.names)
    throw refused('body_too_large', path, `may have ${JSON_LIMITS.names} names in one object; it has ${names.length}`);
  for (const name of names) {
    if (name.length > JSON_LIMITS.nameLength)
      throw refused('body_too_large', path, `may have names of ${JSON_LIMITS.nameLength} characters`);
    if (!isStorableText(name)) throw unstorable(path);
  }
}

const unstorable = (path: string): Refusal =>
  refused('text_invalid', path, 'has U+0000 or half of a surrogate pair, which cannot be stored; leave it out');

const refused = (code: ErrorCode, path: string, message: string): Refusal =>
  new Refusal(code, `The body cannot be taken: ${path === '' ? 'it' : `"${path}"`} ${message}.`, [{ path, message }]);
