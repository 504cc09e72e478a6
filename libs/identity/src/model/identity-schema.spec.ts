import { describe, expect, it } from '@jest/globals';
import { compileExpression } from '@tenure/platform';
import { bindIdentity, IDENTITY_SCHEMA } from './identity-schema.js';
import { PERSON_FIELDS, type Person } from './person.js';

const ADA = {
  id: 'i1',
  state: 'active',
  attributes: { department: 'IT' } as Person,
  managerId: null,
  isManager: true,
} as const;

const evaluate = (source: string, identity: Parameters<typeof bindIdentity>[0]): unknown =>
  compileExpression(source, { variables: IDENTITY_SCHEMA, expects: 'value' }).evaluate(bindIdentity(identity));

describe('the identity that expressions see', () => {
  it('has every attribute of a person, except what the state and the manager id stand for', () => {
    const shown = Object.keys(IDENTITY_SCHEMA.identity);
    expect(PERSON_FIELDS.filter((field) => !shown.includes(field))).toEqual(['managerEmployeeNumber', 'status']);
    expect(shown.filter((name) => !(PERSON_FIELDS as readonly string[]).includes(name))).toEqual([
      'id',
      'state',
      'managerId',
      'isManager',
      'groupIds',
    ]);
  });

  it.each([
    ['identity.id', 'i1'],
    ['identity.state', 'active'],
    ['identity.isManager', true],
    ['identity.department', 'IT'],
    ['size(identity.groups)', 0],
    ['"staff" in identity.groups', false],
    ['identity.custom.costCenter', null],
    ['identity.managerId', null],
  ])('%s is %p for somebody of whom little is known', (source, value) => {
    expect(evaluate(source, ADA)).toBe(value);
  });

  it('lets no attribute of a source stand in for what is ours', () => {
    const attributes = { id: 'other', state: 'active', isManager: false, managerId: 'm' } as unknown as Person;
    const identity = { ...ADA, state: 'terminated', attributes } as const;
    expect(bindIdentity(identity).identity).toMatchObject({
      id: 'i1',
      state: 'terminated',
      isManager: true,
      managerId: null,
    });
  });
});
