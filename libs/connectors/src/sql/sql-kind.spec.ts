import { AddressGuard } from '@tenure/platform';
import { describe, expect, it } from '@jest/globals';
import { sqlKind } from './sql-kind.js';

const USERS = {
  table: 'crm.users',
  id: 'id',
  enabled: { column: 'is_active' },
  attributes: { userName: 'login' },
  keys: ['userName'],
};
const ROLES = {
  table: 'roles',
  id: 'id',
  name: 'name',
  members: { table: 'user_roles', account: 'user_id', role: 'role_id' },
};
const CONFIG = { host: 'db.example', database: 'crm', user: 'tenure', users: USERS, roles: ROLES };

describe('the SQL connector’s configuration', () => {
  const kind = sqlKind(new AddressGuard());
  const paths = (config: Record<string, unknown>, attributes?: string[]) =>
    kind.check(config, { password: 'p' }, attributes).map(({ path }) => path);

  it('describes the tables, and needs no more', () => {
    expect(paths(CONFIG, ['userName'])).toEqual([]);
  });

  it.each([
    [
      'a table name with a statement in it',
      { users: { ...USERS, table: 'users; DROP TABLE users' } },
      ['config.users.table'],
    ],
    ['a quoted column', { users: { ...USERS, id: '"id"' } }, ['config.users.id']],
    ['a Unix socket', { host: '/var/run/postgresql' }, ['config.host']],
    ['a list of hosts', { host: 'a,b' }, ['config.host']],
    ['an address that may never be called', { host: '192.168.1.1' }, ['config.host']],
    ['a key without a column', { users: { ...USERS, keys: ['mail'] } }, ['config.users.keys']],
    ['no keys', { users: { ...USERS, keys: [] } }, ['config.users.keys']],
    [
      'the same value for on and off',
      { users: { ...USERS, enabled: { column: 'a', on: 1, off: 1 } } },
      ['config.users.enabled.off'],
    ],
    [
      'no attributes',
      { users: { ...USERS, attributes: {}, keys: ['x'] } },
      ['config.users.attributes.*', 'config.users.keys'],
    ],
    ['no users', { users: undefined }, expect.arrayContaining(['config.users', 'config.users.table'])],
    [
      'a role without members',
      { roles: { ...ROLES, members: undefined } },
      expect.arrayContaining(['config.roles.members']),
    ],
    [
      'TLS without checking',
      { ssl: { rejectUnauthorized: false } },
      ['config.ssl.rejectUnauthorized', 'config.ssl.ca'],
    ],
    ['a misspelt option', { statementTimeout: 5 }, ['config.statementTimeout']],
  ])('reports %s by its path', (_, change, expected) => {
    expect(paths({ ...CONFIG, ...change })).toEqual(expected);
  });

  it('reports a mapping target that has no column', () => {
    expect(paths(CONFIG, ['userName', 'title'])).toEqual(['mapping.title']);
  });
});
