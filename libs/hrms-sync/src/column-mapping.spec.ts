import { describe, expect, it } from '@jest/globals';
import { canonicalName, checkColumnMapping, effectiveMapping } from './column-mapping.js';

const faultsOf = (mapping: Record<string, string>): string[] =>
  checkColumnMapping(mapping).map(({ path, message }) => `${path} ${message}`);

describe('checkColumnMapping', () => {
  it.each<[string, Record<string, string>]>([
    ['none: each attribute under its own name', {}],
    ['attributes', { employeeNumber: 'EMPLOYEE_ID', email: 'EMAIL', startDate: 'HIRE_DATE' }],
    ['names as HR people write them', { employeeNumber: 'ID', firstName: 'FIRST_NAME', lastName: 'LAST_NAME' }],
    ['attributes of one’s own', { employeeNumber: 'ID', 'custom.cost-center_1': 'CC' }],
  ])('takes %s', (_, mapping) => {
    expect(faultsOf(mapping)).toEqual([]);
  });

  it.each(['salary', 'custom', 'groups', 'custom.', 'custom.a b', `custom.${'x'.repeat(61)}`, 'constructor', 'Email'])(
    'refuses %s, which is no attribute',
    (name) => {
      expect(faultsOf({ employeeNumber: 'ID', [name]: 'X' })).toEqual([
        expect.stringMatching(
          new RegExp(`^mapping\\.${name} is no attribute of a person; take one of userName, .*custom\\.<name>$`),
        ),
      ]);
    },
  );

  it('notices a mapping that is the wrong way round', () => {
    expect(faultsOf({ employeeNumber: 'ID', HIRE_DATE: 'startDate', FIRST: 'firstName' })).toEqual([
      'mapping.HIRE_DATE is the wrong way round: write "startDate": "HIRE_DATE" (attribute first, then the column’s header)',
      'mapping.FIRST is the wrong way round: write "firstName": "FIRST" (attribute first, then the column’s header)',
    ]);
  });

  it('needs the key of a row', () => {
    expect(faultsOf({ email: 'MAIL' })).toEqual([
      'mapping must say which column is the employeeNumber: it is the key of a row',
    ]);
  });
});

describe('effectiveMapping', () => {
  it('is the source’s own, under canonical names', () => {
    expect(effectiveMapping({ employeeNumber: 'ID', firstName: 'FIRST' }, ['ID', 'FIRST', 'email'])).toEqual({
      employeeNumber: 'ID',
      givenName: 'FIRST',
    });
  });

  it('without one, is every column that has the name of an attribute', () => {
    expect(effectiveMapping({}, ['employeeNumber', 'lastName', 'custom.cc', 'salary', 'groups', ''])).toEqual({
      employeeNumber: 'employeeNumber',
      familyName: 'lastName',
      'custom.cc': 'custom.cc',
    });
  });
});

describe('canonicalName', () => {
  it.each([
    ['firstName', 'givenName'],
    ['lastName', 'familyName'],
    ['title', 'title'],
    ['constructor', 'constructor'],
  ])('of %s is %s', (name, canonical) => {
    expect(canonicalName(name)).toBe(canonical);
  });
});
