import { isValues } from './read-value.js';

/** Words of the protocol, which say nothing of anybody. */
const SHOWN = new Set([
  'op',
  'schemas',
  'type',
  'method',
  'sortby',
  'sortorder',
  'attributes',
  'excludedattributes',
  'count',
  'startindex',
]);
const MASK = '…';
const DEPTH = 10;

/** A path or a filter without the values in it; ids stay. */
export const redactText = (text: string): string =>
  text
    .replace(/"(?:[^"\\]|\\.)*"/g, `"${MASK}"`)
    .replace(/\b(eq|ne|co|sw|ew|gt|ge|lt|le)\s+[^\s"()[\]]+/gi, `$1 ${MASK}`)
    .replace(/[^\s/@"]+@[^\s/"]+/g, MASK)
    .slice(0, 2_000);

/** The shape of a request: which attributes, operations and paths; no value that may tell of a person. */
export function redactBody(value: unknown, name = '', depth = 0): unknown {
  if (depth > DEPTH) return MASK;
  if (Array.isArray(value)) return value.slice(0, 50).map((one: unknown) => redactBody(one, name, depth + 1));
  if (isValues(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [redactText(key), redactBody(one, key, depth + 1)]),
    );
  if (typeof value === 'boolean' || value === null) return value;
  const key = name.toLowerCase();
  if (key === 'path' || key === 'filter') return redactText(typeof value === 'string' ? value : '');
  return SHOWN.has(key) ? value : MASK;
}
