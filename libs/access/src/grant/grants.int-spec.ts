import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@tenure/platform';
import { AccessWorld, BY } from '../../../../test/support/access-world.js';
import type { NewGrant } from './grants.js';

describe('a direct grant', () => {
  let world: AccessWorld;
  let ada: string;
  beforeAll(async () => {
    world = await AccessWorld.start();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.begin();
    ada = await world.say('ada');
    await world.settle();
  });

  const give = (grant: Partial<NewGrant> = {}): ReturnType<AccessWorld['grants']['give']> =>
    world.grants.give(world.tenantId, BY, {
      identityId: ada,
      applicationId: world.idOf('Directory'),
      entitlement: { kind: 'group', name: 'Auditors' },
      reason: 'Audit 2026',
      ...grant,
    });

  it('gives the account and the entitlement, with its reason, and is told', async () => {
    expect(await give()).toMatchObject({ origin: 'admin', reason: 'Audit 2026', grantedBy: 'spec', endsAt: null });
    await world.settle();
    expect(await world.has(ada)).toEqual(['Directory', 'Directory/Auditors']);
    expect(await world.told(ada)).toContain('access.granted');
  });

  it('begins and ends by itself, and is told to have ended', async () => {
    await give({ startsAt: world.later(60), endsAt: world.later(180) });
    await world.settle();
    expect(await world.has(ada)).toEqual([]);
    expect(await world.identity(ada)).toMatchObject({ accessDueAt: world.later(60) });
    world.pass(60);
    await world.tick();
    await world.settle();
    expect(await world.has(ada)).toEqual(['Directory', 'Directory/Auditors']);
    world.pass(119);
    await world.tick();
    expect(await world.behind()).toEqual([]);
    world.pass(1);
    await world.tick();
    expect(await world.identity(ada)).toMatchObject({ urgent: true });
    await world.settle();
    expect(await world.has(ada)).toEqual([]);
    expect(await world.told(ada)).toContain('access.ended');
    expect(await world.identity(ada)).toMatchObject({ accessDueAt: null, changedFields: [] });
  });

  it('ends also when nobody looked at the minute, however late somebody does', async () => {
    await give({ endsAt: world.later(10) });
    await world.settle();
    world.pass(60 * 24);
    await world.tick();
    await world.settle();
    expect(await world.has(ada)).toEqual([]);
  });

  it('ends with another change of the person, before the clock has looked', async () => {
    await give({ endsAt: world.later(10) });
    await world.settle();
    world.pass(11);
    await world.say('ada', { title: 'Countess' });
    await world.settle();
    expect(await world.has(ada)).toEqual([]);
  });

  it('is extended, and ended at once, each with a reason', async () => {
    const { id } = await give({ endsAt: world.later(10) });
    await world.grants.extend(world.tenantId, BY, id, { endsAt: world.later(30), reason: 'not done yet' });
    await world.settle();
    world.pass(11);
    await world.tick();
    await world.settle();
    expect(await world.has(ada)).toEqual(['Directory', 'Directory/Auditors']);
    await world.grants.end(world.tenantId, BY, id, { reason: 'done' });
    await world.settle();
    expect(await world.has(ada)).toEqual([]);
    expect(await world.told(ada)).toEqual(['identity.joined', 'access.granted', 'access.extended', 'access.ended']);
    await expect(world.grants.end(world.tenantId, BY, id, { reason: 'again' })).resolves.toMatchObject({
      endReason: 'done',
    });
    await expect(world.grants.extend(world.tenantId, BY, id, { endsAt: null, reason: 'again' })).rejects.toMatchObject({
      code: 'grant_ended',
    });
  });

  it('is one reason among several: what a policy gives too stays', async () => {
    await world.publish('Everyone', 'true', ['Auditors']);
    const { id } = await give();
    await world.settle();
    await world.grants.end(world.tenantId, BY, id, { reason: 'done' });
    await world.settle();
    expect(await world.has(ada)).toEqual(['Directory', 'Directory/Auditors']);
  });

  it('goes with the person, and does not come back with a rehire', async () => {
    await give();
    await give({ startsAt: world.later(10) });
    await world.settle();
    await world.say('ada', { status: 'terminated' });
    await world.settle();
    expect(await world.has(ada)).toEqual([]);
    world.pass(20);
    await world.say('ada', { status: 'active' });
    await world.settle();
    expect(await world.has(ada)).toEqual([]);
  });

  it('is kept back for somebody who begins later, and is there on the first day', async () => {
    const ben = await world.say('ben', { startDate: '2999-01-01' });
    await give({ identityId: ben });
    await world.settle();
    expect(await world.has(ben)).toEqual([]);
    world.pass(1);
    await world.say('ben', { startDate: null });
    await world.settle();
    expect(await world.has(ben)).toEqual(['Directory', 'Directory/Auditors']);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['an end in the past', () => give({ endsAt: world.later(-1) }), 'grant_invalid'],
    ['an end before the start', () => give({ startsAt: world.later(9), endsAt: world.later(8) }), 'grant_invalid'],
    ['nobody', () => give({ identityId: newId() }), 'identity_not_found'],
    ['nothing', () => give({ applicationId: newId() }), 'application_not_found'],
    [
      'somebody who left',
      async () => give({ identityId: await world.say('leo', { status: 'terminated' }) }),
      'identity_left',
    ],
  ])('is refused for %s', async (_, grant, code) => {
    await expect(grant()).rejects.toMatchObject({ code });
  });

  it('of a policy is not ended by hand', async () => {
    await world.publish('Everyone', 'true');
    await world.settle();
    const [grant] = await world.inTenant((tx) =>
      tx.query<{ id: string }>('SELECT id FROM grants WHERE tenant_id = $1', [world.tenantId]),
    );
    await expect(world.grants.end(world.tenantId, BY, grant?.id ?? '', { reason: 'no' })).rejects.toMatchObject({
      code: 'grant_of_policy',
    });
  });

  it('takes nothing from a protected person who leaves', async () => {
    await give();
    await world.settle();
    await world.platform.sql.query("UPDATE identities SET protected_reason = 'break-glass' WHERE id = $1", [ada]);
    await world.say('ada', { status: 'terminated' });
    await world.settle();
    expect(await world.has(ada)).toEqual(['Directory', 'Directory/Auditors']);
  });

  it('ends when it was to end, also for a protected person', async () => {
    await give({ endsAt: world.later(10) });
    await world.settle();
    await world.platform.sql.query("UPDATE identities SET protected_reason = 'break-glass' WHERE id = $1", [ada]);
    world.pass(11);
    await world.tick();
    await world.settle();
    expect(await world.has(ada)).toEqual(['Directory']);
  });
});
