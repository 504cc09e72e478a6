import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Case } from '@tenure/identity';
import { AccessWorld, BY } from '../../../../test/support/access-world.js';
import { adoptHoldings, type Adopted } from './adopt-holdings.js';

describe('adopting what a merged identity holds', () => {
  let world: AccessWorld;
  let [survivor, other] = ['', ''];
  beforeAll(async () => {
    world = await AccessWorld.start();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.begin();
    await world.application('Wiki');
    survivor = await world.say('ada', { department: 'IT' });
    other = await world.say('ada-old', { department: 'Sales', managerEmployeeNumber: 'ada' });
  });

  const adopt = (): Promise<Adopted> =>
    world.inTenant((tx) => adoptHoldings(tx, BY, world.now(), { survivorId: survivor, otherId: other }));
  const give = (identityId: string, application: string, group: string): Promise<unknown> =>
    world.grants.give(world.tenantId, BY, {
      identityId,
      applicationId: world.idOf(application),
      entitlement: { kind: 'group', name: group },
      reason: 'spec',
    });
  const accountIds = async (): Promise<string[]> =>
    (
      await world.platform.sql.query<{ id: string }>('SELECT id FROM accounts WHERE tenant_id = $1 ORDER BY id', [
        world.tenantId,
      ])
    ).map(({ id }) => id);

  it('moves accounts with their memberships, and the grants that justify them', async () => {
    await give(other, 'Wiki', 'Editors');
    await world.settle();
    const [account] = await world.accounts(other);
    expect(await adopt()).toEqual({ accountIds: [account?.id], duplicates: [] });
    await world.settle();
    expect(await world.has(survivor)).toEqual(['Wiki', 'Wiki/Editors']);
    expect((await world.accounts(survivor)).map(({ id }) => id)).toEqual([account?.id]);
    expect(await world.has(other)).toEqual([]);
  });

  it.each([
    ['neither has anything', [], []],
    ['one has all', [], ['Directory', 'Wiki']],
    ['the other has all', ['Directory', 'Wiki'], []],
    ['both have one of each', ['Directory'], ['Wiki']],
    ['both have the same', ['Directory'], ['Directory']],
    ['both have all', ['Directory', 'Wiki'], ['Directory', 'Wiki']],
  ])('loses no account, and gives what the other had, when %s', async (_, mine, theirs) => {
    for (const application of mine) await give(survivor, application, 'A');
    for (const application of theirs) await give(other, application, 'B');
    await world.settle();
    const before = await accountIds();
    const both = mine.filter((application) => theirs.includes(application)).map((name) => world.idOf(name));
    expect([...(await adopt()).duplicates].sort()).toEqual(both.sort());
    expect(await accountIds()).toEqual(before);
    const cases = await world.inTenant((tx) =>
      tx.repository(Case).findBy({ tenantId: world.tenantId, kind: 'duplicate_account', subjectId: survivor }),
    );
    expect(cases.map(({ topic }) => topic).sort()).toEqual(both.sort());
    await world.settle();
    expect(await accountIds()).toEqual(before);
    const expected = new Set([
      ...mine,
      ...theirs,
      ...mine.map((name) => `${name}/A`),
      ...theirs.map((name) => `${name}/B`),
    ]);
    expect(await world.has(survivor)).toEqual([...expected].sort());
  });

  it('moves open requests, asks an admin instead of the person, and the same thing once', async () => {
    await world.publish('Root', 'true', ['Root'], { request: { maxMinutes: 60, approval: 'manager' } });
    const ask = (identityId: string, ...groups: string[]): Promise<unknown[]> =>
      Promise.all(
        groups.map((name) =>
          world.requests.ask(world.tenantId, BY, {
            identityId,
            applicationId: world.idOf('Directory'),
            entitlement: { kind: 'group', name },
            minutes: 5,
            reason: 'spec',
          }),
        ),
      );
    await ask(other, 'Root');
    await adopt();
    const requests = (): Promise<object[]> =>
      world.platform.sql.query(
        `SELECT r.identity_id, r.state, a.approver_kind FROM requests r JOIN approvals a ON a.request_id = r.id WHERE r.tenant_id = $1 ORDER BY r.id`,
        [world.tenantId],
      );
    expect(await requests()).toEqual([{ identity_id: survivor, state: 'pending', approver_kind: 'admin' }]);
    await ask(other, 'Root');
    await adopt();
    expect(await requests()).toMatchObject([{ state: 'pending' }, { identity_id: survivor, state: 'cancelled' }]);
  });
});
