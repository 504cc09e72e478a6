import { describe, expect, it } from '@jest/globals';
import { parseCsv } from './parse-csv.js';
import { readHrEvent } from './read-hr-event.js';
import { readPeople } from './read-people.js';

const read = (file: string | Buffer): ReturnType<typeof readPeople> =>
  readPeople(parseCsv(typeof file === 'string' ? Buffer.from(file) : file), {});
const keysOf = (file: string | Buffer): string[] => read(file).rows.map(({ key }) => key);

const HEADER = 'employeeNumber,givenName,department';
const FILE = `${HEADER}\n101,Ada,IT\n102,Bob,HR\n`;
const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

describe('files as spreadsheets write them', () => {
  it.each<[string, string | Buffer]>([
    ['28: a sep= line', `sep=,\r\n${FILE}`],
    ['28: a sep= line with another delimiter', `"sep=;"\n${FILE.replaceAll(',', ';')}`],
    ['28: UTF-16 without a mark', Buffer.from(FILE, 'utf16le')],
    ['28: UTF-16 without a mark, the other way round', swapped(FILE)],
    ['29: empty trailing cells', `${HEADER}\n101,Ada,IT,,\n102,Bob,HR, ,\n`],
    ['29: empty trailing columns', `${HEADER},,\n101,Ada,IT,,\n102,Bob,HR,,\n`],
    ['C21: rows of delimiters only', `${HEADER}\n,,\n101,Ada,IT\n , ,\n"","",""\n102,Bob,HR\n,,,,,\n`],
    ['a header that is repeated', `${HEADER}\n101,Ada,IT\n${HEADER}\n102,Bob,HR\n`],
  ])('%s', (_, file) => {
    expect(keysOf(file)).toEqual(['101', '102']);
    expect(read(file).rejects).toEqual([]);
  });

  it.each(['Total: 2,,', 'Total,2,', 'Grand Total,,2', 'End of report,,', 'Summe:,,', '2 rows,,', 'Total: 1,'])(
    'the last line %p is no person, and nobody is missing because of it',
    (line) => {
      const { rows, rejects } = read(`${HEADER}\n101,Ada,IT\n${line}\n`);
      expect(rows.map(({ key }) => key)).toEqual(['101']);
      expect(rejects).toHaveLength(1);
    },
  );

  it('28: names the cause when the header is Latin-1', () => {
    const file = Buffer.from('employeeNumber,Prénom\n101,Ada\n', 'latin1');
    expect(() => parseCsv(file)).toThrow(/not UTF-8.*Prénom.*CSV UTF-8/);
  });

  it('a row with fewer cells is refused, and one with more that say something', () => {
    expect(read(`${HEADER}\n101,Ada\n102,Bob,HR,x\n`).rejects).toHaveLength(2);
  });
});

describe('C18: invisible characters', () => {
  const INVISIBLE = [
    '\u200B',
    '\u00AD',
    '\u200E',
    '\u2060',
    '\uFEFF',
    '\u200D',
    '\u202E',
    '\u034F',
    '\u3164',
    '\u{E0041}',
  ];
  const { identifiers, event } = {
    identifiers: ['employeeNumber', 'email', 'userName', 'managerEmployeeNumber'] as const,
    event: (employee: object): ReturnType<typeof readHrEvent> =>
      readHrEvent(
        { id: '1', type: 'employee.updated', occurredAt: '2026-11-01T00:00:00Z', employee },
        new Date('2026-11-02'),
      ),
  };
  it.each(INVISIBLE.map((char) => [`U+${(char.codePointAt(0) ?? 0).toString(16)}`, char]))('%s', (_, char) => {
    const said = { employeeNumber: '10@1', email: 'a@da', userName: 'a@da', managerEmployeeNumber: '7@' };
    const dirty = Object.fromEntries(Object.entries(said).map(([name, text]) => [name, text.replace('@', `${char}@`)]));
    expect(event(dirty)).toMatchObject({ kind: 'event', event: { employeeNumber: '10@1', person: said } });
    const row = identifiers.map((name) => dirty[name]).join(',');
    expect(read(`${identifiers.join(',')}\n${row}\n`).rows[0]).toMatchObject({ key: '10@1', person: said });
  });
  it('are the business of letters in a name', () => {
    expect(read(`${HEADER}\n101,می\u200Cخواهم,IT\n`).rows[0]?.person.givenName).toBe('می\u200Cخواهم');
  });
});

describe('C19: one letter, two forms', () => {
  const NFD = 'Développement'.normalize('NFD');
  it('a value, a header and a column of the mapping are compared in one form', () => {
    expect(read(`employeeNumber,department\n1,${NFD}\n`).rows[0]?.person.department).toBe('Développement');
    const file = Buffer.from(`Nr,${NFD}\n1,x\n`);
    const mapped = (column: string): string | null | undefined =>
      readPeople(parseCsv(file), { employeeNumber: 'Nr', department: column }).rows[0]?.person.department;
    expect([mapped('Développement'), mapped(NFD)]).toEqual(['x', 'x']);
  });
});
