import { Refusal, type InputFault } from '@tenure/platform';
import { effectiveFault, readPerson, type Effective, type Person } from '@tenure/identity';
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
  const columns = effectiveMapping(mapping, file.header);
  const absent = Object.values(columns).filter((column) => !file.header.includes(column));
  if (absent.length > 0 || columns.employeeNumber === undefined) {
    const missing = absent.length > 0 ? absent : ['employeeNumber'];
    throw new Refusal(
      'unprocessable',
      'csv_header_unknown',
      `The file has no column ${missing.map((name) => `"${name}"`).join(', ')}; its header is: ${file.header.join(', ')}. Correct the file or the source’s mapping.`,
    );
  }
  const rows: PersonRow[] = [];
  const rejects: PeopleReject[] = [...file.rejects];
  const firstRow = new Map<string, number>();
  for (const { row, cells } of file.rows) {
    const read = readCells(columns, cells);
    const key = cells[columns.employeeNumber]?.trim() ?? '';
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
  const keys = new Set(file.rows.map(({ cells }) => cells[columns.employeeNumber ?? '']?.trim() ?? ''));
  return { rows, rejects, managers, keys };
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
