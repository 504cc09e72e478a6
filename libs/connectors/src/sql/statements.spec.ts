import { describe, expect, it } from '@jest/globals';
import { quoted, RoleStatements, UserStatements } from './statements.js';

const USERS = {
  table: 'crm.user',
  id: 'id',
  externalId: 'tenure_id',
  enabled: { column: 'state', on: 'A', off: 'X' },
  attributes: { userName: 'login', email: 'mail' },
  keys: ['userName'],
};
const ROLES = {
  table: 'role',
  id: 'id',
  name: 'name',
  members: { table: 'user_role', account: 'user_id', role: 'role_id' },
};

describe('statements', () => {
  const users = new UserStatements(USERS, ['userName']);

  it('quote every identifier, each part for itself', () => {
    expect(quoted('crm.user')).toBe('"crm"."user"');
    expect(quoted('a"b')).toBe('"a""b"');
  });

  it('read the mapped columns and our own, and put every value apart', () => {
    expect(users.byAttribute('email', "'; DROP TABLE x")).toEqual({
      text: 'SELECT "id", "state", "tenure_id", "login" FROM "crm"."user" WHERE "mail" = $1 LIMIT 10',
      values: ["'; DROP TABLE x"],
      evidence: 'SELECT crm.user by mail',
    });
  });

  it('write the application’s own words for enabled and disabled', () => {
    expect(users.update('7', { enabled: false, attributes: { email: null } })).toEqual({
      text: 'UPDATE "crm"."user" SET "state" = $2, "mail" = $3 WHERE "id" = $1 RETURNING "id", "state", "tenure_id", "login"',
      values: ['7', 'X', null],
      evidence: 'UPDATE crm.user (state, mail)',
    });
  });

  it('are none for a change that asks for nothing', () => {
    expect(users.update('7', {})).toBeUndefined();
  });

  it('change members as one statement, and never the others', () => {
    const { text, values } = new RoleStatements(ROLES).change('r', { add: ['1', '2'], remove: ['3'] });
    expect(text).toBe(
      'WITH removed AS (DELETE FROM "user_role" WHERE "role_id" = $1 AND "user_id" = ANY($2)) ' +
        'INSERT INTO "user_role" ("role_id", "user_id") VALUES ($1, $3), ($1, $4) ON CONFLICT DO NOTHING',
    );
    expect(values).toEqual(['r', ['3'], '1', '2']);
  });
});
