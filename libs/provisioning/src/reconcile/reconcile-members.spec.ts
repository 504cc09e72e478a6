import { describe, expect, it } from '@jest/globals';
import { ConnectorError } from '@tenure/connectors';
import { Attempt } from '../attempt/attempt.js';
import type { LeasedEntitlement, LeasedMember } from '../backlog/entitlement-leases.js';
import { FakeApp } from './fake-app.fixture.js';
import { reconcileMembers, type MembersResult } from './reconcile-members.js';

const NOW = new Date('2026-11-23T09:00:00Z');
const SALES: LeasedEntitlement = {
  ...{ id: 'e1', kind: 'group', name: 'Sales', remoteId: 'g7', appliedName: 'Sales' },
  ...{ removed: false, attempts: 0, fence: '1' },
};
const UNKNOWN: LeasedEntitlement = { ...SALES, remoteId: null, appliedName: null };

/** `+ada`: to be added; `-bob`: to be removed. */
const member = (text: string): LeasedMember => ({
  accountId: text.slice(1),
  identityId: text.slice(1),
  remoteAccountId: text.slice(1),
  wanted: text.startsWith('+'),
  version: '1',
  heldBefore: null,
  desired: { enabled: true, attributes: {} },
  since: NOW,
  cause: null,
});

interface Told {
  readonly remoteId: string | null;
  readonly done: string[];
  readonly refused: string[];
  readonly error: string | null;
  readonly operations: string[];
}

async function reconcile(app: FakeApp, entitlement: LeasedEntitlement, ...members: string[]): Promise<Told> {
  const attempt = new Attempt('e1:1', 60_000, () => NOW);
  const result = await reconcileMembers(app, entitlement, members.map(member), attempt);
  return {
    remoteId: result.remoteId,
    done: result.done.map(({ accountId }) => accountId),
    refused: result.refused.map(({ member: { accountId }, error }) => `${accountId}: ${error.errorClass}`),
    error: result.error?.errorClass ?? null,
    operations: attempt.operations.map(({ kind, outcome }) => (outcome === 'succeeded' ? kind : `${kind}: ${outcome}`)),
  };
}

const membersOf = (app: FakeApp, id = 'g7'): string[] => [...(app.groups.get(id)?.members ?? [])].sort();

describe('a batch of memberships', () => {
  it('is one call, and leaves every other member as it is', async () => {
    const app = new FakeApp().haveGroup('g7', 'Sales', 'bob', 'eve');
    expect(await reconcile(app, SALES, '+ada', '-bob')).toEqual({
      remoteId: 'g7',
      done: ['ada', 'bob'],
      refused: [],
      error: null,
      operations: ['grant'],
    });
    expect(app.calls).toEqual(['changeMembers g7 +ada -bob']);
    expect(membersOf(app)).toEqual(['ada', 'eve']);
  });

  it('of removals alone is called a revocation', async () => {
    const app = new FakeApp().haveGroup('g7', 'Sales', 'bob');
    expect((await reconcile(app, SALES, '-bob')).operations).toEqual(['revoke']);
  });

  it('that is refused for one member is done for the others', async () => {
    const app = new FakeApp().haveGroup('g7', 'Sales');
    app.refuses.set('bob', 'invalid');
    const told = await reconcile(app, SALES, '+ada', '+bob', '+eve');
    expect(told).toMatchObject({ done: ['ada', 'eve'], refused: ['bob: invalid'], error: null });
    expect(told.operations).toEqual(['grant: invalid', 'grant', 'grant: invalid', 'grant']);
    expect(membersOf(app)).toEqual(['ada', 'eve']);
  });

  it('keeps what was done one by one when a later call does not get through', async () => {
    const app = new FakeApp().haveGroup('g7', 'Sales');
    app.refuses.set('bob', 'invalid').set('eve', 'rate_limited');
    expect(await reconcile(app, SALES, '+ada', '+bob', '+eve', '+zoe')).toMatchObject({
      done: ['ada'],
      refused: ['bob: invalid'],
      error: 'rate_limited',
    });
  });

  it.each(['retryable', 'rate_limited', 'auth', 'outcome_unknown'] as const)(
    'that fails as a whole (%s) is not taken apart',
    async (errorClass) => {
      const app = new FakeApp().haveGroup('g7', 'Sales').failNext('changeMembers', errorClass);
      expect(await reconcile(app, SALES, '+ada', '+bob')).toMatchObject({
        remoteId: 'g7',
        done: [],
        refused: [],
        error: errorClass,
      });
      expect(app.calls).toHaveLength(1);
    },
  );

  it.each(['forbidden', 'unsupported', 'permanent', 'invalid', 'conflict', 'precondition'] as const)(
    'C9: in which one member is refused (%s) is done for all others, and the entitlement goes on',
    async (errorClass) => {
      const app = new FakeApp().haveGroup('g7', 'Sales', 'boss', 'eve');
      app.refuses.set('boss', errorClass);
      expect(await reconcile(app, SALES, '-boss', '-eve', '+dan')).toMatchObject({
        ...{ done: ['eve', 'dan'], refused: [`boss: ${errorClass}`], error: null, remoteId: 'g7' },
      });
      expect(membersOf(app)).toEqual(['boss', 'dan']);
    },
  );
});

describe('C8: a batch where the application is not believed', () => {
  const readBack = (app: FakeApp, ...members: string[]): Promise<MembersResult> =>
    reconcileMembers(app, SALES, members.map(member), new Attempt('e1:1', 60_000, () => NOW), 'read_back');
  const ids = (members: readonly LeasedMember[]): string[] => members.map(({ accountId }) => accountId);

  it('counts what reads back, and nothing else', async () => {
    const app = new FakeApp().haveGroup('g7', 'Sales', 'bob', 'eve');
    app.changeMembers = (_, { id }) => {
      app.groups.get(id)?.members.add('ada').delete('eve');
      return Promise.resolve();
    };
    const result = await readBack(app, '+ada', '-bob', '-eve', '+zoe');
    expect([ids(result.done), ids(result.unproven)]).toEqual([
      ['ada', 'eve'],
      ['bob', 'zoe'],
    ]);
  });

  it('asks about each whom a list does not show that may be cut', async () => {
    const app = new FakeApp().haveGroup('g7', 'Sales', 'bob').able();
    app.listMembers = () => Promise.resolve({ items: [], partial: true });
    const result = await readBack(app, '+ada', '-bob');
    expect([ids(result.done), ids(result.unproven)]).toEqual([['ada', 'bob'], []]);
    app.changeMembers = () => Promise.resolve();
    const again = await readBack(app, '-ada');
    expect(ids(again.unproven)).toEqual(['ada']);
  });

  it('counts nothing where such a list is all that the application tells', async () => {
    const app = new FakeApp().haveGroup('g7', 'Sales', 'bob');
    app.listMembers = () => Promise.resolve({ items: [], partial: true });
    expect(ids((await readBack(app, '-bob')).unproven)).toEqual(['bob']);
  });

  it('is done by nobody when it cannot be read back', async () => {
    const app = new FakeApp().haveGroup('g7', 'Sales');
    app.listMembers = () => Promise.reject(new ConnectorError('retryable', 'later'));
    expect(await readBack(app, '+ada')).toMatchObject({ done: [], error: { errorClass: 'retryable' } });
  });
});

describe('an entitlement whose id is not known', () => {
  it('is found by its name', async () => {
    const app = new FakeApp().haveGroup('g3', 'Sales');
    expect(await reconcile(app, UNKNOWN, '+ada')).toMatchObject({
      remoteId: 'g3',
      done: ['ada'],
      operations: ['look', 'grant'],
    });
  });

  it('is made when it is not there', async () => {
    const app = new FakeApp();
    expect(await reconcile(app, UNKNOWN, '+ada', '-bob')).toMatchObject({
      remoteId: 'g1',
      done: ['ada', 'bob'],
      operations: ['look', 'create_entitlement', 'grant'],
    });
    expect(membersOf(app, 'g1')).toEqual(['ada']);
  });

  it('is not made only to remove people from it', async () => {
    const app = new FakeApp();
    expect(await reconcile(app, UNKNOWN, '-bob')).toEqual({
      remoteId: null,
      done: ['bob'],
      refused: [],
      error: null,
      operations: ['look'],
    });
    expect(app.groups.size).toBe(0);
  });

  it('that somebody else makes in the same moment is taken', async () => {
    const app = new FakeApp();
    app.createEntitlement = () => {
      app.haveGroup('g9', 'Sales');
      app.failNext('createEntitlement', 'conflict');
      return FakeApp.prototype.createEntitlement.call(app, {}, UNKNOWN);
    };
    expect(await reconcile(app, UNKNOWN, '+ada')).toMatchObject({
      remoteId: 'g9',
      done: ['ada'],
      error: null,
      operations: ['look', 'create_entitlement: conflict', 'look', 'grant'],
    });
  });

  it('that cannot be made, and is not there, is told', async () => {
    expect(await reconcile(new FakeApp().failNext('createEntitlement', 'conflict'), UNKNOWN, '+ada')).toMatchObject({
      remoteId: null,
      done: [],
      error: 'conflict',
    });
    expect(await reconcile(new FakeApp().failNext('createEntitlement', 'forbidden'), UNKNOWN, '+ada')).toMatchObject({
      remoteId: null,
      done: [],
      error: 'forbidden',
    });
  });

  it('keeps the id that was found when the change fails', async () => {
    const app = new FakeApp().haveGroup('g3', 'Sales').failNext('changeMembers', 'retryable');
    expect(await reconcile(app, UNKNOWN, '+ada')).toMatchObject({ remoteId: 'g3', error: 'retryable' });
  });
});

describe('"not found"', () => {
  it('of an entitlement whose id was kept: its id is forgotten, and the next try makes it anew', async () => {
    const app = new FakeApp();
    expect(await reconcile(app, SALES, '+ada')).toMatchObject({ remoteId: null, done: [], error: 'not_found' });
    expect(await reconcile(app, UNKNOWN, '+ada')).toMatchObject({ remoteId: 'g1', done: ['ada'], error: null });
  });

  it.each([
    ['was found a moment ago', UNKNOWN],
    ['is found by its name, under the id that was kept', { ...SALES, remoteId: 'g3' }],
    ['is found by its name, under another id', { ...SALES, remoteId: 'g1' }],
  ])('of an entitlement that %s speaks of a member: the others get on', async (_, entitlement) => {
    const app = new FakeApp().haveGroup('g3', 'Sales', 'bob');
    app.refuses.set('gone', 'not_found').set('left', 'not_found');
    expect(await reconcile(app, entitlement, '+ada', '+gone', '-left', '-bob')).toMatchObject({
      remoteId: 'g3',
      done: ['ada', 'left', 'bob'],
      refused: ['gone: not_found'],
      error: null,
    });
    expect(membersOf(app, 'g3')).toEqual(['ada']);
  });
});

describe('a connector that is broken', () => {
  it('never makes it throw', async () => {
    const app = new FakeApp();
    app.findEntitlement = () => Promise.reject(new TypeError('a defect'));
    expect(await reconcile(app, UNKNOWN, '+ada')).toMatchObject({ done: [], error: 'retryable' });
  });
});

describe('an entitlement itself', () => {
  const shape = async (app: FakeApp, entitlement: LeasedEntitlement, ...members: string[]): Promise<object> => {
    const attempt = new Attempt('e1:1', 60_000, () => NOW);
    const { remoteId, appliedName, removed, error } = await reconcileMembers(
      app,
      entitlement,
      members.map(member),
      attempt,
    );
    return { remoteId, appliedName, removed, error: error?.errorClass ?? null };
  };

  it('gets its new name once its members are right, and keeps them', async () => {
    const app = new FakeApp().haveGroup('g7', 'Sales', 'bob');
    expect(await shape(app, { ...SALES, name: 'Revenue' }, '+ada')).toEqual({
      ...{ remoteId: 'g7', appliedName: 'Revenue', removed: false, error: null },
    });
    expect(app.calls).toEqual(['changeMembers g7 +ada', 'renameEntitlement g7 Revenue']);
    expect([app.groups.get('g7')?.name, membersOf(app)]).toEqual(['Revenue', ['ada', 'bob']]);
  });

  it('keeps its old name where the new one is refused, and its members are right all the same', async () => {
    const app = new FakeApp().haveGroup('g7', 'Sales').failNext('renameEntitlement', 'conflict');
    expect(await shape(app, { ...SALES, name: 'Revenue' }, '+ada')).toMatchObject({
      ...{ appliedName: 'Sales', error: 'conflict' },
    });
    expect(membersOf(app)).toEqual(['ada']);
  });

  it('is deleted when it is to go, whatever was to be changed in it', async () => {
    const app = new FakeApp().haveGroup('g7', 'Sales', 'bob');
    expect(await shape(app, { ...SALES, removed: true }, '-bob')).toEqual({
      ...{ remoteId: null, appliedName: null, removed: true, error: null },
    });
    expect(app.calls).toEqual(['deleteEntitlement g7']);
  });

  it('tells a person where the application cannot', async () => {
    const app = new FakeApp().haveGroup('g7', 'Sales');
    Object.assign(app, { renameEntitlement: undefined, deleteEntitlement: undefined });
    expect(await shape(app, { ...SALES, name: 'Revenue' })).toMatchObject({ error: 'unsupported' });
    expect(await shape(app, { ...SALES, removed: true })).toMatchObject({ error: 'unsupported' });
  });
});
