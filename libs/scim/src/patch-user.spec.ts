import { describe, expect, it } from '@jest/globals';
import { patchUser } from './patch-user.js';
import { ScimError } from './scim-error.js';
import { readUser } from './user-resource.js';

const ADA = readUser({ userName: 'ada', active: true, name: { givenName: 'Ada' }, nickName: 'A' });
const patch = (...operations: unknown[]): unknown =>
  patchUser(ADA, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations });

describe('patchUser', () => {
  it.each([
    ['replace with a path', { op: 'replace', path: 'active', value: false }],
    ['replace without a path (Okta)', { op: 'replace', value: { active: false } }],
    ['Replace with a text (Entra)', { op: 'Replace', path: 'active', value: 'False' }],
    ['add', { op: 'add', path: 'active', value: false }],
    ['a path in capitals', { op: 'replace', path: 'ACTIVE', value: false }],
    ['a name in capitals', { op: 'replace', value: { Active: 'false' } }],
  ])('%s sets active, and keeps everything else verbatim', (_, operation) => {
    expect(patch(operation)).toEqual({ ...ADA, active: false });
  });

  it('does one operation after the other, and none when there is none', () => {
    expect(
      patch({ op: 'replace', path: 'active', value: false }, { op: 'replace', path: 'active', value: true }),
    ).toEqual(ADA);
    expect(patch()).toEqual(ADA);
  });

  it('does not change what it was given', () => {
    patch({ op: 'replace', path: 'active', value: false });
    expect(ADA.active).toBe(true);
  });

  it.each<[string, unknown, string]>([
    ['another path', { op: 'replace', path: 'title', value: 'x' }, 'invalidPath'],
    ['a path that is no text', { op: 'replace', path: 1, value: false }, 'invalidPath'],
    ['more than active at once', { op: 'replace', value: { active: false, title: 'x' } }, 'invalidPath'],
    ['nothing at all', { op: 'replace', value: {} }, 'invalidPath'],
    ['a list without a path', { op: 'replace', value: [{ active: false }] }, 'invalidPath'],
    ['remove', { op: 'remove', path: 'active' }, 'invalidSyntax'],
    ['no op', { path: 'active', value: false }, 'invalidSyntax'],
    ['an operation that is no object', 'disable', 'invalidSyntax'],
    ['no boolean', { op: 'replace', path: 'active', value: 'no' }, 'invalidValue'],
    ['a number', { op: 'replace', path: 'active', value: 0 }, 'invalidValue'],
    ['nothing', { op: 'replace', path: 'active' }, 'invalidValue'],
  ])('refuses %s, whatever stands before it', (_, operation, scimType) => {
    const refused = { status: 400, scimType };
    expect(() => patch({ op: 'replace', path: 'active', value: false }, operation)).toThrow(ScimError);
    expect(() => patch({ op: 'replace', path: 'active', value: false }, operation)).toThrow(
      expect.objectContaining(refused),
    );
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['no schemas', { Operations: [] }],
    ['other schemas', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], Operations: [] }],
    ['no operations', { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'] }],
    [
      'one operation that is not in a list',
      { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: {} },
    ],
  ])('refuses %s as a body', (_, body) => {
    expect(() => patchUser(ADA, body)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidSyntax' }));
  });
});
