import { ENTERPRISE_SCHEMA } from './core-schemas.js';
import { foldText } from './fold-resource.js';
import { LIMITS } from '../protocol/limits.js';
import { isValues, type Values } from './read-value.js';
import { ScimError } from '../protocol/scim-error.js';

/** Given and family name are looked up together. */
const HALF = Math.floor(LIMITS.lookedUpBytes / 2) - 1;

/** What resources and people are looked up by; PostgreSQL's indexes take values of a length only. */
const LOOKED_UP: readonly (readonly [path: readonly string[], bytes: number])[] = [
  [['externalId'], LIMITS.lookedUpBytes],
  [['userName'], LIMITS.lookedUpBytes],
  [['displayName'], LIMITS.lookedUpBytes],
  [['name', 'givenName'], HALF],
  [['name', 'familyName'], HALF],
  [[ENTERPRISE_SCHEMA, 'employeeNumber'], LIMITS.lookedUpBytes],
];

/** Bytes of a text in UTF-8, as written and as compared: whichever has more. */
export const bytesOf = (text: string): number => Math.max(Buffer.byteLength(text), Buffer.byteLength(foldText(text)));

/** Refuses what no index takes. Any other attribute may be as long as a body; what was there before is not asked. */
export function assertIndexable(resource: Values, before: Values = {}): void {
  for (const [path, most] of LOOKED_UP) {
    const value = valueAt(resource, path);
    if (typeof value !== 'string' || value === valueAt(before, path)) continue;
    const bytes = bytesOf(value);
    if (bytes <= most) continue;
    throw new ScimError(
      400,
      `${path.join(path[0] === ENTERPRISE_SCHEMA ? ':' : '.')} may have ${most} bytes in UTF-8; this one has ${bytes}.`,
      'invalidValue',
    );
  }
}

const valueAt = (values: Values, [name = '', part]: readonly string[]): unknown => {
  const value = values[name];
  return part === undefined ? value : isValues(value) ? value[part] : undefined;
};
