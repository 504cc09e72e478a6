import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AccessWorld, BY } from '../../../../test/support/access-world.js';
import { Grant } from '../model/grant.entity.js';
import type { RequestTerms } from '../model/policy.entity.js';
import { listRequests, type RequestView } from './request-views.js';
import type { Wish } from './requests.js';

const IT = 'identity.department == "IT"';
const HOUR = 60;

describe('a request', () => {
  let world: AccessWorld;
  let ada: string;
  let boss: string;
  beforeAll(async () => {
    world = await AccessWorld.start();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.begin();
    boss = await world.say('boss');
    ada = await world.say('ada', { department: 'IT', managerEmployeeNumber: 'boss' });
  });

  const terms = (approval: RequestTerms['approval'], maxMinutes = 240): Promise<{ id: string; version: number }> =>
    world.publish(`Root by ${approval}`, IT, ['Root'], { request: { maxMinutes, approval } });
  const ask = (wish: Partial<Wish> = {}): Promise<RequestView> =>
    world.requests.ask(
      world.tenantId,
      { actor: `identity:${ada}`, door: 'access' },
      {
        identityId: ada,
        applicationId: world.idOf('Directory'),
        entitlement: { kind: 'group', name: 'Root' },
        minutes: 2 * HOUR,
        reason: 'The index is broken',
        ...wish,
      },
    );
  const approvalOf = ({ approvals }: RequestView): string => approvals[0]?.id ?? '';
  const answer = (
    request: RequestView,
    decision: 'approve' | 'deny',
    by = boss,
    more: { endsAt?: Date } = {},
  ): Promise<RequestView> =>
    world.answers.byApprover(world.tenantId, { actor: `identity:${by}`, door: 'access' }, approvalOf(request), by, {
      decision,
      reason: 'ok',
      ...more,
    });
  const now = async (request: RequestView): Promise<RequestView> => {
    const [view] = await pending({ id: request.id });
    return view!;
  };
  const pending = (asked: object = { approverId: boss }): Promise<RequestView[]> =>
    world.inTenant((tx) => listRequests(tx, { limit: 10, ...asked }));
  const grants = (): Promise<Grant[]> =>
    world.inTenant((tx) => tx.repository(Grant).findBy({ tenantId: world.tenantId, origin: 'request' }));
  const look = async (): Promise<void> => {
    await world.tick();
    await world.settle();
  };

  it('that the policy answers gives access at once, and it ends by itself on the minute', async () => {
    await terms('automatic');
    await world.settle();
    expect(await world.has(ada)).toEqual([]);
    const request = await ask();
    expect(request).toMatchObject({ state: 'approved', endsAt: world.later(2 * HOUR), waitsFor: null });
    await world.settle();
    expect(await world.has(ada)).toEqual(['Directory', 'Directory/Root']);
    world.pass(2 * HOUR - 1);
    await look();
    expect(await world.has(ada)).toEqual(['Directory', 'Directory/Root']);
    world.pass(1);
    await look();
    expect(await world.has(ada)).toEqual([]);
    expect(await world.told(ada)).toEqual(
      expect.arrayContaining(['access.requested', 'access.granted', 'access.ended']),
    );
  });

  it('waits for the manager, and runs from the answer on', async () => {
    await terms('manager');
    const request = await ask();
    expect(request).toMatchObject({ state: 'pending', waitsFor: 'the person’s manager' });
    expect(await pending()).toMatchObject([
      {
        id: request.id,
        person: { id: ada, displayName: 'ada' },
        items: [{ application: 'Directory', entitlement: { kind: 'group', name: 'Root' } }],
      },
    ]);
    world.pass(HOUR);
    expect(await answer(request, 'approve')).toMatchObject({ state: 'approved', endsAt: world.later(2 * HOUR) });
    await world.settle();
    expect(await world.has(ada)).toEqual(['Directory', 'Directory/Root']);
    expect(await pending()).toEqual([]);
  });

  it('that is denied gives nothing, and cannot be approved later', async () => {
    await terms('manager');
    const request = await ask();
    expect(await answer(request, 'deny')).toMatchObject({ state: 'denied', stateReason: 'ok' });
    await expect(answer(request, 'approve')).rejects.toMatchObject({ code: 'request_decided' });
    await world.settle();
    expect(await world.has(ada)).toEqual([]);
  });

  it('of ten approvals at once gives one grant', async () => {
    await terms('manager');
    const request = await ask();
    const admin = (): Promise<RequestView> =>
      world.answers.byAdmin(world.tenantId, BY, request.id, { decision: 'approve', reason: 'ok' });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? answer(request, 'approve') : admin())),
    );
    expect(answers.map(({ state }) => state)).toEqual(Array(10).fill('approved'));
    expect(await grants()).toHaveLength(1);
  });

  it('goes to the owner of the application', async () => {
    const owner = await world.say('owner');
    await world.platform.sql.query('UPDATE applications SET owner_id = $1 WHERE tenant_id = $2', [
      owner,
      world.tenantId,
    ]);
    await terms('owner');
    const request = await ask();
    expect(request).toMatchObject({ waitsFor: 'the owner of the application' });
    await expect(answer(request, 'approve')).rejects.toMatchObject({ code: 'approval_not_found' });
    expect(await answer(request, 'approve', owner)).toMatchObject({ state: 'approved' });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['there is no manager', () => world.say('ada', { managerEmployeeNumber: null })],
    ['the manager has left', () => world.say('boss', { status: 'terminated' })],
  ])('waits for an admin, and says so, when %s', async (_, change) => {
    await terms('manager');
    world.pass(1);
    await change();
    const request = await ask();
    expect(request).toMatchObject({ state: 'pending', waitsFor: expect.stringMatching(/^an administrator/) });
    expect(
      await world.answers.byAdmin(world.tenantId, BY, request.id, { decision: 'approve', reason: 'ok' }),
    ).toMatchObject({ state: 'approved' });
  });

  it('is never answered by the one who asked', async () => {
    await world.platform.sql.query('UPDATE applications SET owner_id = $1 WHERE tenant_id = $2', [ada, world.tenantId]);
    await terms('owner');
    const request = await ask();
    expect(request.approvals).toMatchObject([{ approverKind: 'admin', approverId: null }]);
    await world.platform.sql.query('UPDATE approvals SET approver_id = $1 WHERE tenant_id = $2', [ada, world.tenantId]);
    await expect(answer(request, 'approve', ada)).rejects.toMatchObject({ code: 'own_request' });
  });

  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    ['the person leaves', () => world.say('ada', { status: 'terminated' }), 'cancelled', /left/],
    ['the person moves', () => world.say('ada', { department: 'Sales' }), 'cancelled', /no longer satisfies/],
    ['nobody answers', () => Promise.resolve(world.pass(72 * HOUR)), 'lapsed', /Nobody answered/],
  ])('ends without access when %s', async (_, happen, state, reason) => {
    await terms('manager');
    const request = await ask();
    world.pass(1);
    await happen();
    await look();
    expect(await now(request)).toMatchObject({ state, stateReason: expect.stringMatching(reason), waitsFor: null });
    await expect(answer(request, 'approve')).rejects.toMatchObject({ code: 'request_decided' });
    expect(await grants()).toEqual([]);
  });

  it('ends when the policy that allowed it is withdrawn', async () => {
    const { id } = await terms('manager');
    const request = await ask();
    await world.policies.withdraw(world.tenantId, BY, id);
    expect(await answer(request, 'approve')).toMatchObject({ state: 'cancelled' });
    expect(await grants()).toEqual([]);
  });

  it('can be taken back while nobody has answered', async () => {
    await terms('manager');
    const request = await ask();
    const by = { actor: `identity:${ada}`, door: 'access' } as const;
    await expect(world.requests.cancel(world.tenantId, by, request.id, boss)).rejects.toMatchObject({
      code: 'request_not_found',
    });
    expect(await world.requests.cancel(world.tenantId, by, request.id, ada)).toMatchObject({ state: 'cancelled' });
    expect(await ask()).toMatchObject({ state: 'pending' });
  });

  it.each<[string, Partial<Wish>, string]>([
    ['for longer than the policy allows', { minutes: 241 }, 'request_too_long'],
    ['for something that no policy offers', { entitlement: { kind: 'group', name: 'Other' } }, 'not_requestable'],
    ['twice', {}, 'request_pending'],
  ])('is refused %s', async (_, wish, code) => {
    await terms('manager');
    if (code === 'request_pending') await ask();
    await expect(ask(wish)).rejects.toMatchObject({ code });
  });

  it('is offered to those who may ask, with the longest time', async () => {
    await terms('manager');
    await terms('automatic', 30);
    expect(await world.requests.requestable(world.tenantId, ada)).toEqual([
      {
        applicationId: world.idOf('Directory'),
        application: 'Directory',
        entitlement: { kind: 'group', name: 'Root' },
        maxMinutes: 240,
        approval: 'manager',
      },
    ]);
    expect(await world.requests.requestable(world.tenantId, boss)).toEqual([]);
  });

  describe('to keep what a policy gave before a move', () => {
    const overlap = { days: 10, then: 'ask_manager' } as const;
    const moved = async (): Promise<RequestView> => {
      await world.publish('IT', IT, ['Admins'], { overlap });
      await world.settle();
      world.pass(1);
      await world.say('ada', { department: 'Sales' });
      await world.settle();
      expect(await world.has(ada)).toEqual(['Directory', 'Directory/Admins']);
      const [request] = await pending();
      expect(request).toMatchObject({
        kind: 'keep',
        items: expect.arrayContaining([
          {
            applicationId: expect.any(String),
            application: 'Directory',
            entitlement: { kind: 'group', name: 'Admins' },
          },
        ]),
      });
      return request!;
    };
    const afterTheOverlap = async (): Promise<readonly string[]> => {
      world.pass(10 * 24 * HOUR);
      await look();
      return world.has(ada);
    };

    it('goes to an admin when the manager does not work here any more', async () => {
      world.pass(1);
      await world.say('boss', { status: 'terminated' });
      await world.publish('IT', IT, ['Admins'], { overlap });
      await world.settle();
      world.pass(1);
      await world.say('ada', { department: 'Sales' });
      await world.settle();
      expect(await pending({ identityId: ada })).toMatchObject([
        { kind: 'keep', approvals: [{ approverKind: 'admin', approverId: null }] },
      ]);
    });

    it('goes to the manager; no answer removes it with the overlap', async () => {
      const request = await moved();
      expect(await afterTheOverlap()).toEqual([]);
      expect(await now(request)).toMatchObject({ state: 'lapsed' });
    });

    it('“yes” makes it the person’s own, also beyond the overlap', async () => {
      const request = await moved();
      await answer(request, 'approve');
      await world.settle();
      expect(await afterTheOverlap()).toEqual(['Directory', 'Directory/Admins']);
      await world.say('ada', { status: 'terminated' });
      await world.settle();
      expect(await world.has(ada)).toEqual([]);
    });

    it('“yes” until a day ends with that day', async () => {
      const request = await moved();
      await answer(request, 'approve', boss, { endsAt: world.later(20 * 24 * HOUR) });
      expect(await afterTheOverlap()).toEqual(['Directory', 'Directory/Admins']);
      expect(await afterTheOverlap()).toEqual([]);
    });

    it('“no” removes it at once', async () => {
      const request = await moved();
      await answer(request, 'deny');
      await world.settle();
      expect(await world.has(ada)).toEqual([]);
    });

    it('needs no answer any more when the person comes back', async () => {
      const request = await moved();
      world.pass(1);
      await world.say('ada', { department: 'IT' });
      await world.settle();
      expect(await now(request)).toMatchObject({ state: 'cancelled' });
      expect(await afterTheOverlap()).toEqual(['Directory', 'Directory/Admins']);
    });
  });
});
