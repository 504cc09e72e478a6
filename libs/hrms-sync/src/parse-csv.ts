import { Refusal } from '@tenure/platform';
import { splitRecords, type CsvRecord } from './split-records.js';

export interface CsvRow {
  /** 1 is the first record after the header. */
  readonly row: number;
  readonly cells: Readonly<Record<string, string>>;
}

export interface CsvReject {
  readonly row: number;
  readonly reason: string;
}

export interface CsvFile {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
  readonly rejects: readonly CsvReject[];
}

/** As many bytes as are looked at to find the delimiter. */
const MAX_HEADER = 64 * 1024;
const DELIMITERS = [',', ';', '\t', '|'];

/** Reads a CSV file (RFC 4180; the delimiter is found in the header; UTF-8, or UTF-16 with a mark). A bad record is one reject. */
export function parseCsv(file: Buffer): CsvFile {
  const bytes = asUtf8(file);
  const [first, ...rest] = splitRecords(bytes, delimiterOf(bytes));
  const header = readHeader(first);
  const rows: CsvRow[] = [];
  const rejects: CsvReject[] = [];
  for (const [index, record] of rest.entries()) {
    const read = readRow(header, record);
    if (typeof read === 'string') rejects.push({ row: index + 1, reason: read });
    else rows.push({ row: index + 1, cells: read });
  }
  return { header, rows, rejects };
}

function readRow(header: readonly string[], record: CsvRecord): Record<string, string> | string {
  if (record.fault !== undefined) return `${record.fault} (line ${record.line})`;
  if (record.cells.length !== header.length)
    return `has ${record.cells.length} cells, but the header has ${header.length}`;
  const cells: Record<string, string> = {};
  for (const [index, name] of header.entries()) {
    const text = decode(record.cells[index] ?? Buffer.alloc(0));
    if (text === null) return `the cell "${name}" is not UTF-8; save the file as UTF-8`;
    cells[name] = text;
  }
  return cells;
}

function readHeader(record: CsvRecord | undefined): string[] {
  if (record?.fault !== undefined)
    throw new Refusal('unprocessable', 'csv_header_broken', `The header ${record.fault}.`);
  const header = record?.cells.map((cell) => decode(cell)?.trim() ?? '') ?? [];
  if (header.every((name) => name === ''))
    throw new Refusal('unprocessable', 'csv_empty', 'The file has no header line.');
  const twice = header.find((name, index) => name !== '' && header.indexOf(name) !== index);
  if (twice !== undefined)
    throw new Refusal('unprocessable', 'csv_header_twice', `The header has the column "${twice}" twice.`);
  return header;
}

/** The delimiter that the header has most of, outside its quotes. */
function delimiterOf(bytes: Buffer): string {
  const head = bytes
    .subarray(0, MAX_HEADER)
    .toString('latin1')
    .replace(/"[^"]*"/g, '');
  const line = head.split(/[\r\n]+/).find((text) => text.trim() !== '') ?? '';
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

const decode = (cell: Buffer): string | null => {
  try {
    return UTF8.decode(cell);
  } catch {
    // Not UTF-8: said in the reject of its row.
    return null;
  }
};

function asUtf8(file: Buffer): Buffer {
  if (file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf) return file.subarray(3);
  if (file[0] === 0xff && file[1] === 0xfe) return Buffer.from(new TextDecoder('utf-16le').decode(file));
  if (file[0] === 0xfe && file[1] === 0xff) return Buffer.from(new TextDecoder('utf-16be').decode(file));
  return file;
}
