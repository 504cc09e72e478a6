import { describe, expect, it } from '@jest/globals';
import { ScimError } from './scim-error.js';

describe('ScimError (RFC 7644 §3.12)', () => {
  it('has its status as a text, and its type only when it has one', () => {
    expect(new ScimError(409, 'Taken.', 'uniqueness').toBody()).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '409',
      scimType: 'uniqueness',
      detail: 'Taken.',
    });
    expect(new ScimError(404, 'None.').toBody()).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '404',
      detail: 'None.',
    });
  });

  it.each([
    ['uniqueness', 404],
    ['invalidFilter', 422],
    ['noTarget', 404],
    ['mutability', 409],
  ] as const)('refuses the impossible pair of %s and %d', (scimType, status) => {
    expect(() => new ScimError(status, 'x', scimType)).toThrow(`${scimType} does not go with ${status}`);
  });
});
