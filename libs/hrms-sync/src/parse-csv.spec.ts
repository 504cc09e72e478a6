import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '@tenure/platform';
import { parseCsv, type CsvFile } from './parse-csv.js';

const parse = (text: string): CsvFile => parseCsv(Buffer.from(text));
/** The cells of each good row, by its number. */
const cellsOf = (file: CsvFile): Record<number, string[]> =>
  Object.fromEntries(file.rows.map(({ row, cells }) => [row, file.header.map((name) => cells[name] ?? '')]));

const codeOf = (file: Buffer): string => {
  try {
    parseCsv(file);
    return 'no refusal';
  } catch (error) {
    if (error instanceof Refusal) return `${error.code}: ${error.message}`;
    throw error;
  }
};

describe('parseCsv (RFC 4180)', () => {
  it.each<[string, string, string[][]]>([
    [
      'lines that end with LF',
      'a,b\n1,2\n3,4\n',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    [
      'lines that end with CRLF',
      'a,b\r\n1,2\r\n3,4\r\n',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    [
      'lines that end with CR',
      'a,b\r1,2\r3,4\r',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    [
      'lines that end now so and now so',
      'a,b\r\n1,2\n3,4\r\n',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['no end of the last line', 'a,b\n1,2', [['1', '2']]],
    [
      'empty lines anywhere',
      '\n\na,b\n\n1,2\n\n\n3,4\n\n',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['delimiters in quotes', 'a,b\n"Lovelace, Ada",2\n', [['Lovelace, Ada', '2']]],
    ['quotes in quotes', 'a,b\n"Ada ""the first""",2\n', [['Ada "the first"', '2']]],
    [
      'line ends in quotes',
      'a,b\n"one\r\ntwo",2\n3,4\n',
      [
        ['one\r\ntwo', '2'],
        ['3', '4'],
      ],
    ],
    [
      'empty cells',
      'a,b\n,\n"",x\n',
      [
        ['', ''],
        ['', 'x'],
      ],
    ],
    ['spaces, which belong to the cell', 'a,b\n 1 ,2\n', [[' 1 ', '2']]],
    ['one column', 'a\n1\n2\n', [['1'], ['2']]],
    ['only a header', 'a,b\n', []],
  ])('reads %s', (_, text, rows) => {
    const file = parse(text);
    expect(Object.values(cellsOf(file))).toEqual(rows);
    expect(file.rejects).toEqual([]);
  });

  it.each([
    ['a comma', ','],
    ['a semicolon', ';'],
    ['a tab', '\t'],
    ['a bar', '|'],
  ])('finds that the delimiter is %s', (_, delimiter) => {
    const file = parse(`name${delimiter}number\n"a;b,c\td|e"${delimiter}2\n`);
    expect(cellsOf(file)).toEqual({ 1: ['a;b,c\td|e', '2'] });
  });

  it.each([
    [
      'in the header’s own quotes',
      '"Name, first";"Name, last";Number\nA;B;1\n',
      ['Name, first', 'Name, last', 'Number'],
    ],
    ['in the rows', 'Name;Number\r"A,B,C,D";1\r', ['Name', 'Number']],
    ['after empty lines', '\r\n\r\nName;Number\r\n"A,B";1\r\n', ['Name', 'Number']],
  ])('is not led astray by commas %s', (_, text, header) => {
    const file = parse(text);
    expect(file.header).toEqual(header);
    expect(file.rejects).toEqual([]);
    expect(file.rows).toHaveLength(1);
  });

  it('trims the header, and numbers rows from 1 after it', () => {
    const file = parse(' a , b \n1,2\n3,4\n');
    expect(file.header).toEqual(['a', 'b']);
    expect(file.rows.map(({ row }) => row)).toEqual([1, 2]);
  });
});

describe('a file’s encoding', () => {
  const TEXT = 'name,city\nZoë,Kraków\n김,서울\n👩‍💻,x\n';
  const utf16be = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le').swap16();

  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`)],
    ['UTF-16, little end first', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
    ['UTF-16, big end first', utf16be(TEXT)],
  ])('is %s', (_, bytes) => {
    const file = parseCsv(bytes);
    expect(file.header).toEqual(['name', 'city']);
    expect(cellsOf(file)).toEqual({ 1: ['Zoë', 'Kraków'], 2: ['김', '서울'], 3: ['👩‍💻', 'x'] });
  });

  it('finds a mark before quotes', () => {
    expect(parse('\ufeff"name","city"\nA,B\n').header).toEqual(['name', 'city']);
  });

  it('rejects a row with Latin-1 in it, says which cell, and goes on', () => {
    const bytes = Buffer.concat([
      Buffer.from('name,city\nAda,London\n'),
      Buffer.from('Zoë,Köln\n', 'latin1'),
      Buffer.from('Bob,Bern\n'),
    ]);
    const file = parseCsv(bytes);
    expect(cellsOf(file)).toEqual({ 1: ['Ada', 'London'], 3: ['Bob', 'Bern'] });
    expect(file.rejects).toEqual([{ row: 2, reason: 'the cell "name" is not UTF-8; save the file as UTF-8' }]);
  });
});

describe('a bad record is one reject, and the good ones go on', () => {
  it.each<[string, string, Record<number, string[]>, { row: number; reason: string }[]]>([
    ['too few cells', 'a,b\n1\n3,4\n', { 2: ['3', '4'] }, [{ row: 1, reason: 'has 1 cells, but the header has 2' }]],
    [
      'too many cells',
      'a,b\n1,2\n3,4,5\n',
      { 1: ['1', '2'] },
      [{ row: 2, reason: 'has 3 cells, but the header has 2' }],
    ],
    [
      'a quote inside a cell',
      'a,b\n1,2\nx"y,2\n3,4\n',
      { 1: ['1', '2'], 3: ['3', '4'] },
      [{ row: 2, reason: 'has a quote inside a cell that does not begin with one (line 3)' }],
    ],
    [
      'text behind a quote',
      'a,b\n"x"y,2\n3,4\n',
      { 2: ['3', '4'] },
      [{ row: 1, reason: 'has text behind a closing quote (line 2)' }],
    ],
    [
      'several of these in one record',
      'a,b\n"x"y,"2"z\n3,4\n',
      { 2: ['3', '4'] },
      [{ row: 1, reason: 'has text behind a closing quote (line 2)' }],
    ],
    [
      'an unclosed quote',
      'a,b\n1,2\n3,"4\n5,6\n7,8\n',
      { 1: ['1', '2'], 3: ['5', '6'], 4: ['7', '8'] },
      [{ row: 2, reason: 'has a quote that is not closed (line 3)' }],
    ],
    [
      'two unclosed quotes',
      'a,b\n3,"4\n5,6\n7,"8\n9,0\n',
      { 2: ['5', '6'], 4: ['9', '0'] },
      [
        { row: 1, reason: 'has text behind a closing quote (line 2)' },
        { row: 3, reason: 'has a quote that is not closed (line 4)' },
      ],
    ],
    [
      'a bad one after lines within quotes',
      'a,b\n"1\n1",2\n"x"y,2\n',
      { 1: ['1\n1', '2'] },
      [{ row: 2, reason: 'has text behind a closing quote (line 4)' }],
    ],
  ])('%s', (_, text, rows, rejects) => {
    const file = parse(text);
    expect(cellsOf(file)).toEqual(rows);
    expect(file.rejects).toEqual(rejects);
  });
});

describe('a file that is refused as a whole', () => {
  it.each<[string, Buffer, string]>([
    ['nothing in it', Buffer.alloc(0), 'csv_empty: The file has no header line.'],
    ['only a mark', Buffer.from('\ufeff'), 'csv_empty: The file has no header line.'],
    ['only empty lines', Buffer.from('\n\r\n\n'), 'csv_empty: The file has no header line.'],
    ['a header of nothing', Buffer.from(',,\n1,2,3\n'), 'csv_empty: The file has no header line.'],
    [
      'a header that names a column twice',
      Buffer.from('a,b,a\n1,2,3\n'),
      'csv_header_twice: The header has the column "a" twice.',
    ],
    [
      'a header with a quote that is not closed',
      Buffer.from('a,"b\n1,2\n'),
      'csv_header_broken: The header has a quote that is not closed.',
    ],
    [
      'a header that names it twice but for spaces',
      Buffer.from('a,b, a \n1,2,3\n'),
      'csv_header_twice: The header has the column "a" twice.',
    ],
  ])('has %s', (_, bytes, message) => {
    expect(codeOf(bytes)).toBe(message);
  });
});

describe('any file', () => {
  it('is read back as it was written', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '김', ',', ';', '"', '\n', '\r\n', ' ', '\t') });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 8 }), (rows) => {
        const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const text = [['first', 'second'], ...rows].map((row) => row.map(quoted).join(',')).join('\r\n');
        const file = parse(text);
        expect(file.rejects).toEqual([]);
        expect(file.rows.map(({ cells }) => [cells.first, cells.second])).toEqual(rows);
      }),
      { seed: 20_261_124, numRuns: 300 },
    );
  });

  it('is refused in words or read, and each record is a row or a reject, whatever its bytes', () => {
    const crumb = fc.constantFrom('a', ',', ';', '"', '\n', '\r', '\r\n', '\ufeff', '\u0000', '김', ' ');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
          fc.array(crumb, { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''))),
        ),
        (bytes) => {
          let file: CsvFile;
          try {
            file = parseCsv(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal);
            return;
          }
          const numbers = [...file.rows, ...file.rejects].map(({ row }) => row).sort((a, b) => a - b);
          expect(numbers).toEqual(numbers.map((_, index) => index + 1));
        },
      ),
      { seed: 20_261_124, numRuns: 2_000 },
    );
  });
});
