import { isValues } from '../schema/read-value.js';

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

/** Without what PostgreSQL does not keep. */
const storable = (text: string): string => Buffer.from(text).toString().replaceAll('\u0000', '\ufffd');

const MOST = 2_000;

/** A path or a filter without the values in it; ids stay. Cut first: a client chooses how long it is. */
export const redactText = (text: string): string =>
  storable(text.slice(0, MOST))
    // The cut may have left the last text open.
    .replace(/"(?:[^"\\]|\\(?:.|$))*("|$)/gs, `"${MASK}$1`)
    .replace(/\b(eq|ne|co|sw|ew|gt|ge|lt|le)\s+[^\s"()[\]]+/gi, `$1 ${MASK}`)
    .replace(/(?<![^\s/@"])[^\s/@"]+@[^\s/"]+/g, MASK)
    .slice(0, MOST);

/** The shape of a request: which attributes, operations and paths; no value that may tell of a person. */
export function redactBody(value: unknown, name = '', depth = 0): unknown {
  if (depth > DEPTH) return MASK;
  if (Array.isArray(value)) return value.slice(0, 50).map((one: unknown) => redactBody(one, name, depth + 1));
  if (isValues(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [redactText(key), redactBody(one, key, depth + 1)]),
    );
  if (typeof value === 'boolean' || value === null) return value;
  return redactWord(value, name.toLowerCase());
}

function redactWord(value: unknown, key: string): unknown {
  if (key === 'path' || key === 'filter') return redactText(typeof value === 'string' ? value : '');
  if (!SHOWN.has(key)) return MASK;
  return typeof value === 'string' ? storable(value).slice(0, 200) : value;
}
