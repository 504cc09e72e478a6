import { ConfigReader } from '../read-config.js';
import type { ConfigFault } from '../spi.js';

/** How a column says that an account is enabled. */
export interface EnabledColumn {
  readonly column: string;
  readonly on: string | number | boolean;
  readonly off: string | number | boolean;
}

/** The table of accounts: its columns by what they mean to us. */
export interface UsersTable {
  readonly table: string;
  readonly id: string;
  readonly externalId?: string;
  readonly enabled: EnabledColumn;
  /** Target attribute → column. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Target attributes that the table keeps unique, best first. */
  readonly keys: readonly string[];
}

/** The table of roles, and the one that joins accounts and roles (unique over both columns). */
export interface RolesTable {
  readonly table: string;
  readonly id: string;
  readonly name: string;
  readonly members: { readonly table: string; readonly account: string; readonly role: string };
}

/** What is done with an account's belongings when somebody leaves; each part only where it is configured. */
export interface LeaveTables {
  /** Rows that let the account in: sessions, tokens. They are deleted. */
  readonly sessions: readonly { readonly table: string; readonly account: string }[];
  /** What accounts own: the owner becomes another one. */
  readonly owned: readonly { readonly table: string; readonly owner: string }[];
  /** The column of the users' table that takes up a licence, and its value when it takes none. */
  readonly licence?: { readonly column: string; readonly none: string | number | boolean | null };
}

/** An application that keeps its users in a PostgreSQL database of its own, as configured. */
export interface SqlConfig {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** With the certificate checked: against the public authorities, or the one given. */
  readonly ssl: boolean | { readonly ca: string };
  readonly statementTimeoutMs: number;
  readonly users: UsersTable;
  readonly roles?: RolesTable;
  readonly leave: LeaveTables;
}

type Values = Readonly<Record<string, unknown>>;

const COLUMN = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/;
const TABLE = /^[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$/;
// A name or an address: no path (that would be a Unix socket) and no list of hosts.
const HOST = /^[A-Za-z0-9.:_-]+$/;

/** The configuration, and every mistake in it. */
export function readSqlConfig(config: Values, credentials: Values): { config: SqlConfig; faults: ConfigFault[] } {
  const read = new ConfigReader(config, 'config');
  const secrets = new ConfigReader(credentials, 'credentials', read.faults);
  read.only('host', 'port', 'database', 'user', 'ssl', 'statementTimeoutMs', 'users', 'roles', 'leave');
  secrets.only('password');
  return {
    faults: read.faults,
    config: {
      host: read.matching('host', HOST, 'a host name or an address'),
      port: read.integer('port', { min: 1, max: 65_535, otherwise: 5432 }),
      database: read.text('database'),
      user: read.text('user'),
      password: secrets.text('password'),
      ssl: readSsl(read),
      statementTimeoutMs: read.integer('statementTimeoutMs', { min: 100, max: 120_000, otherwise: 5_000 }),
      users: readUsers(read.section('users')),
      roles: read.has('roles') ? readRoles(read.section('roles')) : undefined,
      leave: read.has('leave') ? readLeave(read.section('leave')) : { sessions: [], owned: [] },
    },
  };
}

function readSsl(read: ConfigReader): SqlConfig['ssl'] {
  const value = read.raw('ssl') ?? false;
  if (typeof value === 'boolean') return value;
  const section = read.section('ssl');
  section.only('ca');
  return { ca: section.text('ca') };
}

function readUsers(read: ConfigReader): UsersTable {
  read.only('table', 'id', 'externalId', 'enabled', 'attributes', 'keys');
  const attributes = readAttributes(read.section('attributes'));
  return {
    table: table(read, 'table'),
    id: column(read, 'id'),
    externalId: read.has('externalId') ? column(read, 'externalId') : undefined,
    enabled: readEnabled(read.section('enabled')),
    attributes,
    keys: readKeys(read, attributes),
  };
}

function readAttributes(read: ConfigReader): Readonly<Record<string, string>> {
  if (read.keys().length === 0) read.fault('*', 'must name at least one attribute and its column');
  return Object.fromEntries(read.keys().map((name) => [name, column(read, name)]));
}

function readKeys(read: ConfigReader, attributes: Readonly<Record<string, string>>): readonly string[] {
  const value = read.raw('keys');
  const keys = Array.isArray(value) ? (value as unknown[]) : [];
  const isKnown = (key: unknown): key is string => typeof key === 'string' && Object.hasOwn(attributes, key);
  if (keys.length === 0 || !keys.every(isKnown)) {
    read.fault('keys', 'must list one or more names of `users.attributes`');
  }
  return keys.filter(isKnown);
}

function readEnabled(read: ConfigReader): EnabledColumn {
  read.only('column', 'on', 'off');
  const [on, off] = [constant(read, 'on', true), constant(read, 'off', false)];
  if (on === off) read.fault('off', 'must differ from `on`');
  return { column: column(read, 'column'), on, off };
}

function readRoles(read: ConfigReader): RolesTable {
  read.only('table', 'id', 'name', 'members');
  const members = read.section('members');
  members.only('table', 'account', 'role');
  return {
    table: table(read, 'table'),
    id: column(read, 'id'),
    name: column(read, 'name'),
    members: {
      table: table(members, 'table'),
      account: column(members, 'account'),
      role: column(members, 'role'),
    },
  };
}

function readLeave(read: ConfigReader): LeaveTables {
  read.only('sessions', 'owned', 'licence');
  const licence = read.has('licence') ? read.section('licence') : undefined;
  licence?.only('column', 'none');
  const none = licence?.raw('none') ?? null;
  return {
    sessions: read.list('sessions').map((entry) => {
      entry.only('table', 'account');
      return { table: table(entry, 'table'), account: column(entry, 'account') };
    }),
    owned: read.list('owned').map((entry) => {
      entry.only('table', 'owner');
      return { table: table(entry, 'table'), owner: column(entry, 'owner') };
    }),
    ...(licence && {
      licence: { column: column(licence, 'column'), none: none === null ? null : constant(licence, 'none', false) },
    }),
  };
}

function constant(read: ConfigReader, key: string, otherwise: boolean): string | number | boolean {
  const value = read.raw(key) ?? otherwise;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  read.fault(key, 'must be a text, a number, true or false');
  return otherwise;
}

function table(read: ConfigReader, key: string): string {
  return read.matching(key, TABLE, 'a table name, with its schema before a dot if needed');
}

function column(read: ConfigReader, key: string): string {
  return read.matching(key, COLUMN, 'a column name');
}
