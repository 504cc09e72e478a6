/** One record of a CSV file: its cells as bytes, or what is wrong with its quotes. */
export type CsvRecord =
  | { readonly line: number; readonly cells: readonly Buffer[]; readonly fault?: undefined }
  | { readonly line: number; readonly fault: string };

const [QUOTE, CR, LF] = [0x22, 0x0d, 0x0a];

/**
 * The records of RFC 4180, with any line ends and without empty lines. A record with a wrong quote costs its first line
 * and not what follows: parsers that go on from the quote take the rest of the file for one cell.
 */
export function splitRecords(bytes: Buffer, delimiter: string): CsvRecord[] {
  const splitter = new RecordSplitter(bytes, delimiter.charCodeAt(0));
  const records: CsvRecord[] = [];
  for (let record = splitter.next(); record !== null; record = splitter.next()) records.push(record);
  return records;
}

class RecordSplitter {
  private at = 0;
  private line = 1;

  constructor(
    private readonly bytes: Buffer,
    private readonly delimiter: number,
  ) {}

  next(): CsvRecord | null {
    while (this.takeLineEnd()) this.line++;
    if (this.at >= this.bytes.length) return null;
    const { at: start, line } = this;
    const cells = this.cells();
    if (typeof cells === 'string') {
      this.at = start;
      this.skipLine();
    }
    this.line += this.lineEnds(start, this.at);
    return typeof cells === 'string' ? { line, fault: cells } : { line, cells };
  }

  private cells(): Buffer[] | string {
    const cells: Buffer[] = [];
    do {
      const cell = this.bytes[this.at] === QUOTE ? this.quoted() : this.plain();
      if (typeof cell === 'string') return cell;
      cells.push(cell);
    } while (this.takeDelimiter());
    return cells;
  }

  private plain(): Buffer | string {
    const start = this.at;
    while (!this.atEndOfCell()) {
      if (this.bytes[this.at] === QUOTE) return 'has a quote inside a cell that does not begin with one';
      this.at++;
    }
    return this.bytes.subarray(start, this.at);
  }

  private quoted(): Buffer | string {
    const parts: Buffer[] = [];
    for (;;) {
      const start = this.at + 1;
      const end = this.bytes.indexOf(QUOTE, start);
      if (end < 0) return 'has a quote that is not closed';
      parts.push(this.bytes.subarray(start, end));
      this.at = end + 1;
      if (this.bytes[this.at] !== QUOTE) break;
      // Two quotes are one, and the cell goes on behind them.
      parts.push(this.bytes.subarray(end, end + 1));
    }
    return this.atEndOfCell() ? Buffer.concat(parts) : 'has text behind a closing quote';
  }

  private atEndOfCell(): boolean {
    const byte = this.bytes[this.at];
    return byte === undefined || byte === this.delimiter || byte === CR || byte === LF;
  }

  private takeDelimiter(): boolean {
    if (this.bytes[this.at] !== this.delimiter) return false;
    this.at++;
    return true;
  }

  private takeLineEnd(): boolean {
    const length = this.lineEndAt(this.at);
    this.at += length;
    return length > 0;
  }

  private skipLine(): void {
    while (this.at < this.bytes.length && this.lineEndAt(this.at) === 0) this.at++;
  }

  private lineEnds(from: number, to: number): number {
    let count = 0;
    for (let at = from; at < to; at++) if (this.lineEndAt(at) === 1) count++;
    return count;
  }

  /** How long the line end is that begins here: CRLF, CR or LF; 0 for none. */
  private lineEndAt(at: number): 0 | 1 | 2 {
    const byte = this.bytes[at];
    if (byte === CR) return this.bytes[at + 1] === LF ? 2 : 1;
    return byte === LF ? 1 : 0;
  }
}
