import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { lookNow, newId, type Tx } from '@tenure/platform';
import { Identity } from '@tenure/identity';
import { Account, Application, WorkHints, type Work } from '@tenure/applications';
import { startTestPlatform, type TestPlatform } from '../../../../test/support/platform.js';
import { behindWorkTimer } from './behind-work.js';

const MANY = 30_000;

describe('the timer of what is behind', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startTestPlatform();
  });
  afterAll(() => platform.close());
  beforeEach(() => platform.sql.query('TRUNCATE accounts, applications, identities, tenants CASCADE'));

  /** A tenant's application with one account that is behind. */
  async function behind(application: object = {}, account: object = {}): Promise<{ tenantId: string; id: string }> {
    const [{ tenantId }, id, identityId] = [await platform.tenant(), newId(), newId()];
    await platform.database.transaction(tenantId, async (tx: Tx) => {
      await tx.repository(Application).insert({
        ...{ tenantId, id, name: 'App', connector: 'scim', mode: 'enforce', config: {}, mapping: {} },
        ...{ sealedCredentials: Buffer.of(), ...application },
      });
      await tx.repository(Identity).insert({ tenantId, id: identityId, state: 'active', attributes: {}, lineage: {} });
      const row = { tenantId, id: newId(), applicationId: id, identityId, shard: 1, desiredAt: new Date() };
      await tx.repository(Account).insert({ ...row, desired: { enabled: true, attributes: {} }, ...account });
    });
    return { tenantId, id };
  }

  /** What one look announces, as `application/shard/lane`. */
  async function announced(): Promise<string[]> {
    const works: Work[] = [];
    const hints = { now: (work: Work) => Promise.resolve(void works.push(work)) } as unknown as WorkHints;
    await lookNow(platform.database, behindWorkTimer(hints, 100));
    await platform.database.asSystem(() => Promise.resolve());
    return works.map(
      ({ applicationId, shard, urgent }) => `${applicationId}/${shard}/${urgent ? 'urgent' : 'ordinary'}`,
    );
  }

  it('hides nobody behind a tenant with very much', async () => {
    const big = await behind();
    await platform.sql.query(
      `INSERT INTO identities (tenant_id, id, state, attributes, lineage)
       SELECT $1, gen_random_uuid(), 'active', '{}', '{}' FROM generate_series(1, $2::int)`,
      [big.tenantId, MANY],
    );
    await platform.sql.query('ANALYZE identities');
    await platform.sql.query(
      `INSERT INTO accounts (tenant_id, id, application_id, identity_id, shard, desired, desired_at)
       SELECT $1, gen_random_uuid(), $2, id, 0, '{}', now() FROM identities WHERE tenant_id = $1 ON CONFLICT DO NOTHING`,
      [big.tenantId, big.id],
    );
    await platform.sql.query('ANALYZE accounts');
    const small = await behind({}, { priority: 0, dueAt: new Date() });
    expect((await announced()).sort()).toEqual(
      [`${big.id}/0/ordinary`, `${big.id}/1/ordinary`, `${small.id}/1/urgent`].sort(),
    );
  });

  it('takes of each tenant the same number first', async () => {
    const { tenantId, id } = await behind();
    await platform.sql.query(
      `INSERT INTO applications (tenant_id, id, name, connector, mode, config, mapping, sealed_credentials)
       SELECT $1, gen_random_uuid(), 'App ' || i, 'scim', 'enforce', '{}', '{}', '' FROM generate_series(1, 200) AS i`,
      [tenantId],
    );
    await platform.sql.query(
      `INSERT INTO accounts (tenant_id, id, application_id, identity_id, shard, desired, desired_at)
       SELECT a.tenant_id, gen_random_uuid(), a.id, i.id, 2, '{}', now() FROM applications a JOIN identities i USING (tenant_id) WHERE a.id <> $1`,
      [id],
    );
    const small = await behind();
    const works = await announced();
    expect(works).toHaveLength(65);
    expect(works.slice(0, 2)).toContain(`${small.id}/1/ordinary`);
  });

  const ahead = new Date(Date.now() + 60_000);
  it.each<[string, object, object]>([
    ['is paused', { pause: { at: '', by: '', reason: '', until: null } }, {}],
    ['is paused for a time', { pause: { at: '', by: '', reason: '', until: ahead.toISOString() } }, {}],
    ['asked to wait', { pausedUntil: ahead }, {}],
    ['is failing', { quarantinedUntil: ahead, quarantineTries: 1 }, {}],
    ['is in maintenance', { maintenance: [{ from: '2026-01-01T00:00:00Z', until: ahead.toISOString() }] }, {}],
    ['has work that is due later', {}, { dueAt: ahead }],
    ['has work that somebody does', {}, { leaseUntil: ahead }],
    ['has a protected account', {}, { protectedReason: 'root' }],
  ])('does not announce in vain an application that %s', async (_, application, account) => {
    await behind(application, account);
    expect(await announced()).toEqual([]);
  });

  it.each<[string, object]>([
    ['a pause', { pause: { at: '', by: '', reason: '', until: '2026-01-01T00:00:00Z' } }],
    ['a quarantine', { quarantinedUntil: new Date(0), quarantineTries: 1 }],
    ['a maintenance', { maintenance: [{ from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' }] }],
  ])('announces it again when %s has ended', async (_, application) => {
    const { id } = await behind(application);
    expect(await announced()).toEqual([`${id}/1/ordinary`]);
  });
});
