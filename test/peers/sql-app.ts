import pg from 'pg';

/** The CRM app's database, and how the SQL connector is configured for it. */
export interface Crm {
  /** For whoever looks past the connector. */
  readonly url: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly credentials: { readonly password: string };
}

/** A user of the CRM app as its own screens would show it. */
export interface CrmUser {
  readonly login: string;
  readonly mail: string | null;
  readonly fullName: string | null;
  readonly department: string | null;
  readonly isActive: boolean;
  readonly tenureId: string | null;
  readonly roles: readonly string[];
}

const SCHEMA = `
  CREATE TABLE crm_user (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login varchar(120) NOT NULL UNIQUE,
    mail text,
    full_name text,
    department text,
    is_active boolean NOT NULL DEFAULT true,
    seat text NOT NULL DEFAULT 'full',
    tenure_id text UNIQUE,
    signed_up_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE crm_role (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
  );
  CREATE TABLE crm_user_role (
    user_id integer NOT NULL REFERENCES crm_user,
    role_id integer NOT NULL REFERENCES crm_role,
    PRIMARY KEY (user_id, role_id)
  );
  CREATE TABLE crm_session (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id integer NOT NULL REFERENCES crm_user
  );
  CREATE TABLE crm_deal (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id integer NOT NULL REFERENCES crm_user
  );`;

/** Makes the app's database anew in the server of `ownerUrl` (a superuser), and a login that may do just what is needed. */
export async function createCrm(ownerUrl: string, database: string, password = 'crm-password'): Promise<Crm> {
  const user = `${database}_app`;
  await dropCrm(ownerUrl, database);
  await asOwner(ownerUrl, [
    `CREATE ROLE ${pg.escapeIdentifier(user)} LOGIN PASSWORD ${pg.escapeLiteral(password)}`,
    `CREATE DATABASE ${pg.escapeIdentifier(database)}`,
  ]);
  const url = withDatabase(ownerUrl, database);
  const grantee = pg.escapeIdentifier(user);
  await asOwner(url, [
    SCHEMA,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON crm_user, crm_role, crm_user_role, crm_session, crm_deal TO ${grantee}`,
  ]);
  return { url: url.href, config: crmConfig(url, user), credentials: { password } };
}

/** Removes the app's database and its login, if they are there. */
export async function dropCrm(ownerUrl: string, database: string): Promise<void> {
  await asOwner(ownerUrl, [
    `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(database)} WITH (FORCE)`,
    `DROP ROLE IF EXISTS ${pg.escapeIdentifier(`${database}_app`)}`,
  ]);
}

/** Nobody and no roles. */
export async function emptyCrm(url: string): Promise<void> {
  await asOwner(url, ['TRUNCATE crm_user, crm_role, crm_user_role, crm_session, crm_deal RESTART IDENTITY']);
}

/** Everybody in the app with their roles, by login. */
export async function readCrm(url: string): Promise<readonly CrmUser[]> {
  const text = `
    SELECT u.login, u.mail, u.full_name AS "fullName", u.department, u.is_active AS "isActive", u.tenure_id AS "tenureId",
           coalesce(array_agg(r.name ORDER BY r.name) FILTER (WHERE r.id IS NOT NULL), '{}') AS roles
    FROM crm_user u
    LEFT JOIN crm_user_role m ON m.user_id = u.id
    LEFT JOIN crm_role r ON r.id = m.role_id
    GROUP BY u.id ORDER BY u.login`;
  return connected(url, async (client) => (await client.query<CrmUser>(text)).rows);
}

function crmConfig(url: URL, user: string): Crm['config'] {
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    database: url.pathname.slice(1),
    user,
    users: {
      table: 'crm_user',
      id: 'id',
      externalId: 'tenure_id',
      enabled: { column: 'is_active', on: true, off: false },
      attributes: { userName: 'login', email: 'mail', displayName: 'full_name', department: 'department' },
      keys: ['userName'],
    },
    roles: {
      table: 'crm_role',
      id: 'id',
      name: 'name',
      members: { table: 'crm_user_role', account: 'user_id', role: 'role_id' },
    },
    leave: {
      sessions: [{ table: 'crm_session', account: 'user_id' }],
      owned: [{ table: 'crm_deal', owner: 'owner_id' }],
      licence: { column: 'seat', none: 'none' },
    },
  };
}

function withDatabase(url: string, database: string): URL {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed;
}

/** Runs a statement in the app's database, as its own screens would. */
export const inCrm = <Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> =>
  connected(url, async (client) => (await client.query<Row>(text)).rows);

async function asOwner(url: string | URL, statements: readonly string[]): Promise<void> {
  await connected(String(url), async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

async function connected<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
