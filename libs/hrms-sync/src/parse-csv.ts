import { Refusal } from '@tenure/platform';
import { plainText } from '@tenure/identity';
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

/** Reads a CSV file (RFC 4180; the delimiter is found in the header; UTF-8 or UTF-16). A bad record is one reject. */
export function parseCsv(file: Buffer): CsvFile {
  const { bytes, delimiter } = withoutSeparatorLine(asUtf8(file));
  const [first, ...rest] = splitRecords(bytes, delimiter ?? delimiterOf(bytes));
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

const isBlank = (cell: Buffer): boolean => cell.toString('latin1').trim() === '';

/** The first line `sep=;` tells spreadsheets the delimiter. */
function withoutSeparatorLine(bytes: Buffer): { readonly bytes: Buffer; readonly delimiter?: string } {
  const line = /^"?sep=([,;\t|])"?\r?\n/i.exec(bytes.subarray(0, 16).toString('latin1'));
  return line === null ? { bytes } : { bytes: bytes.subarray(line[0].length), delimiter: line[1] ?? ',' };
}

function readRow(header: readonly string[], record: CsvRecord): Record<string, string> | string {
  if (record.fault !== undefined) return `${record.fault} (line ${record.line})`;
  const { length } = header;
  // Spreadsheets leave empty cells behind the last column, and rows without any value.
  const isFitting =
    record.cells.slice(length).every(isBlank) && (record.cells.length >= length || record.cells.every(isBlank));
  if (!isFitting) return `has ${record.cells.length} cells, but the header has ${length}`;
  const cells: Record<string, string> = {};
  for (const [index, name] of header.entries()) {
    const text = decode(record.cells[index] ?? Buffer.alloc(0));
    if (text === null) return `the cell "${name}" is not UTF-8; save the file as UTF-8`;
    cells[name] = text;
  }
  return cells;
}

function readHeader(record: CsvRecord | undefined): string[] {
  if (record?.fault !== undefined) throw new Refusal('csv_header_broken', `The header ${record.fault}.`);
  const header = (record?.cells ?? []).map((cell) => {
    const name = decode(cell);
    if (name === null)
      throw new Refusal(
        'csv_not_utf8',
        `The header is not UTF-8: "${cell.toString('latin1').trim()}" if it is Latin-1. Save the file as "CSV UTF-8" and send it again.`,
      );
    return plainText(name);
  });
  if (header.every((name) => name === '')) throw new Refusal('csv_empty', 'The file has no header line.');
  const twice = header.find((name, index) => name !== '' && header.indexOf(name) !== index);
  if (twice !== undefined) throw new Refusal('csv_header_twice', `The header has the column "${twice}" twice.`);
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
  // Without a mark: every other byte of plain letters is zero.
  const head = file.subarray(0, 512);
  const zeros = (odd: 0 | 1): number => head.filter((byte, n) => n % 2 === odd && byte === 0).length;
  if (zeros(1) * 4 > head.length) return Buffer.from(new TextDecoder('utf-16le').decode(file));
  if (zeros(0) * 4 > head.length) return Buffer.from(new TextDecoder('utf-16be').decode(file));
  return file;
}
