import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@tenure/platform';
import { assertMay, mayRole, ROLES, type Right, type Role } from './roles.js';

const RIGHTS: readonly Right[] = ['read', 'operate', 'configure', 'administer'];

describe('roles', () => {
  it.each<[Role, Right[]]>([
    ['owner', ['read', 'operate', 'configure', 'administer']],
    ['admin', ['read', 'operate', 'configure']],
    ['operator', ['read', 'operate']],
    ['auditor', ['read']],
    ['helpdesk', ['read']],
  ])('%s may %j and nothing else', (role, rights) => {
    expect(RIGHTS.filter((right) => mayRole(role, right))).toEqual(rights);
  });

  it('are ordered: none has a right that the one before lacks', () => {
    for (const [index, role] of ROLES.entries()) {
      const above = ROLES[index - 1];
      if (above) for (const right of RIGHTS) expect(mayRole(above, right) || !mayRole(role, right)).toBe(true);
    }
  });

  it('refuse in words that name the right which is missing', () => {
    const auditor = { tenantId: 't', actor: 'api_key:1', role: 'auditor' } as const;
    expect(() => assertMay(auditor, 'read')).not.toThrow();
    let thrown: unknown;
    try {
      assertMay(auditor, 'configure');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Refusal);
    expect(thrown).toMatchObject({
      status: 403,
      code: 'right_missing',
      message: expect.stringContaining('"auditor" may not configure'),
    });
  });
});
