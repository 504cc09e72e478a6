import { describe, expect, it } from '@jest/globals';
import { CORE_CATALOGUE } from '../schema/catalogue.js';
import { parsePatch } from '../patch/parse-patch.js';
import { planMembers } from './plan-members.js';
import { ScimError } from '../protocol/scim-error.js';

const GROUP = CORE_CATALOGUE.group;
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const plan = (...Operations: object[]) => planMembers(GROUP, parsePatch(GROUP, { schemas: [PATCH], Operations }));
const a = { value: 'a', display: null };
const b = { value: 'b', display: 'Bea' };

describe('PATCH of members (RFC 7644 §3.5.2)', () => {
  it.each([
    [
      'adds',
      { op: 'add', path: 'members', value: [{ value: 'a' }, { value: 'b', display: 'Bea' }] },
      { kind: 'add', members: [a, b] },
    ],
    ['adds one that is no list', { op: 'add', path: 'members', value: { value: 'a' } }, { kind: 'add', members: [a] }],
    [
      'names each once',
      { op: 'add', path: 'members', value: [{ value: 'a' }, { value: 'a' }] },
      { kind: 'add', members: [a] },
    ],
    [
      'takes displayName for display',
      { op: 'add', path: 'members', value: [{ value: 'b', displayName: 'Bea' }] },
      { kind: 'add', members: [b] },
    ],
    ['replaces by nobody', { op: 'replace', path: 'members', value: [] }, { kind: 'replace', members: [] }],
    ['removes all without a value', { op: 'remove', path: 'members' }, { kind: 'replace', members: [] }],
    ['F2: removes nobody by an empty list', { op: 'remove', path: 'members', value: [] }, { kind: 'remove', ids: [] }],
    ['F2: removes nobody by null', { op: 'remove', path: 'members', value: null }, { kind: 'remove', ids: [] }],
    [
      'removes those that a value names',
      { op: 'Remove', path: 'members', value: [{ value: 'a' }] },
      { kind: 'remove', ids: ['a'] },
    ],
    ['removes one by a filter', { op: 'remove', path: 'members[value eq "a"]' }, { kind: 'remove', ids: ['a'] }],
  ])('%s', (_, operation, step) => {
    expect(plan(operation)).toEqual({ steps: [step], rest: [] });
  });

  it('removes by any other filter whoever matches', () => {
    const [step] = plan({ op: 'remove', path: 'members[display sw "B" or value eq "c"]' }).steps;
    if (step?.kind !== 'removeWhere') throw new Error('another kind of step');
    const members = ['a', 'b', 'c'].map((value) => ({ value, display: value === 'b' ? 'Bea' : null, type: 'User' }));
    expect(members.filter((member) => step.matches(member as never)).map(({ value }) => value)).toEqual(['b', 'c']);
  });

  it('leaves the rest of a value without a path to the document', () => {
    const { steps, rest } = plan({ op: 'replace', value: { displayName: 'All', members: [{ value: 'a' }] } });
    expect(steps).toEqual([{ kind: 'replace', members: [a] }]);
    expect(rest).toMatchObject([{ op: 'replace', value: { displayName: 'All' } }]);
  });

  it.each([
    ['a member without a value', { op: 'add', path: 'members', value: [{ display: 'x' }] }, 'invalidValue'],
    ['a text', { op: 'add', path: 'members', value: 'a' }, 'invalidValue'],
    ['a change of a part', { op: 'replace', path: 'members.value', value: 'b' }, 'mutability'],
    ['a change of one', { op: 'replace', path: 'members[value eq "a"]', value: [{ value: 'b' }] }, 'mutability'],
  ])('refuses %s', (_, operation, scimType) => {
    let error: unknown;
    try {
      plan(operation);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ScimError);
    expect(error).toMatchObject({ scimType });
  });
});
