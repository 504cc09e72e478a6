import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileFilter, type FilterColumns } from './compile-filter.js';
import { FilterFault, parseFilter } from './parse-filter.js';

const COLUMNS: FilterColumns = {
  id: { column: 'id', type: 'uuid' },
  username: { column: 'user_name_key', type: 'key' },
  department: { column: 'department', type: 'text' },
  ismanager: { column: 'is_manager', type: 'boolean' },
};
const ID = '0190c4a8-7a4d-7c6e-8f3a-1b2c3d4e5f60';

const compile = (source: string): [sql: string, ...params: unknown[]] => {
  const { sql, params } = compileFilter(parseFilter(source), COLUMNS);
  return [sql, ...params];
};

describe('compileFilter', () => {
  it.each<[string, string, ...unknown[]]>([
    ['department eq "Sales"', '(department = $2)', 'Sales'],
    ['DEPARTMENT EQ "Sales"', '(department = $2)', 'Sales'],
    ['department ne "Sales"', '(department IS DISTINCT FROM $2)', 'Sales'],
    [
      'department sw "Sa"',
      '(department::text COLLATE "C" >= $2 AND department::text COLLATE "C" < $3)',
      'Sa',
      'Sa\u{10ffff}',
    ],
    ['department co "%"', '(position($2 IN department::text) > 0)', '%'],
    ['department ew "les"', '(right(department::text, length($2)) = $3)', 'les', 'les'],
    ['department gt "M"', '(department > $2)', 'M'],
    ['department ge "M"', '(department >= $2)', 'M'],
    ['department lt "M"', '(department < $2)', 'M'],
    ['department le "M"', '(department <= $2)', 'M'],
    ['department pr', '(department IS NOT NULL)'],
    ['department eq null', '(department IS NULL)'],
    ['department ne null', '(department IS NOT NULL)'],
    ['userName eq "  ADA@Example.com "', '(user_name_key = $2)', 'ada@example.com'],
    ['userName eq "J\u030c"', '(user_name_key = $2)', 'ǰ'],
    ['isManager eq true', '(is_manager = $2)', true],
    ['isManager ne true', '(is_manager IS DISTINCT FROM $2)', true],
    [`id eq "${ID}"`, '(id = $2)', ID],
    ['id eq "7"', 'false'],
    ['id ne "7"', 'true'],
    ['department eq "A" and isManager eq true', '((department = $2) AND (is_manager = $3))', 'A', true],
    ['department eq "A" or department eq "B"', '((department = $2) OR (department = $3))', 'A', 'B'],
    ['not (department eq "A")', '(NOT coalesce((department = $2), false))', 'A'],
    [
      'department pr and (department eq "A" or department eq "B")',
      '((department IS NOT NULL) AND ((department = $2) OR (department = $3)))',
      'A',
      'B',
    ],
  ])('%s', (source, ...expected) => {
    expect(compile(source)).toEqual(expected);
  });

  it.each([
    ['salary eq "1"', '"salary" cannot be filtered; take one of id, username, department, ismanager at position 0'],
    [
      'department pr and salary pr',
      '"salary" cannot be filtered; take one of id, username, department, ismanager at position 18',
    ],
    [
      'constructor pr',
      '"constructor" cannot be filtered; take one of id, username, department, ismanager at position 0',
    ],
    ['department eq true', 'The attribute is a text; write the value in double quotes at position 0'],
    ['department eq 1', 'The attribute is a text; write the value in double quotes at position 0'],
    ['isManager eq "true"', 'The attribute is true or false at position 0'],
    ['isManager gt true', '"gt" has no meaning for "isManager" at position 0'],
    ['isManager sw true', '"sw" has no meaning for "isManager" at position 0'],
    [`id sw "${ID}"`, '"sw" has no meaning for "id" at position 0'],
    [`id co "0190"`, '"co" has no meaning for "id" at position 0'],
    ['department gt null', '"gt" has no meaning for null at position 0'],
    ['department co null', '"co" has no meaning for null at position 0'],
  ])('refuses %s', (source, message) => {
    expect(() => compile(source)).toThrow(
      new FilterFault(message.replace(/ at position \d+$/, ''), Number(/\d+$/.exec(message)?.[0])),
    );
  });

  it('never lets a value into the SQL, and numbers each parameter once, from $2 on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt'), fc.string()), {
          minLength: 1,
          maxLength: 5,
        }),
        (parts) => {
          const source = parts.map(([op, text]) => `department ${op} ${JSON.stringify(`§${text}`)}`).join(' and ');
          fc.pre(source.length <= 2_000 && !source.includes('\\u0000'));
          const [sql, ...params] = compile(source);
          expect(sql).not.toContain('§');
          const numbers = [...sql.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number));
          expect(numbers).toEqual(params.map((_, index) => index + 2));
        },
      ),
      { seed: 20_261_124, numRuns: 300 },
    );
  });
});
