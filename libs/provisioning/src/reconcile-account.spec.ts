import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Application, DesiredAccount, Mode } from '@tenure/applications';
import type { ErrorClass, ObservedAccount } from '@tenure/connectors';
import type { LeasedAccount } from './account-leases.js';
import { Attempt } from './attempt.js';
import { decideOutcome } from './decide-outcome.js';
import { FakeApp } from './fake-app.fixture.js';
import { AccountReconciler, type AccountResult, type IsOwned } from './reconcile-account.js';

const NOW = new Date('2026-11-23T09:00:00Z');
const WANTED: DesiredAccount = { enabled: true, attributes: { login: 'ada' } };
const LEFT: DesiredAccount = { ...WANTED, enabled: false };
const OURS = 'account-of-ada';
const SEEN: ObservedAccount = { id: 'r1', externalId: OURS, enabled: true, attributes: { login: 'ada' } };

const leased = (more: Partial<LeasedAccount> = {}): LeasedAccount => ({
  id: OURS,
  identityId: 'ada',
  desired: WANTED,
  desiredVersion: '1',
  desiredAt: NOW,
  cause: null,
  because: [],
  observed: null,
  remoteId: null,
  attempts: 0,
  lookFirst: false,
  fence: '1',
  ...more,
});
/** An account that was made before. */
const linked = (more: Partial<LeasedAccount> = {}): LeasedAccount =>
  leased({ remoteId: 'r1', observed: SEEN, ...more });
const nobodyElse: IsOwned = () => Promise.resolve(false);

interface Turn {
  readonly result: AccountResult;
  readonly operations: string[];
}

async function reconcile(
  app: FakeApp,
  account: LeasedAccount,
  mode: Mode = 'enforce',
  isOwned = nobodyElse,
): Promise<Turn> {
  const attempt = new Attempt(`${account.id}:${account.desiredVersion}`, 60_000, () => NOW);
  const application = { id: 'app', mode } as Application;
  const result = await new AccountReconciler(application, app, account, attempt, isOwned).run();
  return {
    result,
    operations: attempt.operations.map(({ kind, outcome }) => (outcome === 'succeeded' ? kind : `${kind}: ${outcome}`)),
  };
}

const errorOf = ({ result }: Turn): string =>
  result.kind === 'failed' ? `${result.error.errorClass}: ${result.error.message}` : result.kind;

describe('a first account', () => {
  it('is created without a look, where the app itself refuses a second one', async () => {
    const app = new FakeApp();
    expect(await reconcile(app, leased())).toMatchObject({
      result: { kind: 'applied', observed: { id: 'new1', externalId: OURS } },
      operations: ['create'],
    });
    expect(app.calls).toEqual(['create']);
  });

  it('is looked for before it is created, where the app would take a second one', async () => {
    const app = new FakeApp();
    app.capabilities = { ...app.capabilities, refusesDuplicatesOn: [] };
    expect((await reconcile(app, leased())).operations).toEqual(['look', 'create']);
    const again = await reconcile(app, leased());
    expect(again).toMatchObject({ result: { observed: { id: 'new1' } }, operations: ['look'] });
    expect(app.accounts.size).toBe(1);
  });

  it('is not created for somebody who is gone before it was made', async () => {
    const app = new FakeApp();
    expect(await reconcile(app, leased({ desired: LEFT }))).toMatchObject({
      result: { kind: 'applied', observed: null },
      operations: ['look'],
    });
    expect(app.accounts.size).toBe(0);
  });
});

describe('a name that is taken', () => {
  it('by the account that our own lost call made: it is ours', async () => {
    const app = new FakeApp().have({ id: 'r1', externalId: OURS });
    const turn = await reconcile(app, leased());
    expect(turn).toMatchObject({
      result: { kind: 'applied', observed: { id: 'r1' } },
      operations: ['create: conflict', 'look'],
    });
  });

  it('by an account of nobody: it is adopted, enabled and corrected', async () => {
    const app = new FakeApp().have({ id: 'r1', enabled: false, attributes: { login: 'ada', title: 'old' } });
    const desired = { enabled: true, attributes: { login: 'ada', title: 'new' } };
    const turn = await reconcile(app, leased({ desired }));
    expect(turn.operations).toEqual(['create: conflict', 'look', 'adopt', 'enable']);
    expect(turn.result).toMatchObject({ kind: 'applied', observed: { id: 'r1', externalId: OURS, ...desired } });
    expect(app.accounts.size).toBe(1);
  });

  it('by an account of nobody, in add_only: what would be cleared is withheld, and not called applied', async () => {
    const app = new FakeApp().have({ id: 'r1', attributes: { login: 'ada', title: 'old' } });
    const { result } = await reconcile(
      app,
      leased({ desired: { enabled: true, attributes: { login: 'ada', title: null } } }),
      'add_only',
    );
    expect(result).toMatchObject({
      kind: 'withheld',
      observed: { id: 'r1', externalId: OURS },
      plan: [{ kind: 'update', change: { attributes: { title: null } } }],
    });
  });

  it.each<[string, FakeApp, IsOwned]>([
    [
      'by an account that is marked as somebody else’s',
      new FakeApp().have({ id: 'r1', externalId: 'account-of-bob' }),
      nobodyElse,
    ],
    [
      'by an account that another one of ours holds',
      new FakeApp().have({ id: 'r1' }),
      (id) => Promise.resolve(id === 'r1'),
    ],
  ])('%s: it is refused, and nothing is written', async (_, app, isOwned) => {
    const before = structuredClone([...app.accounts]);
    expect(errorOf(await reconcile(app, leased(), 'enforce', isOwned))).toBe(
      'conflict: The account that matches belongs to somebody else.',
    );
    expect([...app.accounts]).toEqual(before);
  });

  it('by two accounts: a person must say which one it is', async () => {
    const app = new FakeApp().have({ id: 'r1' }).have({ id: 'r2' });
    expect(errorOf(await reconcile(app, leased()))).toBe(
      'conflict: 2 accounts of the application match; link one of them by hand.',
    );
  });

  it('by something that no look finds: the app’s own conflict is told', async () => {
    const app = new FakeApp().failNext('create', 'conflict');
    expect(errorOf(await reconcile(app, leased()))).toBe('conflict: it was conflict');
  });
});

describe('after a call without an answer', () => {
  it('looks first, and finds what the call had made', async () => {
    const app = new FakeApp().failNext('create', 'outcome_unknown', true);
    const account = leased();
    const lost = await reconcile(app, account);
    expect(errorOf(lost)).toBe('outcome_unknown: it was outcome_unknown');
    const { lookFirst, remoteId } = decideOutcome(account, lost.result, 0, NOW, 0);
    expect({ lookFirst, remoteId }).toEqual({ lookFirst: true, remoteId: null });
    expect(await reconcile(app, leased({ lookFirst: true }))).toMatchObject({
      result: { kind: 'applied', observed: { id: 'new1' } },
      operations: ['look'],
    });
    expect(app.accounts.size).toBe(1);
  });

  it('looks first, and makes what the call had not made; then reads it back', async () => {
    const app = new FakeApp();
    expect((await reconcile(app, leased({ lookFirst: true }))).operations).toEqual(['look', 'create', 'look']);
  });

  it('looks at the account itself when its id is known', async () => {
    const app = new FakeApp().have({ ...SEEN, attributes: { login: 'ada', title: 'B' } });
    const desired = { enabled: true, attributes: { login: 'ada', title: 'B' } };
    expect(await reconcile(app, linked({ desired, lookFirst: true }))).toMatchObject({
      result: { kind: 'applied' },
      operations: ['look'],
    });
    expect(app.calls).toEqual(['get r1']);
  });

  it('does not believe an answer whose account does not read back', async () => {
    const app = new FakeApp();
    const account = leased({ lookFirst: true });
    const create = app.create.bind(app);
    app.create = async (call, wanted) => {
      const made = await create(call, wanted);
      app.accounts.delete(made.id);
      return made;
    };
    expect(errorOf(await reconcile(app, account))).toBe(
      'precondition: The application answered that the account is there, but it does not read back.',
    );
  });
});

describe('a known account', () => {
  it('is changed without a look: the last answer is known', async () => {
    const app = new FakeApp().have(SEEN);
    const turn = await reconcile(app, linked({ desired: { enabled: true, attributes: { login: 'ada', title: 'B' } } }));
    expect(turn.operations).toEqual(['update']);
    expect(app.calls).toEqual(['update r1 title']);
  });

  it('costs no call when it is as it must be', async () => {
    const app = new FakeApp().have(SEEN);
    expect(await reconcile(app, linked())).toMatchObject({
      result: { kind: 'applied', observed: SEEN },
      operations: [],
    });
    expect(app.calls).toEqual([]);
  });

  it('that is gone is noticed at the change, and made again at the next try', async () => {
    const app = new FakeApp();
    const account = linked({ desired: { enabled: true, attributes: { login: 'ada2' } } });
    const turn = await reconcile(app, account);
    expect(turn.result).toMatchObject({ kind: 'failed', observed: null, error: { errorClass: 'not_found' } });
    const { remoteId, lookFirst, state } = decideOutcome(account, turn.result, 0, NOW, 0);
    expect({ remoteId, lookFirst, state }).toEqual({ remoteId: null, lookFirst: true, state: 'pending' });
    expect((await reconcile(app, { ...account, remoteId, observed: null, lookFirst })).result).toMatchObject({
      kind: 'applied',
      observed: { id: 'new1' },
    });
  });

  it('that is gone and was made anew by hand is adopted, and not doubled', async () => {
    const app = new FakeApp().have({ id: 'r9' });
    app.capabilities = { ...app.capabilities, refusesDuplicatesOn: [] };
    const turn = await reconcile(app, linked({ observed: null }));
    expect(turn).toMatchObject({
      result: { kind: 'applied', observed: { id: 'r9', externalId: OURS } },
      operations: ['look', 'look', 'adopt'],
    });
    expect(app.accounts.size).toBe(1);
  });

  it('keeps its id when a change fails', async () => {
    const app = new FakeApp().have(SEEN).failNext('update', 'retryable');
    expect(
      (await reconcile(app, linked({ desired: { enabled: true, attributes: { login: 'ada2' } } }))).result,
    ).toMatchObject({ kind: 'failed', observed: SEEN });
  });
});

describe('a leaver', () => {
  it('is disabled, and read back', async () => {
    const app = new FakeApp().have(SEEN);
    expect(await reconcile(app, linked({ desired: LEFT }))).toMatchObject({
      result: { kind: 'applied', observed: { enabled: false } },
      operations: ['disable', 'look'],
    });
    expect(app.calls).toEqual(['update r1 enabled', 'get r1']);
  });

  it('is not called disabled when the account reads back as enabled', async () => {
    const app = new FakeApp().have(SEEN);
    app.liesAbout.add('r1');
    expect(errorOf(await reconcile(app, linked({ desired: LEFT })))).toBe(
      'precondition: The application answered that the account is disabled, but it reads back as enabled.',
    );
  });

  it.each<[string, LeasedAccount]>([
    ['known to be there', linked({ desired: LEFT })],
    ['not known to be there', linked({ desired: LEFT, observed: null })],
    ['looked for first', linked({ desired: LEFT, lookFirst: true })],
  ])('whose account is gone, and was %s, has nothing left', async (_, account) => {
    const app = new FakeApp();
    const turn = await reconcile(app, account);
    if (turn.result.kind === 'applied') {
      expect(turn.result.observed).toBeNull();
      return;
    }
    const { remoteId, lookFirst } = decideOutcome(account, turn.result, 0, NOW, 0);
    expect((await reconcile(app, { ...account, remoteId, lookFirst, observed: null })).result).toEqual({
      kind: 'applied',
      observed: null,
    });
  });

  it('who is back is enabled again in the same account', async () => {
    const app = new FakeApp().have({ ...SEEN, enabled: false });
    const turn = await reconcile(app, linked({ observed: { ...SEEN, enabled: false } }));
    expect(turn).toMatchObject({
      result: { kind: 'applied', observed: { id: 'r1', enabled: true } },
      operations: ['enable'],
    });
  });

  it('keeps the account in add_only, and that is said', async () => {
    const app = new FakeApp().have(SEEN);
    const { result } = await reconcile(app, linked({ desired: LEFT }), 'add_only');
    expect(result).toMatchObject({ kind: 'withheld', plan: [{ kind: 'disable' }] });
    expect(app.calls).toEqual([]);
  });
});

describe('the mode observe', () => {
  const nothing = (): FakeApp => new FakeApp();
  const nobodys = (): FakeApp => new FakeApp().have({ id: 'r1', enabled: false });
  const own = (): FakeApp => new FakeApp().have(SEEN);

  it.each<[string, () => FakeApp, LeasedAccount, string]>([
    ['a missing account', nothing, leased(), 'create'],
    ['an account of nobody', nobodys, leased(), 'enable'],
    ['a leaver', own, linked({ desired: LEFT }), 'disable'],
    ['a difference', own, linked({ desired: { enabled: true, attributes: { login: 'ada2' } } }), 'update'],
    ['an unknown outcome', nothing, leased({ lookFirst: true }), 'create'],
  ])('writes nothing for %s, and says what it would do', async (_, makeApp, account, step) => {
    const app = makeApp();
    const before = structuredClone([...app.accounts]);
    const { result } = await reconcile(app, account, 'observe');
    expect(result).toMatchObject({ kind: 'withheld', plan: [{ kind: step }] });
    expect([...app.accounts]).toEqual(before);
    expect(app.calls.filter((call) => !/^(get|find)/.test(call))).toEqual([]);
  });
});

describe('whatever fails, and however often', () => {
  const METHODS = ['get', 'find', 'create', 'update'] as const;
  const fault = fc.tuple(
    fc.constantFrom(...METHODS),
    fc.constantFrom<ErrorClass>('retryable', 'outcome_unknown', 'rate_limited'),
    fc.boolean(),
  );

  it('ends with exactly one account, as it must be, whether the app refuses duplicates or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fault, { maxLength: 6 }),
        fc.boolean(),
        fc.boolean(),
        async (faults, refuses, leaves) => {
          const app = new FakeApp();
          app.capabilities = { ...app.capabilities, refusesDuplicatesOn: refuses ? ['login'] : [] };
          // Only of an unknown outcome can it be that the work was done.
          for (const [method, errorClass, done] of faults)
            app.failNext(method, errorClass, done && errorClass === 'outcome_unknown');
          let account = leased();
          const settle = async (): Promise<void> => {
            for (let tries = 0; tries < 20; tries++) {
              const { result } = await reconcile(app, account);
              const { observed, remoteId, lookFirst } = decideOutcome(account, result, 0, NOW, 0);
              account = { ...account, observed, remoteId, lookFirst };
              if (result.kind === 'applied') return;
            }
            throw new Error('it was never applied');
          };
          await settle();
          if (leaves) {
            account = { ...account, desired: LEFT, desiredVersion: '2' };
            await settle();
          }
          expect([...app.accounts.values()]).toEqual([
            { id: expect.any(String), externalId: OURS, ...WANTED, enabled: !leaves },
          ]);
        },
      ),
      { seed: 20_261_124, numRuns: 500 },
    );
  });
});
