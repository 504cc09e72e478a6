import { isPersonField, PERSON_FIELDS } from '@tenure/identity';
import type { InputFault } from '@tenure/platform';

/** Canonical attribute (or `custom.<name>`) → the header of its column. */
export type ColumnMapping = Readonly<Record<string, string>>;

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['firstName', 'givenName'],
  ['lastName', 'familyName'],
  // HR systems name the number of the employment before a conversion.
  ['previousEmployeeNumber', 'custom.previousEmployeeNumber'],
]);
const UNMAPPABLE = new Set(['groups', 'custom']);
/** No attribute of a person: the column that says when its row takes effect. */
export const EFFECTIVE_DATE = 'effectiveDate';

/** The canonical name of an attribute as people write it. */
export const canonicalName = (name: string): string => ALIASES.get(name) ?? name;

const isMappable = (name: string): boolean =>
  /^custom\.[\w-]{1,60}$/.test(name) || name === EFFECTIVE_DATE || (isPersonField(name) && !UNMAPPABLE.has(name));

/** What is wrong with a mapping; empty when it may be saved. */
export function checkColumnMapping(mapping: ColumnMapping): InputFault[] {
  const faults: InputFault[] = Object.keys(mapping)
    .filter((name) => !isMappable(canonicalName(name)))
    .map((name) => ({
      path: `mapping.${name}`,
      message: isMappable(canonicalName(mapping[name] ?? ''))
        ? `is the wrong way round: write "${mapping[name] ?? ''}": "${name}" (attribute first, then the column’s header)`
        : `is no attribute of a person; take one of ${[...PERSON_FIELDS, EFFECTIVE_DATE].join(', ')}, or custom.<name>`,
    }));
  const names = Object.keys(mapping).map(canonicalName);
  if (names.length > 0 && !names.includes('employeeNumber'))
    faults.push({ path: 'mapping', message: 'must say which column is the employeeNumber: it is the key of a row' });
  return faults;
}

/** The mapping in force: the source's own, or each attribute under its own name, as far as the header has it. */
export function effectiveMapping(mapping: ColumnMapping, header: readonly string[]): ColumnMapping {
  if (Object.keys(mapping).length > 0)
    return Object.fromEntries(Object.entries(mapping).map(([name, column]) => [canonicalName(name), column]));
  return Object.fromEntries(
    header.filter((column) => isMappable(canonicalName(column))).map((column) => [canonicalName(column), column]),
  );
}
