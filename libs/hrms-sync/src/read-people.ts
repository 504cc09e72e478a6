import { Refusal, type InputFault } from '@tenure/platform';
import { effectiveFault, plainIdentifier, plainText, readPerson, type Effective, type Person } from '@tenure/identity';
import { EFFECTIVE_DATE, effectiveMapping, type ColumnMapping } from './column-mapping.js';
import type { CsvFile, CsvReject } from './parse-csv.js';

export interface PersonRow {
  readonly row: number;
  readonly key: string;
  readonly person: Person;
  /** When the row takes effect; empty: at once; absent: the file has no such column. */
  readonly effective?: Effective;
}

/** A row that cannot be used; whom it names, as far as that can be read, is not missing. */
export interface PeopleReject extends CsvReject {
  readonly key?: string;
}

/** The people of a file under canonical names; what cannot be used is a reject with its reason. */
export function readPeople(
  file: CsvFile,
  mapping: ColumnMapping,
): { rows: PersonRow[]; rejects: PeopleReject[]; managers: Map<number, string>; keys: Set<string> } {
  const columns = plainColumns(effectiveMapping(mapping, file.header));
  const absent = Object.values(columns).filter((column) => !file.header.includes(column));
  if (absent.length > 0 || columns.employeeNumber === undefined) {
    const missing = absent.length > 0 ? absent : ['employeeNumber'];
    throw new Refusal(
      'csv_header_unknown',
      `The file has no column ${missing.map((name) => `"${name}"`).join(', ')}; its header is: ${file.header.join(', ')}. Correct the file or the source’s mapping.`,
    );
  }
  const rows: PersonRow[] = [];
  const rejects: PeopleReject[] = [...file.rejects];
  const firstRow = new Map<string, number>();
  for (const { row, cells } of file.rows) {
    if (saysNothing(cells)) continue;
    const key = plainIdentifier(cells[columns.employeeNumber] ?? '');
    const read = isSummary(key, cells) ? 'is a line about the file and not about a person' : readCells(columns, cells);
    if (typeof read === 'string') rejects.push({ row, reason: read, ...(key !== '' && { key }) });
    else if (firstRow.has(read.key))
      rejects.push({ row, key, reason: `has the employee number ${read.key} of row ${firstRow.get(read.key) ?? ''}` });
    else {
      firstRow.set(read.key, row);
      rows.push({ row, ...read });
    }
  }
  const managers = new Map(
    rows.flatMap(({ row, person }) => (person.managerEmployeeNumber ? [[row, person.managerEmployeeNumber]] : [])),
  );
  const keys = new Set(file.rows.map(({ cells }) => plainIdentifier(cells[columns.employeeNumber ?? ''] ?? '')));
  return { rows, rejects, managers, keys };
}

/** Headers are compared in one form, so the columns of a mapping are too. */
const plainColumns = (columns: ColumnMapping): ColumnMapping =>
  Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, plainText(column)]));

/** Spreadsheets leave rows without any value, and pages repeat the header: neither is a row of a person. */
const saysNothing = (cells: Readonly<Record<string, string>>): boolean => {
  const entries = Object.entries(cells);
  return entries.every(([, cell]) => cell.trim() === '') || entries.every(([name, cell]) => plainText(cell) === name);
};

const SUMMARY =
  /^(?:(?:grand|sub)[ -]?)?(?:totals?|sum|summe|gesamt|count|records?|rows?|employees|eof|end of (?:file|report))\b/i;

/** The last line of a report: a count, or words, and no person beside them. */
function isSummary(key: string, cells: Readonly<Record<string, string>>): boolean {
  const values = Object.values(cells).map((cell) => cell.trim());
  const beside = values.filter((cell) => cell !== '' && cell !== key && !/^\d+$/.test(cell));
  return beside.length === 0 && (SUMMARY.test(key) || /\s|:\s*\d*$/.test(key));
}

function readCells(columns: ColumnMapping, cells: Readonly<Record<string, string>>): Omit<PersonRow, 'row'> | string {
  const said: Record<string, unknown> = {};
  const custom: Record<string, string | null> = {};
  for (const [name, column] of Object.entries(columns)) {
    const value = cells[column]?.trim() ?? '';
    if (name === EFFECTIVE_DATE) continue;
    if (name.startsWith('custom.')) custom[name.slice('custom.'.length)] = value === '' ? null : value;
    else said[name] = value;
  }
  if (Object.keys(custom).length > 0) said.custom = custom;
  const { person, faults } = readPerson(said);
  const effective = effectiveOf(columns, cells);
  const all = [...faults, ...effective.faults];
  if (all.length > 0) return all.map(({ path, message }) => `${columns[path] ?? path} ${message}`).join('; ');
  return person.employeeNumber
    ? { key: person.employeeNumber, person, ...effective.said }
    : `has no ${columns.employeeNumber ?? 'employee number'}`;
}

/** What the row says of when it takes effect, where the file has a column for it. */
function effectiveOf(
  columns: ColumnMapping,
  cells: Readonly<Record<string, string>>,
): { said: Pick<PersonRow, 'effective'>; faults: readonly InputFault[] } {
  const column = columns[EFFECTIVE_DATE];
  if (column === undefined) return { said: {}, faults: [] };
  const effective = cells[column]?.trim() ?? '';
  const message = effective === '' ? null : effectiveFault(effective);
  return { said: { effective }, faults: message === null ? [] : [{ path: EFFECTIVE_DATE, message }] };
}
