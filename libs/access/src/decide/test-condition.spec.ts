import { describe, expect, it } from '@jest/globals';
import { IDENTITY_SCHEMA, type Person } from '@tenure/identity';
import { compileExpression } from '@tenure/platform';
import { conditionOf, Subject, type Verdict } from './test-condition.js';

describe('a condition', () => {
  it.each<[string, Person, Verdict]>([
    ['identity.department == "Sales"', { department: 'Sales' }, 'yes'],
    ['identity.department == "Sales"', { department: 'IT' }, 'no'],
    ['identity.department == "Sales"', { department: null }, 'no'],
    ['identity.department.startsWith("S")', {}, 'no'],
    ['identity.custom.level > 1', { custom: { level: 2 } }, 'yes'],
    ['identity.custom.level > 1', {}, 'no'],
    ['identity.custom.level > 1', { custom: { level: 'three' } }, 'failed'],
    ['true', {}, 'yes'],
  ])('%s says of %j: %s', (source, attributes, verdict) => {
    const condition = conditionOf(compileExpression(source, { variables: IDENTITY_SCHEMA, expects: 'boolean' }));
    const somebody = new Subject({ id: 'ada', state: 'active', attributes, managerId: null, isManager: false });
    expect(condition.test(somebody)).toBe(verdict);
  });
});
