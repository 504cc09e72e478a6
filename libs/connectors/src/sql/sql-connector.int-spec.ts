import { sameButForCase } from '../compare-values.js';
import { AddressGuard } from '@tenure/platform';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { PostgresProxy } from '../../../../test/peers/postgres-proxy.js';
import type { ProxyFault } from '../../../../test/peers/postgres-proxy.js';
import { createCrm, dropCrm, emptyCrm, readCrm } from '../../../../test/peers/sql-app.js';
import type { Crm } from '../../../../test/peers/sql-app.js';
import type { Attributes, Connector } from '../spi.js';
import { describeConnectorContract, recordedCall } from '../test-kit/index.js';
import type { ConnectorHarness, Fault } from '../test-kit/index.js';
import { sqlKind } from './sql-kind.js';

const OWNER_URL = process.env.TEST_DATABASE_OWNER_URL ?? '';
const DATABASE = `crm_${process.pid}_${Date.now().toString(36)}`;
const LOCAL = new AddressGuard(['127.0.0.0/8', '::1/128']);
const ATTRIBUTES = ['userName', 'email', 'displayName', 'department'];

/** The SQL connector against the database of a CRM app, over a wire that can be cut. */
class SqlHarness implements ConnectorHarness {
  readonly attributes = { key: 'userName', optional: 'department', nested: 'email' };
  readonly secrets = ['crm-password', 'another-password'];
  readonly entitlementKind = 'role';
  readonly faults: readonly Fault[] = ['drop_before_work', 'drop_after_work', 'hang_before_work', 'hang_after_work'];
  private crm!: Crm;
  private proxy!: PostgresProxy;
  private port!: number;

  person(number: number): Attributes {
    return {
      userName: `person${number}`,
      email: `mail${number}@example.com`,
      displayName: `Person Number ${number}`,
      department: `Department ${number}`,
    };
  }

  async start(): Promise<void> {
    this.crm = await createCrm(OWNER_URL, DATABASE);
    this.proxy = new PostgresProxy(String(this.crm.config.host), Number(this.crm.config.port));
    this.port = await this.proxy.start();
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await dropCrm(OWNER_URL, DATABASE);
  }

  async reset(): Promise<void> {
    this.proxy.clear();
    await emptyCrm(this.crm.url);
  }

  open(variant?: 'wrong_credentials' | 'unreachable' | 'address_refused'): Connector {
    const isWrong = variant === 'wrong_credentials';
    const port = variant === 'unreachable' ? 1 : this.port;
    const config = { ...this.crm.config, host: '127.0.0.1', port, ...(isWrong ? { user: 'nobody_known' } : {}) };
    const credentials = isWrong ? { password: 'another-password' } : this.crm.credentials;
    const guard = variant === 'address_refused' ? new AddressGuard() : LOCAL;
    return sqlKind(guard).open({ config, credentials, attributes: ATTRIBUTES });
  }

  inject(fault: Fault): Promise<void> {
    this.proxy.inject(fault as ProxyFault);
    return Promise.resolve();
  }

  async countAccounts(key: string): Promise<number> {
    return (await readCrm(this.crm.url)).filter(({ login }) => login === key).length;
  }

  async plant(person: Attributes): Promise<void> {
    const text = 'INSERT INTO crm_user (login, mail, full_name, department) VALUES ($1, $2, $3, $4)';
    await withClient(this.crm.url, (client) =>
      client.query(
        text,
        ATTRIBUTES.map((name) => person[name]),
      ),
    );
  }
}

describeConnectorContract('SQL', new SqlHarness());

describe('SQL connector, at PostgreSQL’s own faults', () => {
  const database = `${DATABASE}_faults`;
  const account = { externalId: 'account-1', enabled: true, attributes: { userName: 'ada' } };
  let crm: Crm;
  let connector: Connector;

  beforeAll(async () => {
    crm = await createCrm(OWNER_URL, database);
    const config = { ...crm.config, statementTimeoutMs: 300 };
    connector = sqlKind(LOCAL).open({ config, credentials: crm.credentials, attributes: ATTRIBUTES });
  });
  afterAll(async () => {
    await connector.close();
    await dropCrm(OWNER_URL, database);
  });
  beforeEach(() => emptyCrm(crm.url));

  it('a statement that waits for a lock for too long is rolled back, and retryable', async () => {
    await whileLocked(async () => {
      await expect(connector.create(recordedCall(), account)).rejects.toMatchObject({
        errorClass: 'retryable',
        detail: { vendorCode: '57014' },
      });
    });
    expect(await readCrm(crm.url)).toEqual([]);
  });

  it('a server process that ends under a write leaves the outcome unknown, and under a read does not', async () => {
    const patient = sqlKind(LOCAL).open({ config: crm.config, credentials: crm.credentials, attributes: ATTRIBUTES });
    await whileLocked(async (client) => {
      for (const [work, errorClass] of [
        [() => patient.create(recordedCall(), account), 'outcome_unknown'],
        [() => patient.list(recordedCall()), 'retryable'],
      ] as const) {
        const failed = expect(work()).rejects.toMatchObject({ errorClass });
        await terminateWaiting(client);
        await failed;
      }
    });
    await patient.close();
    expect(await readCrm(crm.url)).toEqual([]);
  });

  it('a missing right is forbidden', async () => {
    await withClient(crm.url, (client) => client.query(`REVOKE INSERT ON crm_user FROM "${database}_app"`));
    const failed = connector.create(recordedCall(), account);
    await expect(failed).rejects.toMatchObject({ errorClass: 'forbidden', detail: { vendorCode: '42501' } });
    await withClient(crm.url, (client) => client.query(`GRANT INSERT ON crm_user TO "${database}_app"`));
  });

  it('a value that the column cannot hold is invalid', async () => {
    const attributes = { userName: 'x'.repeat(200) };
    const failed = connector.create(recordedCall(), { ...account, attributes });
    await expect(failed).rejects.toMatchObject({ errorClass: 'invalid', detail: { vendorCode: '22001' } });
  });

  it('a member whose account is gone is not found', async () => {
    const role = await connector.createEntitlement(recordedCall(), { kind: 'role', name: 'Sales' });
    const failed = connector.changeMembers(recordedCall(), role, { add: ['4711'], remove: [] });
    await expect(failed).rejects.toMatchObject({ errorClass: 'not_found' });
  });

  /** A trigger of the table in the way of an event, until `dropTriggers`. */
  const trigger = (table: string, event: string, body: string): Promise<unknown> =>
    withClient(crm.url, async (client) => {
      await client.query(`CREATE OR REPLACE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN ${body} END'`);
      await client.query(`CREATE TRIGGER keep BEFORE ${event} ON ${table} FOR EACH ROW EXECUTE FUNCTION keep()`);
    });
  const dropTriggers = (): Promise<void> =>
    withClient(crm.url, async (client) => {
      for (const table of ['crm_user', 'crm_session', 'crm_deal'])
        await client.query(`DROP TRIGGER IF EXISTS keep ON ${table}`);
    });

  describe('that a trigger keeps from a statement', () => {
    const keep = (event: string): Promise<unknown> => trigger('crm_user', event, 'RETURN NULL;');
    afterEach(dropTriggers);

    it('C1: an insertion that answers without its row is looked for, and not taken for done', async () => {
      await keep('INSERT');
      await expect(connector.create(recordedCall(), account)).rejects.toMatchObject({ errorClass: 'outcome_unknown' });
    });

    it.each([
      ['UPDATE', (id: string) => connector.update(recordedCall(), id, { enabled: false })],
      ['DELETE', (id: string) => connector.delete(recordedCall(), id)],
    ] as const)('an %s that meets no row is refused as long as the row is there', async (event, act) => {
      const { id } = await connector.create(recordedCall(), account);
      await keep(event);
      await expect(act(id)).rejects.toMatchObject({ errorClass: 'forbidden' });
      expect(await connector.get(recordedCall(), id)).toMatchObject({ enabled: true });
    });
  });

  describe('that a row-level policy keeps from a statement', () => {
    const POLICIES = [
      'reads ON crm_user FOR SELECT USING (is_active)',
      'changes ON crm_user FOR UPDATE USING (true)',
      'makes ON crm_user FOR INSERT WITH CHECK (true)',
      'deletes ON crm_user FOR DELETE USING (false)',
    ];
    beforeEach(() =>
      withClient(crm.url, async (client) => {
        await client.query('ALTER TABLE crm_user ENABLE ROW LEVEL SECURITY');
        for (const policy of POLICIES) await client.query(`CREATE POLICY ${policy}`);
      }),
    );
    afterEach(() =>
      withClient(crm.url, async (client) => {
        await client.query('ALTER TABLE crm_user DISABLE ROW LEVEL SECURITY');
        for (const policy of POLICIES) await client.query(`DROP POLICY ${policy.replace(/ FOR .*/, '')}`);
      }),
    );
    const isActive = async (): Promise<boolean[]> => (await readCrm(crm.url)).map((one) => one.isActive);

    it('C31: a disabling or a deletion is refused, and the row stays as it is', async () => {
      const { id } = await connector.create(recordedCall(), account);
      const disabled = connector.update(recordedCall(), id, { enabled: false });
      await expect(disabled).rejects.toMatchObject({ errorClass: 'forbidden', detail: { vendorCode: '42501' } });
      await expect(connector.delete(recordedCall(), id)).rejects.toMatchObject({ errorClass: 'forbidden' });
      expect(await isActive()).toEqual([true]);
    });

    it('C31: somebody whom it hides is not made a second time', async () => {
      await withClient(crm.url, (client) =>
        client.query("INSERT INTO crm_user (login, is_active) VALUES ('ada', false)"),
      );
      expect(await connector.find(recordedCall(), { attributes: { userName: 'ada' } })).toEqual([]);
      await expect(connector.create(recordedCall(), account)).rejects.toMatchObject({ errorClass: 'conflict' });
      expect(await isActive()).toEqual([false]);
    });
  });

  describe('what a leaver leaves behind', () => {
    let id: string;
    let other: string;
    beforeEach(async () => {
      ({ id } = await connector.create(recordedCall(), account));
      const boss = { externalId: 'account-2', enabled: true, attributes: { userName: 'boss' } };
      ({ id: other } = await connector.create(recordedCall(), boss));
      await withClient(crm.url, async (client) => {
        await client.query('INSERT INTO crm_session (user_id) VALUES ($1), ($1)', [id]);
        await client.query('INSERT INTO crm_deal (owner_id) VALUES ($1)', [id]);
        await client.query("UPDATE crm_user SET seat = 'full' WHERE id = $1", [id]);
      });
    });
    const counted = (table: string, column: string): Promise<number> =>
      withClient(crm.url, async (client) => {
        const { rowCount } = await client.query(`SELECT FROM ${table} WHERE ${column} = $1`, [id]);
        return rowCount ?? 0;
      });
    afterEach(dropTriggers);

    it('is ended, handed over and freed', async () => {
      await connector.endSessions?.(recordedCall(), id);
      await connector.transferOwnership?.(recordedCall(), id, other);
      await connector.reclaimLicence?.(recordedCall(), id);
      expect([await counted('crm_session', 'user_id'), await counted('crm_deal', 'owner_id')]).toEqual([0, 0]);
    });

    it.each<[string, string, string, string, () => Promise<void> | undefined]>([
      ['sessions', 'crm_session', 'DELETE', 'RETURN NULL;', () => connector.endSessions?.(recordedCall(), id)],
      ['deals', 'crm_deal', 'UPDATE', 'RETURN NULL;', () => connector.transferOwnership?.(recordedCall(), id, other)],
      ['a licence', 'crm_user', 'UPDATE', 'RETURN NULL;', () => connector.reclaimLicence?.(recordedCall(), id)],
      ['a licence', 'crm_user', 'UPDATE', 'RETURN OLD;', () => connector.reclaimLicence?.(recordedCall(), id)],
    ])('C1: %s that a trigger of %s keeps at %s (%s) are not done', async (_, table, event, body, act) => {
      await trigger(table, event, body);
      await expect(act()).rejects.toMatchObject({ errorClass: 'forbidden' });
    });

    it('C1: deals of which a trigger keeps some are tried again', async () => {
      await withClient(crm.url, (client) => client.query('INSERT INTO crm_deal (owner_id) VALUES ($1)', [id]));
      await trigger('crm_deal', 'UPDATE', 'IF NEW.id % 2 = 0 THEN RETURN NULL; END IF; RETURN NEW;');
      const act = connector.transferOwnership?.(recordedCall(), id, other);
      await expect(act).rejects.toMatchObject({ errorClass: 'retryable' });
      expect(await counted('crm_deal', 'owner_id')).toBe(1);
    });
  });

  it('C15: a uuid, a time and a text without case read back as written', async () => {
    await withClient(crm.url, (client) =>
      client.query(`CREATE TABLE IF NOT EXISTS exact (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), login text UNIQUE,
        is_on boolean DEFAULT true, since timestamptz, badge uuid); GRANT ALL ON exact TO "${database}_app"`),
    );
    const users = {
      ...{ table: 'exact', id: 'id', enabled: { column: 'is_on', on: 'true', off: 'false' }, keys: ['login'] },
      attributes: { login: 'login', since: 'since', badge: 'badge' },
    };
    const config = { ...crm.config, users, roles: undefined, leave: undefined };
    const exact = sqlKind(LOCAL).open({
      config,
      credentials: crm.credentials,
      attributes: ['login', 'since', 'badge'],
    });
    const badge = '0F8FAD5B-D9CB-469F-A165-70867728950E';
    const attributes = { login: 'ada', since: '2026-01-02T03:04:05Z', badge };
    const made = await exact.create(recordedCall(), { externalId: 'a', enabled: true, attributes });
    expect(made).toMatchObject({ enabled: true, attributes: { login: 'ada', badge: badge.toLowerCase() } });
    expect(await exact.get(recordedCall(), 'no uuid')).toBeNull();
    expect(await exact.get(recordedCall(), made.id)).toEqual(made);
    for (const [name, wanted] of Object.entries(attributes))
      expect([name, sameButForCase(wanted, made.attributes[name])]).toEqual([name, true]);
    await exact.close();
  });

  it('C15: a citext column finds and keeps everybody in any spelling', async () => {
    await withClient(crm.url, (client) =>
      client.query(`CREATE EXTENSION IF NOT EXISTS citext; CREATE TABLE IF NOT EXISTS caseless (id serial PRIMARY KEY,
        login citext UNIQUE, is_on boolean DEFAULT true);
        GRANT ALL ON caseless, caseless_id_seq TO "${database}_app"`),
    );
    const users = {
      ...{ table: 'caseless', id: 'id', enabled: { column: 'is_on', on: 'true', off: 'false' }, keys: ['login'] },
      attributes: { login: 'login' },
    };
    const config = { ...crm.config, users, roles: undefined, leave: undefined };
    const caseless = sqlKind(LOCAL).open({ config, credentials: crm.credentials, attributes: ['login'] });
    const spelled = (login: string) => ({ externalId: 'a', enabled: true, attributes: { login } });
    const { id } = await caseless.create(recordedCall(), spelled('Ada@Example.com'));
    for (const login of ['ada@example.com', 'Ada@Example.com', 'ADA@EXAMPLE.COM']) {
      const found = await caseless.find(recordedCall(), { attributes: { login } });
      expect([login, found.map((one) => one.id)]).toEqual([login, [id]]);
    }
    await expect(caseless.create(recordedCall(), spelled('ada@example.com'))).rejects.toMatchObject({
      errorClass: 'conflict',
    });
    const written = await caseless.update(recordedCall(), id, { attributes: { login: 'ada@example.com' } });
    expect(written?.attributes).toEqual({ login: 'ada@example.com' });
    await caseless.close();
  });

  it('C1, C15: values and switches of other types read as what they are', async () => {
    await withClient(crm.url, (client) =>
      client.query(`CREATE TABLE IF NOT EXISTS typed (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, login char(20) UNIQUE,
        is_on char(4) DEFAULT 'Y', level numeric(6,2), big bigint); GRANT ALL ON typed TO "${database}_app"`),
    );
    const users = {
      ...{ table: 'typed', id: 'id', enabled: { column: 'is_on', on: 'Y', off: 'N' }, keys: ['login'] },
      attributes: { login: 'login', level: 'level', big: 'big' },
    };
    const config = { ...crm.config, users, roles: undefined, leave: undefined };
    const typed = sqlKind(LOCAL).open({ config, credentials: crm.credentials, attributes: ['login', 'level', 'big'] });
    const attributes = { login: 'Ada', level: '12.50', big: '101' };
    const made = await typed.create(recordedCall(), { externalId: 'a', enabled: true, attributes });
    expect(made).toMatchObject({ enabled: true, attributes: { login: 'Ada', level: 12.5, big: 101 } });
    expect(await typed.update(recordedCall(), made.id, { enabled: false })).toMatchObject({ enabled: false });
    await withClient(crm.url, (client) => client.query(`UPDATE typed SET is_on = 'V'`));
    expect(await typed.get(recordedCall(), made.id)).toMatchObject({ enabled: 'unknown' });
    expect(await typed.find(recordedCall(), { attributes: { login: 'ADA' } })).toMatchObject([{ id: made.id }]);
    await typed.close();
  });

  async function whileLocked(work: (client: pg.Client) => Promise<void>): Promise<void> {
    await withClient(crm.url, async (client) => {
      await client.query('BEGIN');
      await client.query('LOCK TABLE crm_user IN ACCESS EXCLUSIVE MODE');
      await work(client);
      await client.query('ROLLBACK');
    });
  }

  // Asks until the statement is there and waiting.
  async function terminateWaiting(client: pg.Client): Promise<void> {
    const text = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = $1 AND wait_event_type = 'Lock'`;
    while ((await client.query(text, [database])).rowCount === 0) await client.query('SELECT pg_stat_clear_snapshot()');
  }
});

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
