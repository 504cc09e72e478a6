import { parse, type CsvError } from 'csv-parse/sync';
import { Refusal } from '@tenure/platform';

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

/** Files that were put together from others mix them. */
const LINE_ENDS = ['\r\n', '\n', '\r'];
/** As many bytes as are looked at to find the delimiter. */
const MAX_HEADER = 64 * 1024;
const DELIMITERS = [',', ';', '\t', '|'];

interface RawRecord {
  readonly record: readonly Buffer[];
  readonly info: { readonly lines: number; readonly error?: CsvError };
}

/** Reads a CSV file (RFC 4180; the delimiter is found in the header; UTF-8, or UTF-16 with a mark). A bad record is one reject. */
export function parseCsv(file: Buffer): CsvFile {
  const bytes = asUtf8(file);
  const [first, ...rest] = readRecords(bytes);
  const header = first?.record.map((cell) => decode(cell)?.trim() ?? '') ?? [];
  refuseHeader(header);
  const rows: CsvRow[] = [];
  const rejects: CsvReject[] = [];
  for (const [index, record] of rest.entries()) {
    const read = readRow(header, record);
    if (typeof read === 'string') rejects.push({ row: index + 1, reason: read });
    else rows.push({ row: index + 1, cells: read });
  }
  return { header, rows, rejects };
}

/** Records one by one, so that a broken one does not take the others with it. */
function readRecords(bytes: Buffer): RawRecord[] {
  const broken: RawRecord[] = [];
  const records = parse(bytes, {
    delimiter: delimiterOf(bytes),
    record_delimiter: LINE_ENDS,
    encoding: null,
    bom: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: false,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error) broken.push({ record: [], info: { lines: Number(error.lines ?? 0), error } });
    },
  }) as unknown as RawRecord[];
  return [...records, ...broken].sort((a, b) => a.info.lines - b.info.lines);
}

function readRow(header: readonly string[], { record, info }: RawRecord): Record<string, string> | string {
  if (info.error) return `cannot be read near line ${info.lines}: ${info.error.message}`;
  if (record.length !== header.length) return `has ${record.length} cells, but the header has ${header.length}`;
  const cells: Record<string, string> = {};
  for (const [index, name] of header.entries()) {
    const text = decode(record[index] ?? Buffer.alloc(0));
    if (text === null) return `the cell "${name}" is not UTF-8; save the file as UTF-8`;
    cells[name] = text;
  }
  return cells;
}

function refuseHeader(header: readonly string[]): void {
  if (header.length === 0 || header.every((name) => name === ''))
    throw new Refusal('unprocessable', 'csv_empty', 'The file has no header line.');
  const twice = header.find((name, index) => name !== '' && header.indexOf(name) !== index);
  if (twice !== undefined)
    throw new Refusal('unprocessable', 'csv_header_twice', `The header has the column "${twice}" twice.`);
}

/** The delimiter that the header has most of, outside its quotes. */
function delimiterOf(bytes: Buffer): string {
  const head = bytes.subarray(0, MAX_HEADER).toString('latin1').replace(/"[^"]*"/g, '');
  const line = head.split(/[\r\n]+/).find((text) => text.trim() !== '') ?? '';
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

const decode = (cell: Buffer): string | null => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(cell);
  } catch {
    // Not UTF-8: said in the reject of its row.
    return null;
  }
};

function asUtf8(file: Buffer): Buffer {
  if (file[0] === 0xff && file[1] === 0xfe) return Buffer.from(new TextDecoder('utf-16le').decode(file));
  if (file[0] === 0xfe && file[1] === 0xff) return Buffer.from(new TextDecoder('utf-16be').decode(file));
  return file;
}
