import { Refusal } from '@tenure/platform';
import { readPerson, type Person } from '@tenure/identity';
import { effectiveMapping, type ColumnMapping } from './column-mapping.js';
import type { CsvFile, CsvReject } from './parse-csv.js';

export interface PersonRow {
  readonly row: number;
  readonly key: string;
  readonly person: Person;
}

/** The people of a file under canonical names; what cannot be used is a reject with its reason. */
export function readPeople(
  file: CsvFile,
  mapping: ColumnMapping,
): { rows: PersonRow[]; rejects: CsvReject[]; managers: Map<number, string>; keys: Set<string> } {
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
  const rejects: CsvReject[] = [...file.rejects];
  const firstRow = new Map<string, number>();
  for (const { row, cells } of file.rows) {
    const read = readCells(columns, cells);
    if (typeof read === 'string') rejects.push({ row, reason: read });
    else if (firstRow.has(read.key))
      rejects.push({ row, reason: `has the employee number ${read.key} of row ${firstRow.get(read.key) ?? ''}` });
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
    if (name.startsWith('custom.')) custom[name.slice('custom.'.length)] = value === '' ? null : value;
    else said[name] = value;
  }
  if (Object.keys(custom).length > 0) said.custom = custom;
  const { person, faults } = readPerson(said);
  if (faults.length > 0)
    return faults.map((fault) => `${columns[fault.path] ?? fault.path} ${fault.message}`).join('; ');
  return person.employeeNumber
    ? { key: person.employeeNumber, person }
    : `has no ${columns.employeeNumber ?? 'employee number'}`;
}
