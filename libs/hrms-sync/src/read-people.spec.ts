import { describe, expect, it } from '@jest/globals';
import { parseCsv } from './parse-csv.js';
import { readPeople } from './read-people.js';

const MAPPING = {
  employeeNumber: 'EMPLOYEE_ID',
  firstName: 'FIRST_NAME',
  email: 'EMAIL',
  startDate: 'HIRE_DATE',
  managerEmployeeNumber: 'MANAGER_ID',
  'custom.costCenter': 'CC',
};
const HEADER = 'EMPLOYEE_ID,FIRST_NAME,EMAIL,HIRE_DATE,MANAGER_ID,CC,SALARY';

const read = (...lines: string[]): ReturnType<typeof readPeople> =>
  readPeople(parseCsv(Buffer.from([HEADER, ...lines].join('\n'))), MAPPING);

describe('readPeople', () => {
  it('reads people under canonical names; what is not mapped is not read', () => {
    const { rows, rejects } = read('101, Neena ,nyang@example.com,2015-09-21,100,CC-7,17000');
    expect(rejects).toEqual([]);
    expect(rows).toEqual([
      {
        row: 1,
        key: '101',
        person: {
          employeeNumber: '101',
          givenName: 'Neena',
          email: 'nyang@example.com',
          startDate: '2015-09-21',
          managerEmployeeNumber: '100',
          custom: { costCenter: 'CC-7' },
        },
      },
    ]);
  });

  it('takes an empty cell as said to have no value, in attributes of one’s own too', () => {
    expect(read('101,,, ,, ,').rows[0]?.person).toEqual({
      employeeNumber: '101',
      givenName: null,
      email: null,
      startDate: null,
      managerEmployeeNumber: null,
      custom: { costCenter: null },
    });
  });

  it('rejects bad rows with the column’s own name, each mistake, and lets the good ones go on', () => {
    const { rows, rejects } = read(
      '101,A,a@x.y,2015-02-30,,,',
      '102,B,b at x,21.9.2015,,,',
      ',C,c@x.y,2015-09-21,,,',
      '104,D,d@x.y,2015-09-21,,,',
      '105,E',
      '101,F,f@x.y,2015-09-21,,,',
    );
    expect(rejects).toEqual([
      { row: 5, reason: 'has 2 cells, but the header has 7' },
      { row: 1, key: '101', reason: 'HIRE_DATE must be a date that exists, as YYYY-MM-DD' },
      {
        row: 2,
        key: '102',
        reason: 'EMAIL must be an e-mail address; HIRE_DATE must be a date that exists, as YYYY-MM-DD',
      },
      { row: 3, reason: 'has no EMPLOYEE_ID' },
    ]);
    expect(rows.map(({ row, key }) => [row, key])).toEqual([
      [4, '104'],
      [6, '101'],
    ]);
  });

  it('rejects the second row with one key, and names the first', () => {
    const { rows, rejects } = read('101,A,,,,,', '102,B,,,,,', ' 101 ,C,,,,,', '101,D,,,,,');
    expect(rows.map(({ row }) => row)).toEqual([1, 2]);
    expect(rejects).toEqual([
      { row: 3, key: '101', reason: 'has the employee number 101 of row 1' },
      { row: 4, key: '101', reason: 'has the employee number 101 of row 1' },
    ]);
  });

  it('says which managers the good rows name, and which numbers the file has, rejected rows included', () => {
    const { managers, keys } = read('101,A,,,100,,', '100,B,not an address,,,,', '102,C,,,,,');
    expect([...managers]).toEqual([[1, '100']]);
    expect([...keys].sort()).toEqual(['100', '101', '102']);
  });

  it.each([
    ['a day', '2027-01-01', { rows: [{ effective: '2027-01-01' }], rejects: [] }],
    ['a time', '2027-01-01T09:00:00+01:00', { rows: [{ effective: '2027-01-01T09:00:00+01:00' }], rejects: [] }],
    ['nothing: at once', '', { rows: [{ effective: '' }], rejects: [] }],
    [
      'a day that does not exist',
      '2027-02-29',
      { rows: [], rejects: [{ key: '7', reason: expect.stringMatching(/^effectiveDate must be a day/) }] },
    ],
  ])('reads from the column effectiveDate when a row takes effect: %s', (_, cell, expected) => {
    const file = parseCsv(Buffer.from(`employeeNumber,effectiveDate\n7,${cell}\n`));
    expect(readPeople(file, {})).toMatchObject(expected);
    expect(JSON.stringify(readPeople(file, {}).rows.map(({ person }) => person))).not.toContain('effectiveDate');
  });

  it('reads a file with the attributes’ own names without a mapping', () => {
    const file = parseCsv(Buffer.from('employeeNumber;lastName;salary\n7;Bond;1\n'));
    expect(readPeople(file, {}).rows).toEqual([
      { row: 1, key: '7', person: { employeeNumber: '7', familyName: 'Bond' } },
    ]);
  });

  it.each([
    [
      'lacks mapped columns',
      'ID,FIRST_NAME',
      MAPPING,
      'The file has no column "EMPLOYEE_ID", "EMAIL", "HIRE_DATE", "MANAGER_ID", "CC"; its header is: ID, FIRST_NAME.',
    ],
    [
      'has no employeeNumber, and there is no mapping',
      'EMPLOYEE_ID,email',
      {},
      'The file has no column "employeeNumber"; its header is: EMPLOYEE_ID, email.',
    ],
    [
      'differs in case',
      'employee_id,first_name,email,hire_date,manager_id,cc',
      { employeeNumber: 'EMPLOYEE_ID' },
      'The file has no column "EMPLOYEE_ID"',
    ],
  ])('refuses a file whose header %s', (_, header, mapping, message) => {
    expect(() => readPeople(parseCsv(Buffer.from(`${header}\n`)), mapping)).toThrow(
      expect.objectContaining({
        status: 422,
        code: 'csv_header_unknown',
        message: expect.stringContaining(message),
      }),
    );
  });
});
