import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { writeSetting } from '@tenure/tenancy';
import { Application } from '@tenure/applications';
import { Case, decideHold, Hold } from '@tenure/identity';
import { eventually } from '../../../../test/support/eventually.js';
import { AccessWorld, BY } from '../../../../test/support/access-world.js';
import { Grant } from '../model/grant.entity.js';
import { Policy } from '../model/policy.entity.js';
import type { PolicyInput } from './policies.js';
import { lockRules } from '../model/rules-lock.js';

const DAY = 24 * 60;
const SALES = 'identity.department == "Sales"';

describe('a policy', () => {
  let world: AccessWorld;
  beforeAll(async () => {
    world = await AccessWorld.start();
  });
  afterAll(() => world.close());
  beforeEach(() => world.begin());

  const look = async (): Promise<void> => {
    await world.tick();
    await world.settle();
  };
  const revise = (
    id: string,
    ...policy: Parameters<AccessWorld['policy']>
  ): ReturnType<AccessWorld['policies']['revise']> =>
    world.policies.revise(world.tenantId, BY, id, world.policy(...policy));
  const desiredOf = async (id: string): Promise<unknown> => (await world.accounts(id))[0]?.desired.attributes;
  const grantsOf = (identityId: string): Promise<Grant[]> =>
    world.inTenant((tx) => tx.repository(Grant).findBy({ tenantId: world.tenantId, identityId }));

  describe('whose people move', () => {
    const overlap = { days: 30, then: 'remove' } as const;
    it('leaves them what they had for the days of its overlap, and no longer', async () => {
      await world.publish('Sales', SALES, ['Sellers'], { overlap });
      const ada = await world.say('ada', { department: 'Sales' });
      await world.settle();
      world.pass(1);
      await world.say('ada', { department: 'IT' });
      await world.settle();
      expect(await world.has(ada)).toEqual(['Directory', 'Directory/Sellers']);
      world.pass(30 * DAY - 1);
      await look();
      expect(await world.has(ada)).toEqual(['Directory', 'Directory/Sellers']);
      world.pass(1);
      await look();
      expect(await world.has(ada)).toEqual([]);
    });

    it('forgets the overlap when they come back, and gives a whole one the next time', async () => {
      await world.publish('Sales', SALES, ['Sellers'], { overlap });
      const ada = await world.say('ada', { department: 'Sales' });
      await world.settle();
      for (const department of ['IT', 'Sales', 'IT']) {
        world.pass(20 * DAY);
        await world.say('ada', { department });
        await world.settle();
      }
      world.pass(20 * DAY);
      await look();
      expect(await world.has(ada)).toEqual(['Directory', 'Directory/Sellers']);
      world.pass(10 * DAY);
      await look();
      expect(await world.has(ada)).toEqual([]);
    });

    it('leaves a leaver nothing, in the overlap or not', async () => {
      await world.publish('Sales', SALES, ['Sellers'], { overlap });
      const ada = await world.say('ada', { department: 'Sales' });
      await world.settle();
      world.pass(1);
      await world.say('ada', { department: 'IT' });
      await world.settle();
      world.pass(1);
      await world.say('ada', { status: 'terminated' });
      await world.settle();
      expect(await world.has(ada)).toEqual([]);
    });

    it('gives no overlap when the policy itself is changed or withdrawn', async () => {
      const { id } = await world.publish('Sales', SALES, ['Sellers'], { overlap });
      const ada = await world.say('ada', { department: 'Sales' });
      await world.settle();
      await revise(id, 'Sales', 'identity.department == "Presales"', ['Sellers'], { overlap });
      await world.settle();
      expect(await world.has(ada)).toEqual([]);
    });
  });

  describe('with a window', () => {
    it('begins and ends by itself, for those whom it concerns', async () => {
      const [ada, ben] = [await world.say('ada', { department: 'Sales' }), await world.say('ben')];
      await world.settle();
      await world.publish('Fair', SALES, ['Fair'], { enabledFrom: world.later(60), enabledUntil: world.later(120) });
      await world.settle();
      expect(await world.has(ada)).toEqual([]);
      world.pass(60);
      await world.tick();
      await world.settle();
      expect(await world.has(ada)).toEqual(['Directory', 'Directory/Fair']);
      expect(await world.has(ben)).toEqual([]);
      world.pass(60);
      await look();
      expect(await world.has(ada)).toEqual([]);
    });

    it.each<[string, (w: AccessWorld) => Partial<PolicyInput>, string, string]>([
      [
        'ends before it begins',
        (w) => ({ enabledFrom: w.later(9), enabledUntil: w.later(8) }),
        'policy_invalid',
        'enabledUntil',
      ],
      ['is over', (w) => ({ enabledUntil: w.later(-1) }), 'policy_window_over', 'enabledUntil'],
    ])('is refused when it %s', async (_, changes, code, path) => {
      const made = world.publish('Fair', 'true', [], changes(world));
      await expect(made).rejects.toMatchObject({ code, faults: [{ path }] });
    });
  });

  describe('that gives values', () => {
    const giving = (value: string, priority = 0): Partial<PolicyInput> => ({
      priority,
      grants: [{ applicationId: world.idOf('Directory'), attributes: { title: value } }],
    });
    it('goes before the mapping, as long as it holds, and the higher priority before the lower', async () => {
      const ada = await world.say('ada', { title: 'Countess', department: 'Sales' });
      await world.publish('Everyone', 'true', [], giving('"Staff"'));
      await world.settle();
      expect(await desiredOf(ada)).toMatchObject({ title: 'Staff' });
      const { id } = await world.publish('Sales', SALES, [], giving('"Seller of " + identity.department', 5));
      await world.settle();
      expect(await desiredOf(ada)).toMatchObject({ title: 'Seller of Sales' });
      await revise(id, 'Sales', SALES, [], giving('"Seller"', 5));
      await world.settle();
      expect(await desiredOf(ada)).toMatchObject({ title: 'Seller' });
      await revise(id, 'Sales', SALES, [], giving('"Seller"', -5));
      await world.settle();
      expect(await desiredOf(ada)).toMatchObject({ title: 'Staff' });
    });

    it('is computed anew when only what it reads has changed', async () => {
      const ada = await world.say('ada', { department: 'Sales' });
      await world.publish('Everyone', 'true', [], giving('identity.department'));
      await world.settle();
      world.pass(1);
      await world.say('ada', { department: 'IT' });
      await world.platform.sql.query("UPDATE identities SET changed_fields = '{department}' WHERE id = $1", [ada]);
      await world.settle();
      expect(await desiredOf(ada)).toMatchObject({ title: 'IT' });
    });

    it('is refused for an attribute that the application does not map, with the one that was meant', async () => {
      const grants = [
        { applicationId: world.idOf('Directory'), attributes: { titl: '"x"', userName: 'identity.nam' } },
      ];
      await expect(world.publish('Wrong', 'true', [], { grants })).rejects.toMatchObject({
        code: 'policy_invalid',
        faults: [{ path: 'grants.0.attributes.userName', offset: 9 }],
      });
      const wrong = [{ applicationId: world.idOf('Directory'), attributes: { titl: '"x"' } }];
      await expect(world.publish('Wrong', 'true', [], { grants: wrong })).rejects.toMatchObject({
        faults: [{ path: 'grants.0.attributes.titl', suggestion: 'title' }],
      });
    });
  });

  it('is a draft until it is published, and an earlier version can be put back', async () => {
    const ada = await world.say('ada');
    const { id } = await world.publish('Everyone', 'true', ['All'], { publish: false });
    await world.settle();
    expect(await world.has(ada)).toEqual([]);
    await world.policies.publish(world.tenantId, BY, id);
    await world.settle();
    expect(await world.has(ada)).toEqual(['Directory', 'Directory/All']);
    await revise(id, 'Everyone', 'true', ['Some']);
    await world.settle();
    expect(await world.has(ada)).toEqual(['Directory', 'Directory/Some']);
    await world.policies.publish(world.tenantId, BY, id, 1);
    await world.settle();
    expect(await world.has(ada)).toEqual(['Directory', 'Directory/All']);
    await expect(world.policies.publish(world.tenantId, BY, id, 3)).rejects.toMatchObject({
      code: 'policy_version_not_found',
    });
  });

  it('that is published anew with the same effect leaves nobody behind, and overlaps from the new version on', async () => {
    const overlap = { days: 30, then: 'remove' } as const;
    const { id } = await world.publish('Sales', SALES, ['Sellers'], { overlap });
    const ada = await world.say('ada', { department: 'Sales' });
    await world.settle();
    await revise(id, 'Sales', `${SALES} || identity.department == "Presales"`, ['Sellers'], { overlap });
    const [open] = await world.platform.sql.query<{ id: string }>(
      'SELECT id FROM recomputes WHERE tenant_id = $1 AND done_at IS NULL',
      [world.tenantId],
    );
    await world.recomputes.work.run({ tenantId: world.tenantId, id: open?.id ?? '' }, Infinity);
    expect(await world.behind()).toEqual([]);
    expect((await grantsOf(ada)).map(({ policyVersion }) => policyVersion)).toEqual([2, 2]);
    world.pass(1);
    await world.say('ada', { department: 'IT' });
    await world.settle();
    expect(await world.has(ada)).toEqual(['Directory', 'Directory/Sellers']);
  });

  it('leaves behind only those to whom it makes a difference', async () => {
    const ada = await world.say('ada', { department: 'Sales' });
    for (const name of ['ben', 'cy', 'di']) await world.say(name, { department: 'IT' });
    await world.settle();
    await world.publish('Sales', SALES, ['Sellers']);
    const [open] = await world.platform.sql.query<{ id: string }>(
      'SELECT id FROM recomputes WHERE tenant_id = $1 AND done_at IS NULL',
      [world.tenantId],
    );
    await world.recomputes.work.run({ tenantId: world.tenantId, id: open?.id ?? '' }, Infinity);
    expect(await world.behind()).toEqual([ada]);
  });

  it('waits with its change until nobody computes with the old rules any more', async () => {
    const ada = await world.say('ada');
    const waiting = (): Promise<object[]> =>
      world.platform.sql.query(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'",
      );
    let published = false;
    let publishing: Promise<void> | undefined;
    await world.inTenant(async (tx) => {
      // A worker that has begun.
      await tx.query("SELECT pg_advisory_xact_lock_shared(hashtextextended('access-rules|' || $1::uuid::text, 0))", [
        world.tenantId,
      ]);
      publishing = world.publish('Everyone', 'true').then(() => {
        published = true;
      });
      await eventually(waiting, (rows) => rows.length === 1);
      expect(published).toBe(false);
    });
    await publishing;
    expect(published).toBe(true);
    // And a worker waits for whoever changes the rules.
    let computing: Promise<void> | undefined;
    await world.inTenant(async (tx) => {
      await lockRules(tx);
      computing = world.worker.handle({ tenantId: world.tenantId, identityIds: [ada] });
      await eventually(waiting, (rows) => rows.length === 1);
      await world.recomputes.forget(tx);
    });
    await computing;
    expect(await world.has(ada)).toEqual(['Directory']);
  });

  it('whose condition fails for one person’s values is a case, goes when it computes again, and keeps nobody else waiting', async () => {
    await world.publish('Seniors', '12 / identity.custom.level > 1', ['Seniors']);
    const [odd, ben] = [
      await world.say('odd', { custom: { level: 0 } }),
      await world.say('ben', { custom: { level: 3 } }),
    ];
    await world.settle();
    expect(await world.has(ben)).toEqual(['Directory', 'Directory/Seniors']);
    const cases = (): Promise<Case[]> =>
      world.inTenant((tx) => tx.repository(Case).findBy({ tenantId: world.tenantId, subjectId: odd }));
    expect(await cases()).toMatchObject([
      { kind: 'evaluation', state: 'open', topic: expect.stringMatching(/^policy:/) },
    ]);
    world.pass(1);
    await world.say('odd', { custom: { level: 4 } });
    await world.settle();
    expect(await cases()).toMatchObject([{ state: 'resolved' }]);
    expect(await world.has(odd)).toEqual(['Directory', 'Directory/Seniors']);
  });

  it('computes nothing for a change that nothing reads', async () => {
    await world.publish('Sales', SALES, ['Sellers']);
    const ada = await world.say('ada', { department: 'Sales' });
    await world.settle();
    await world.platform.sql.query(
      "UPDATE identities SET version = version + 1, changed_fields = '{location}' WHERE id = $1",
      [ada],
    );
    await world.platform.sql.query('DELETE FROM grants WHERE tenant_id = $1', [world.tenantId]);
    await world.settle();
    expect(await grantsOf(ada)).toEqual([]);
    expect(await world.identity(ada)).toMatchObject({ changedFields: [], accessVersion: '2' });
    await world.platform.sql.query(
      "UPDATE identities SET version = version + 1, changed_fields = '{location,department}' WHERE id = $1",
      [ada],
    );
    await world.settle();
    expect(await grantsOf(ada)).toHaveLength(2);
  });

  describe('that would take too much from too many', () => {
    const people = ['ada', 'ben', 'cy', 'di'];
    beforeEach(async () => {
      await world.inTenant((tx) =>
        writeSetting(tx, 'access', { publishLimit: { people: 1, percent: 40 } }, { actor: 'spec', at: world.now() }),
      );
    });
    const release = async (holdId: string): Promise<void> => {
      await world.inTenant(async (tx) => {
        const hold = await decideHold(tx, world.now(), holdId, { state: 'released', by: 'spec', reason: null });
        await world.changes.release(tx, BY, hold);
      });
      await world.settle();
    };
    const everybody = async (): Promise<string[]> => {
      const ids = [];
      for (const name of people) ids.push(await world.say(name, { department: name < 'c' ? 'Sales' : 'IT' }));
      await world.settle();
      return ids;
    };

    it('is held with what it would do, takes nothing, and is carried out when it is released', async () => {
      const [ada = '', , cy = ''] = await everybody();
      const { id } = await world.publish('Everyone', 'true', ['All']);
      await world.settle();
      const { held, version } = await revise(id, 'Everyone', SALES, ['All']);
      expect(held).toMatchObject({
        effect: {
          people: 2,
          of: 4,
          byDepartment: [{ department: 'IT', people: 2 }],
          byApplication: [
            { application: 'Directory', entitlement: null, people: 2 },
            { application: 'Directory', entitlement: { kind: 'group', name: 'All' }, people: 2 },
          ],
        },
      });
      await world.settle();
      expect([await world.has(ada), await world.has(cy)]).toEqual(Array(2).fill(['Directory', 'Directory/All']));
      expect(
        await world.inTenant((tx) => tx.repository(Policy).findOneBy({ tenantId: world.tenantId, id })),
      ).toMatchObject({
        publishedVersion: 1,
        latestVersion: version,
      });
      await release(held?.holdId ?? '');
      expect([await world.has(ada), await world.has(cy)]).toEqual([['Directory', 'Directory/All'], []]);
    });

    it('is not held when other reasons keep what it takes', async () => {
      const [ada = ''] = await everybody();
      await world.publish('Also', 'true', ['All']);
      const { id } = await world.publish('Everyone', 'true', ['All']);
      await world.settle();
      expect(await world.policies.withdraw(world.tenantId, BY, id)).toBeNull();
      await world.settle();
      expect(await world.has(ada)).toEqual(['Directory', 'Directory/All']);
    });

    it('is held when it is withdrawn, too, and another change of it takes the hold’s place', async () => {
      const [ada = ''] = await everybody();
      const { id } = await world.publish('Everyone', 'true', ['All']);
      await world.settle();
      const held = await world.policies.withdraw(world.tenantId, BY, id);
      expect(held).toMatchObject({ effect: { people: 4 } });
      expect(await revise(id, 'Everyone', 'true', ['All', 'More'])).not.toHaveProperty('held');
      await world.settle();
      expect(await world.has(ada)).toEqual(['Directory', 'Directory/All', 'Directory/More']);
      expect(
        await world.inTenant((tx) =>
          tx.repository(Hold).findOneBy({ tenantId: world.tenantId, id: held?.holdId ?? '' }),
        ),
      ).toMatchObject({ state: 'superseded' });
    });

    it('is held when a mapping changes too many accounts, and is carried out when it is released', async () => {
      const [ada = ''] = await everybody();
      await world.publish('Everyone', 'true');
      await world.settle();
      const applicationId = world.idOf('Directory');
      const mapping = { userName: 'identity.email', title: 'identity.department' };
      const held = await world.changes.carryOut(world.tenantId, BY, { kind: 'mapping', applicationId, mapping });
      expect(held).toMatchObject({ effect: { people: 4, of: 4, byAttribute: [{ attribute: 'title', people: 4 }] } });
      await world.settle();
      expect(await desiredOf(ada)).toMatchObject({ title: null });
      await release(held?.holdId ?? '');
      expect(await desiredOf(ada)).toMatchObject({ title: 'Sales' });
      expect(
        await world.inTenant((tx) =>
          tx.repository(Application).findOneBy({ tenantId: world.tenantId, id: applicationId }),
        ),
      ).toMatchObject({ mapping, mappingVersion: 2 });
    });

    it('leaves protected people out of the count, and says so', async () => {
      const [ada = ''] = await everybody();
      const { id } = await world.publish('Everyone', 'true', ['All']);
      await world.settle();
      await world.platform.sql.query("UPDATE identities SET protected_reason = 'break-glass' WHERE id = $1", [ada]);
      const simulation = await world.simulations.ofChange(world.tenantId, { kind: 'policy_withdraw', policyId: id });
      expect(simulation).toMatchObject({ losing: { people: 3 }, skipped: { protected: 1 } });
    });
  });

  it('is simulated before it is there: who gains what, who fails, and nothing is written', async () => {
    const ada = await world.say('ada', { department: 'Sales', custom: { level: 2 } });
    const odd = await world.say('odd', { department: 'IT', custom: { level: 0 } });
    await world.settle();
    const rows = (): Promise<object[]> =>
      world.platform.sql.query(
        ['entitlements', 'policies', 'journal', 'grants', 'identities']
          .map((table) => `SELECT '${table}' AS t, id::text, xmin::text FROM ${table}`)
          .join(' UNION ALL ') + ' ORDER BY 1, 2',
      );
    const before = await rows();
    const draft = world.policy('Draft', '4 / identity.custom.level > 1', ['New']);
    expect(await world.simulations.ofDraft(world.tenantId, draft)).toMatchObject({
      evaluated: 2,
      gaining: {
        people: 1,
        byDepartment: [{ department: 'Sales', people: 1 }],
        byApplication: [
          { application: 'Directory', entitlement: null, people: 1 },
          { entitlement: { kind: 'group', name: 'New' }, people: 1 },
        ],
        sample: [{ id: ada, displayName: 'ada', gains: [{}, { entitlement: { name: 'New' } }], losses: [] }],
      },
      losing: { people: 0 },
      failing: { people: 1, sample: [{ id: odd }] },
    });
    expect(await rows()).toEqual(before);
  });
});
