import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { declaredErasures, newId } from '@tenure/platform';
import { People } from '../../libs/identity/src/statement/people.fixture.js';
import type { Source } from '@tenure/identity';

const TEXTS = ['ada@example.com', 'ada lovelace', '"e-4711"', 'countess'];
const ADA = {
  employeeNumber: 'E-4711',
  email: 'Ada@Example.com',
  givenName: 'Ada',
  familyName: 'Lovelace',
  title: 'Countess',
};

describe('a person who is erased', () => {
  let people: People;
  let hr: Source;

  beforeAll(async () => {
    people = await People.start();
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    await people.begin('2026-03-02T12:00:00Z');
    hr = await people.source('hrms');
    await people.inTenant((tx) => people.rules.change(tx, { actor: 'spec', door: 'admin' }, { purgeAfterDays: 30 }));
  });

  const tablesOfTenants = async (): Promise<string[]> => {
    const rows = await people.inTenant((tx) =>
      tx.query<{ name: string }>(
        `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
         WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
      ),
    );
    return rows.map(({ name }) => name);
  };

  /** Where anything of the person still stands. */
  async function traces(): Promise<string[]> {
    const found: string[] = [];
    for (const table of await tablesOfTenants()) {
      const [row] = await people.inTenant((tx) =>
        tx.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM ${table} t WHERE tenant_id = $1
             AND EXISTS (SELECT FROM unnest($2::text[]) AS w (word) WHERE strpos(lower(to_jsonb(t)::text), w.word) > 0)`,
          [people.tenantId, TEXTS],
        ),
      );
      if ((row?.n ?? 0) > 0) found.push(`${table}: ${row?.n ?? 0}`);
    }
    return found;
  }

  /** What doors and connectors keep of the person beside the records. */
  const leaveTraces = (identityId: string): Promise<void> =>
    people.inTenant(async (tx) => {
      const [app, account, file] = [newId(), newId(), newId()];
      const raw = JSON.stringify({ employee: { ...ADA } });
      const attributes = JSON.stringify({
        enabled: false,
        attributes: { title: 'Countess', userName: 'ada@example.com' },
      });
      const of = [tx.tenantId, newId()];
      await tx.query(
        `INSERT INTO inbound_events (tenant_id, id, source_id, message_id, signed_at, type, payload) VALUES ($1, $2, $3, 'm', now(), 'employee.created', $4)`,
        [...of, hr.id, raw],
      );
      await tx.query(
        `INSERT INTO imports (tenant_id, id, source_id, preview, actor, total) VALUES ($1, $2, $3, false, 'spec', 1)`,
        [tx.tenantId, file, hr.id],
      );
      await tx.query(
        `INSERT INTO import_rows (tenant_id, import_id, row, place, key, person) VALUES ($1, $2, 1, 1, 'E-4711', $3)`,
        [tx.tenantId, file, JSON.stringify(ADA)],
      );
      await tx.query(
        `INSERT INTO idempotent_answers (tenant_id, principal, key, request_digest, status, body) VALUES ($1, 'p', 'k', '\\x00', 201, $2)`,
        [tx.tenantId, JSON.stringify(ADA)],
      );
      await tx.query(
        `INSERT INTO applications (tenant_id, id, name, connector, mode, config, mapping, sealed_credentials) VALUES ($1, $2, 'App', 'scim', 'enforce', '{}', '{}', '\\x00')`,
        [tx.tenantId, app],
      );
      await tx.query(
        `INSERT INTO accounts (tenant_id, id, application_id, identity_id, shard, desired, desired_at, applied, observed) VALUES ($1, $2, $3, $4, 0, $5, now(), $5, $5)`,
        [tx.tenantId, account, app, identityId, attributes],
      );
      await tx.query(
        `INSERT INTO reservations (tenant_id, application_id, target, key, account_id) VALUES ($1, $2, 'userName', 'ada@example.com', $3)`,
        [tx.tenantId, app, account],
      );
      await tx.query(
        `INSERT INTO unknown_accounts (tenant_id, id, application_id, remote_id, observed, state, first_seen_at, seen_at, scan_id) VALUES ($1, $2, $3, 'r1', $4, 'unmatched', now(), now(), $2)`,
        [...of, app, attributes],
      );
      await tx.query(
        `INSERT INTO drift_findings (tenant_id, id, application_id, account_id, identity_id, kind, desired, cause, state, found_at, seen_at) VALUES ($1, $2, $3, $4, $5, 'attribute', '"Countess"', 'x', 'open', now(), now())`,
        [...of, app, account, identityId],
      );
      await tx.query(
        `INSERT INTO operations (tenant_id, id, at, application_id, account_id, identity_id, kind, outcome, attempt, exchanges, ms) VALUES ($1, $2, now(), $3, $4, $5, 'create', 'succeeded', 1, $6, 1)`,
        [...of, app, account, identityId, JSON.stringify([{ body: raw }])],
      );
    });

  it('E7, D3: leaves nothing in any table', async () => {
    const { identityId } = await people.say(hr, 'E-4711', ADA);
    await leaveTraces(identityId ?? '');
    await people.say(hr, 'E-4711', { status: 'terminated', endDate: '2026-03-01' });
    expect((await traces()).length).toBeGreaterThan(9);
    await people.moveTo('2026-04-02T12:00:00Z');
    await people.inTenant((tx) => people.identities.settle(tx, { actor: 'spec', door: 'admin' }, identityId ?? ''));
    expect(await people.identity(identityId)).toMatchObject({ state: 'purged', attributes: {} });
    expect(await traces()).toEqual([]);
  });

  it('E7: is not made anew by a file that still lists the end, and is by an employment that goes on', async () => {
    await people.say(hr, 'E-4711', { ...ADA, status: 'terminated', endDate: '2026-01-01' });
    await people.moveTo('2026-03-03T12:00:01Z');
    const listed = people.say(hr, 'E-4711', { ...ADA, status: 'terminated', endDate: '2026-01-01' });
    await expect(listed).rejects.toMatchObject({ code: 'person_erased' });
    expect(await people.everybody()).toMatchObject([{ state: 'purged' }]);
    expect(await traces()).toEqual([]);
    await people.say(hr, 'E-4711', { ...ADA, status: 'active' });
    expect((await people.everybody()).map(({ state }) => state).sort()).toEqual(['active', 'purged']);
  });

  it('is erased in every table: each is in the registry of its lib', async () => {
    const known = new Set(declaredErasures().map(({ table }) => table));
    expect((await tablesOfTenants()).filter((table) => !known.has(table))).toEqual([]);
    expect(declaredErasures().filter(({ erase, because }) => erase === null && because === undefined)).toEqual([]);
  });
});
