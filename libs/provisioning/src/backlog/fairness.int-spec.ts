import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLog, forEachTenant, lookNow, newId, type Tx } from '@tenure/platform';
import { behindIdentitiesTimer } from '@tenure/access';
import { Account, Application, WorkHints, type Mode, type Work } from '@tenure/applications';
import type { LifecycleEvents } from '@tenure/journal';
import { startTestPlatform, type TestPlatform } from '../../../../test/support/platform.js';
import { leaseAccounts, writeOutcomes } from './account-leases.js';
import { behindWorkTimer } from './behind-work.js';
import { decideOutcome } from '../reconcile/decide-outcome.js';
import { leaseEntitlement } from './entitlement-leases.js';
import { leaveClock } from '../offboarding/leave-clock.js';

const MANY = 6_000;

describe('the backlog of one tenant', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startTestPlatform();
  });
  afterAll(() => platform.close());
  beforeEach(() => platform.sql.query('TRUNCATE accounts, applications, identities, tenants CASCADE'));

  interface Made {
    readonly tenantId: string;
    readonly applicationId: string;
  }

  /** A tenant's application with so many applied accounts, disabled as a leaver's are. */
  async function withAccounts(many: number, mode: Mode = 'enforce', more: Partial<Application> = {}): Promise<Made> {
    const [{ tenantId }, applicationId] = [await platform.tenant(), newId()];
    await platform.database.transaction(tenantId, async (tx: Tx) => {
      await tx.repository(Application).insert({
        ...{ tenantId, id: applicationId, name: 'App', connector: 'scim', mode, config: {}, mapping: {} },
        ...{ sealedCredentials: Buffer.of(), ...more },
      });
    });
    await platform.sql.query(
      `INSERT INTO identities (tenant_id, id, state, attributes, lineage, access_version)
       SELECT $1, gen_random_uuid(), 'terminated', '{}', '{}', 1 FROM generate_series(1, $2::int)`,
      [tenantId, many],
    );
    // Looked at in the middle of a statement that fills it, a table counts as empty, and each key is then looked up by reading all.
    await platform.sql.query('ANALYZE identities');
    await platform.sql.query(
      `INSERT INTO accounts (tenant_id, id, application_id, identity_id, shard, desired, desired_at, applied_version, state, remote_id)
       SELECT $1, id, $2, id, 0, '{"enabled": false, "attributes": {}}', now(), 1, 'disabled', id::text FROM identities WHERE tenant_id = $1`,
      [tenantId, applicationId],
    );
    await platform.sql.query('ANALYZE accounts');
    return { tenantId, applicationId };
  }

  const dueSteps = ({ tenantId, applicationId }: Made, kind = 'delete'): Promise<unknown> =>
    platform.sql.query(
      `INSERT INTO leave_steps (tenant_id, id, account_id, application_id, episode, kind, position, reason, due_at)
       SELECT $1, gen_random_uuid(), id, $2, gen_random_uuid(), $3, 1, 'left', now() - interval '1 hour' FROM accounts WHERE tenant_id = $1`,
      [tenantId, applicationId, kind],
    );

  /** One look of a timer; the applications that it announces. */
  async function announced(timerOf: (hints: WorkHints) => Parameters<typeof lookNow>[1]): Promise<string[]> {
    const works: Work[] = [];
    const hints = { now: (work: Work) => Promise.resolve(void works.push(work)) } as unknown as WorkHints;
    await lookNow(platform.database, timerOf(hints));
    await platform.database.asSystem(() => Promise.resolve());
    return [...new Set(works.map(({ applicationId }) => applicationId))];
  }
  const leaveLook = () => announced((hints) => leaveClock(hints, platform.clock, 1_000));
  const workLook = () => announced((hints) => behindWorkTimer(hints, 100));

  it.each<Mode>(['add_only', 'observe'])(
    'E6a: of steps that the mode %s does not carry out hides no deletion of another',
    async (mode) => {
      await dueSteps(await withAccounts(MANY, mode));
      const other = await withAccounts(1);
      await dueSteps(other);
      expect(await leaveLook()).toEqual([other.applicationId]);
      // Once announced, nothing is announced again: the accounts are owed to their steps.
      expect(await leaveLook()).toEqual([]);
    },
  );

  it('E6a: of accounts that are owed to their steps and cannot get on hides no deletion of another, nor of its own', async () => {
    const many = await withAccounts(MANY);
    await dueSteps(many);
    await platform.sql.query(
      "UPDATE accounts SET owed = true, state = 'failed', runnable = false WHERE tenant_id = $1 AND id <> (SELECT max(id::text)::uuid FROM accounts WHERE tenant_id = $1)",
      [many.tenantId],
    );
    const other = await withAccounts(1);
    await dueSteps(other);
    expect((await leaveLook()).sort()).toEqual([many.applicationId, other.applicationId].sort());
  });

  it.each<[string, Mode, string]>([
    ['removals that the mode forbids', 'add_only', 'false'],
    ['additions whose accounts are not there', 'enforce', 'true'],
  ])('E6b: of %s hides no membership of another', async (_, mode, wanted) => {
    const many = await withAccounts(MANY * 4, mode);
    if (wanted === 'true')
      await platform.sql.query('UPDATE accounts SET remote_id = NULL WHERE tenant_id = $1', [many.tenantId]);
    const other = await withAccounts(1);
    for (const [{ tenantId, applicationId }, asked] of [
      [many, wanted],
      [other, 'false'],
    ] as const) {
      await platform.sql.query(
        `INSERT INTO entitlements (tenant_id, id, application_id, kind, name, shard) VALUES ($1, $2, $2, 'group', 'Sales', 0)`,
        [tenantId, applicationId],
      );
      await platform.sql.query(
        `INSERT INTO entitlement_members (tenant_id, entitlement_id, account_id, application_id, wanted, held, priority, changed_at)
         SELECT $1, $2, id, $2, $3::boolean, NOT $3::boolean, 0, now() FROM accounts WHERE tenant_id = $1`,
        [tenantId, applicationId, asked],
      );
    }
    await platform.sql.query('ANALYZE entitlement_members');
    expect(await workLook()).toEqual([other.applicationId]);
  });

  describe('of people whose access cannot be computed', () => {
    const hintsOf = async (): Promise<string[]> => {
      const told: string[] = [];
      const again = (tenantId: string) => Promise.resolve(void told.push(tenantId));
      await lookNow(
        platform.database,
        behindIdentitiesTimer({ again } as unknown as LifecycleEvents, platform.clock, 500),
      );
      await platform.database.asSystem(() => Promise.resolve());
      return told;
    };
    const behind = ({ tenantId }: Made, retryAt: Date | null): Promise<unknown> =>
      platform.sql.query(
        "UPDATE identities SET version = 2, behind_since = now() - interval '1 hour', access_retry_at = $2 WHERE tenant_id = $1",
        [tenantId, retryAt],
      );

    it('E6c: hides no lost hint of another, and is left out until it is tried again', async () => {
      const now = platform.clock.now().getTime();
      const many = await withAccounts(MANY);
      await behind(many, null);
      const other = await withAccounts(1);
      await behind(other, null);
      expect((await hintsOf()).sort()).toEqual([many.tenantId, other.tenantId].sort());
      await behind(many, new Date(now + 60_000));
      expect(await hintsOf()).toEqual([other.tenantId]);
      await behind(many, new Date(now - 1_000));
      expect((await hintsOf()).sort()).toEqual([many.tenantId, other.tenantId].sort());
    });
  });

  it('E6d: that fails ends nobody else’s look', async () => {
    const done: string[] = [];
    const rows = ['a', 'b', 'c'].map((tenant_id) => ({ tenant_id }));
    await forEachTenant(createLog('spec', 'silent'), 'spec', rows, (tenantId) => {
      if (tenantId === 'a') throw new Error('of its own');
      done.push(tenantId);
      return tenantId === 'b' ? Promise.reject(new Error('later')) : Promise.resolve();
    });
    expect(done).toEqual(['b', 'c']);
  });

  describe('E9: concurrency', () => {
    /** Leases of both lanes at once, by several workers, as long as any is given; how many are under way in the end. */
    async function leaseAll({ tenantId, applicationId }: Made, limit: number, allShards: boolean): Promise<number> {
      const lanes = [0, 1, 2, 3].flatMap((shard) => [true, false].map((urgent) => ({ shard, urgent })));
      const take = (shard: number, urgent: boolean) =>
        platform.database.transaction(tenantId, async (tx) => {
          await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
            allShards ? applicationId : `${applicationId}|${shard}`,
          ]);
          const scope = { applicationId, shard, limit, allShards, leaseMs: 60_000, urgent };
          const entitlement = await leaseEntitlement(tx, { ...scope, mode: 'enforce' });
          const accounts = await leaseAccounts(tx, { ...scope, wanted: 8 });
          return accounts.length + (entitlement === null ? 0 : 1);
        });
      let taken = 0;
      for (let round = 0; round < 3; round += 1)
        for (const count of await Promise.all(lanes.map(({ shard, urgent }) => take(shard, urgent)))) taken += count;
      return taken;
    }

    async function backlog(): Promise<Made> {
      const made = await withAccounts(400);
      await platform.sql.query(
        `UPDATE accounts SET desired_version = 2, shard = abs(hashtext(id::text)) % 4, priority = CASE WHEN hashtext(id::text) % 2 = 0 THEN 0 ELSE 5 END WHERE tenant_id = $1`,
        [made.tenantId],
      );
      await platform.sql.query(
        `INSERT INTO entitlements (tenant_id, id, application_id, kind, name, shard) SELECT $1, gen_random_uuid(), $2, 'group', 'G' || i, i % 4 FROM generate_series(1, 20) i`,
        [made.tenantId, made.applicationId],
      );
      await platform.sql.query(
        `INSERT INTO entitlement_members (tenant_id, entitlement_id, account_id, application_id, wanted, held, priority, changed_at)
         SELECT $1, e.id, a.id, $2, true, false, 5, now() FROM entitlements e, accounts a WHERE e.tenant_id = $1 AND a.tenant_id = $1`,
        [made.tenantId, made.applicationId],
      );
      return made;
    }

    it.each([1, 3, 8])('of %i per shard is kept by both lanes together, groups counted', async (limit) => {
      expect(await leaseAll(await backlog(), limit, false)).toBe(4 * limit);
    });

    it.each([1, 2, 3])('of %i in all is kept where it is less than there are shards', async (limit) => {
      expect(await leaseAll(await backlog(), limit, true)).toBe(limit);
    });
  });

  it('E4: an outcome under an old mode does not leave an account withheld', async () => {
    // The property of account-work.int-spec walks every order; here the mode changes between the lease and the outcome.
    const { tenantId, applicationId } = await withAccounts(1, 'observe');
    await platform.sql.query('UPDATE accounts SET desired_version = 2 WHERE tenant_id = $1', [tenantId]);
    const request = { applicationId, shard: 0, urgent: false, wanted: 1, limit: 1, allShards: false, leaseMs: 60_000 };
    const [leased] = await platform.database.transaction(tenantId, (tx) => leaseAccounts(tx, request));
    await platform.database.transaction(tenantId, (tx) =>
      tx.repository(Application).update({ tenantId, id: applicationId }, { mode: 'enforce' }),
    );
    const terms = { mode: 'observe', settleMs: 0, now: new Date(), random: 0, rest: false } as const;
    const outcome = decideOutcome(leased!, { kind: 'withheld', observed: null, plan: [] }, terms);
    await platform.database.transaction(tenantId, (tx) =>
      writeOutcomes(tx, [outcome], new Date(), { applicationId, mode: 'observe' }),
    );
    const row = await platform.database.transaction(tenantId, (tx) =>
      tx.repository(Account).findOneBy({ tenantId, applicationId }),
    );
    expect(row).toMatchObject({ state: 'pending', runnable: true });
    expect(row?.appliedVersion).toBe('1');
  });
});
