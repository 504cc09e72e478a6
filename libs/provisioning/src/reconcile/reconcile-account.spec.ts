import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Application, DesiredAccount, Mode } from '@tenure/applications';
import type { ErrorClass, ObservedAccount } from '@tenure/connectors';
import type { LeasedAccount } from '../backlog/account-leases.js';
import { Attempt } from '../attempt/attempt.js';
import { decideOutcome, type OutcomeTerms } from './decide-outcome.js';
import { FakeApp } from './fake-app.fixture.js';
import { HeldByAnother, type HeldAt } from './find-account.js';
import type { DueLeaveStep } from '../offboarding/leave-steps.js';
import { AccountReconciler, type AccountPorts, type AccountResult } from './reconcile-account.js';
import type { NameWish } from './unique-names.js';

const NOW = new Date('2026-11-23T09:00:00Z');
const termsOf = (settleMs: number): OutcomeTerms => ({ mode: 'enforce', settleMs, now: NOW, random: 0, rest: false });
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
  owed: false,
  names: {},
  asked: {},
  fence: '1',
  ...more,
});
/** An account that was made before. */
const linked = (more: Partial<LeasedAccount> = {}): LeasedAccount =>
  leased({ remoteId: 'r1', observed: SEEN, ...more });
const nobodyElse: HeldAt = () => Promise.resolve(null);

interface Turn {
  readonly result: AccountResult;
  readonly operations: string[];
}

/** Names as the engine's own table has them: who holds what, and what the application refused. */
class Names {
  readonly held = new Map<string, string>();

  choose({ accountId, candidates }: NameWish): Promise<string | null> {
    const free = candidates.find((name) => (this.held.get(name) ?? accountId) === accountId);
    if (free !== undefined) this.held.set(free, accountId);
    return Promise.resolve(free ?? null);
  }

  refuse(_: NameWish, name: string): Promise<void> {
    this.held.set(name, 'somebody in the application');
    return Promise.resolve();
  }
}

interface Around extends Partial<AccountPorts> {
  readonly application?: Partial<Application>;
  readonly steps?: readonly DueLeaveStep[];
}

async function reconcile(
  app: FakeApp,
  account: LeasedAccount,
  mode: Mode = 'enforce',
  heldAt = nobodyElse,
  { application: more = {}, steps = [], ...besides }: Around = {},
): Promise<Turn> {
  const attempt = new Attempt(`${account.id}:${account.desiredVersion}`, 60_000, () => NOW);
  const application = { id: 'app', mode, mapping: {}, match: [], verify: 'answer', ...more } as Application;
  const ports: AccountPorts = {
    heldAt,
    names: new Names(),
    marks: { doubt: () => Promise.resolve(), settle: () => Promise.resolve() },
    credential: () => Promise.resolve({}),
    dueSteps: () => Promise.resolve(steps),
    now: () => NOW,
    admit: () => Promise.resolve({ kind: 'admitted' }),
    ...besides,
  };
  const result = await new AccountReconciler(application, app, account, attempt, ports).run();
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

  it.each<[string, FakeApp, HeldAt]>([
    [
      'by an account that is marked as somebody else’s',
      new FakeApp().have({ id: 'r1', externalId: 'account-of-bob' }),
      nobodyElse,
    ],
    [
      'by an account that another one of ours holds',
      new FakeApp().have({ id: 'r1' }),
      (id) => Promise.resolve(id === 'r1' ? 'then' : null),
    ],
  ])('%s: it is refused, and nothing is written', async (_, app, heldAt) => {
    const before = structuredClone([...app.accounts]);
    expect(errorOf(await reconcile(app, leased(), 'enforce', heldAt))).toBe(
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
    const { lookFirst, remoteId } = decideOutcome(account, lost.result, termsOf(0));
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

  it('C14: that is gone is looked for twice, the app’s own time apart, before it is made again', async () => {
    const app = new FakeApp();
    const account = linked({ desired: { enabled: true, attributes: { login: 'ada2' } } });
    const turn = await reconcile(app, account);
    expect(turn).toMatchObject({
      operations: ['update: not_found', 'look'],
      result: { kind: 'failed', observed: SEEN, error: { errorClass: 'not_found' } },
    });
    const { remoteId, observed, lookFirst, attempts, delayMs, state } = decideOutcome(account, turn.result, termsOf(0));
    expect({ remoteId, lookFirst, attempts, state }).toEqual({
      ...{ remoteId: 'r1', lookFirst: true, attempts: 1, state: 'pending' },
    });
    app.capabilities = { ...app.capabilities, settleMs: 9_000 };
    expect(decideOutcome(account, (await reconcile(app, account)).result, termsOf(9_000)).delayMs).toBe(9_000);
    expect(delayMs).toBeGreaterThan(0);
    expect((await reconcile(app, { ...account, remoteId, observed, attempts, lookFirst })).result).toMatchObject({
      kind: 'applied',
      observed: { id: 'new1' },
      remoteId: 'new1',
    });
  });

  it('C14: that shows late is there at the second look, and not doubled', async () => {
    const app = new FakeApp().have(SEEN);
    const account = linked({ attempts: 1, lookFirst: true });
    expect(await reconcile(app, account)).toMatchObject({ operations: ['look'], result: { kind: 'applied' } });
    expect(app.accounts.size).toBe(1);
  });

  it('C14: whose name is taken by what a lost call of ours made, and which shows late, is looked for again', async () => {
    const app = new FakeApp().have({ id: 'r7', attributes: { login: 'ada' } });
    app.find = () => Promise.resolve([]);
    const account = leased({ lookFirst: true, attempts: 1 });
    const turn = await reconcile(app, account);
    expect(decideOutcome(account, turn.result, termsOf(0))).toMatchObject({ state: 'pending', lookFirst: true });
    expect(decideOutcome(account, (await reconcile(app, leased())).result, termsOf(0))).toMatchObject({
      state: 'failed',
    });
  });

  it('E3: whose change meets a 404 and who reads all the same is not taken for gone', async () => {
    const app = new FakeApp().have(SEEN).failNext('update', 'not_found');
    const account = linked({ desired: { enabled: true, attributes: { login: 'ada2' } } });
    const turn = await reconcile(app, account);
    expect(turn.result).toMatchObject({ kind: 'failed', remoteId: 'r1', error: { errorClass: 'precondition' } });
  });

  it('that is gone and was made anew by hand is adopted, and not doubled', async () => {
    const app = new FakeApp().have({ id: 'r9' });
    app.capabilities = { ...app.capabilities, refusesDuplicatesOn: [] };
    const turn = await reconcile(app, linked({ observed: null }));
    expect(turn).toMatchObject({
      result: { kind: 'applied', observed: { id: 'r9', externalId: OURS }, adopted: true },
      operations: ['look', 'enable: not_found', 'look', 'adopt'],
    });
    expect(app.accounts.size).toBe(1);
  });

  it('C10: whom the app hides while disabled is enabled by the id that we know, and not made again', async () => {
    const app = new FakeApp().have({ ...SEEN, enabled: false });
    const get = app.get.bind(app);
    app.get = async (call, id) => {
      const found = await get(call, id);
      return found?.enabled === false ? null : found;
    };
    const turn = await reconcile(app, linked({ observed: null }));
    expect(turn).toMatchObject({
      operations: ['look', 'enable'],
      result: { kind: 'applied', observed: { id: 'r1', enabled: true } },
    });
  });

  it.each(['invalid', 'forbidden', 'unsupported', 'permanent', 'precondition'] as const)(
    'C12: that does not take our mark (%s) is ours by its id alone',
    async (errorClass) => {
      const app = new FakeApp().have({ id: 'r1', enabled: false });
      app.failNext('update', errorClass);
      const turn = await reconcile(app, leased());
      expect(turn).toMatchObject({
        operations: ['create: conflict', 'look', `adopt: ${errorClass}`, 'enable'],
        result: { kind: 'applied', observed: { id: 'r1', enabled: true }, adopted: true },
      });
    },
  );

  it('S2-11: that was there before is not written to in add_only, and what would be is said', async () => {
    const desired = { enabled: true, attributes: { login: 'ada', title: 'new' } };
    const app = new FakeApp().have({ id: 'r1', attributes: { login: 'ada', title: 'old' } });
    const { result } = await reconcile(app, leased({ desired }), 'add_only');
    expect(result).toMatchObject({
      kind: 'withheld',
      plan: [{ kind: 'update', change: { attributes: { title: 'new' } } }],
    });
    const observed: ObservedAccount = { ...SEEN, attributes: { login: 'ada', title: 'old' } };
    for (const wasThere of [true, false]) {
      const turn = await reconcile(new FakeApp().have(observed), linked({ desired, observed, wasThere }), 'add_only');
      expect(turn.result.kind).toBe(wasThere ? 'withheld' : 'applied');
    }
  });

  it('keeps its id when a change fails', async () => {
    const app = new FakeApp().have(SEEN).failNext('update', 'retryable');
    expect(
      (await reconcile(app, linked({ desired: { enabled: true, attributes: { login: 'ada2' } } }))).result,
    ).toMatchObject({ kind: 'failed', observed: SEEN });
  });
});

describe('a value that somebody changed in the application', () => {
  const observed = { ...SEEN, attributes: { login: 'ada', title: 'By hand', mail: 'old' } };
  const desired = { enabled: true, attributes: { login: 'ada', title: 'A', mail: 'new' } };

  it('stays while a person is asked about it, and the rest is written', async () => {
    const app = new FakeApp().have(observed);
    const turn = await reconcile(app, linked({ observed, desired, asked: { title: 'A' } }));
    expect([app.calls, turn.result.kind]).toEqual([['update r1 mail'], 'applied']);
  });

  it('is written over once something else is desired than when it was found', async () => {
    const app = new FakeApp().have(observed);
    await reconcile(app, linked({ observed, desired, asked: { title: 'Before' } }));
    expect(app.calls).toEqual(['update r1 title+mail']);
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
    const { remoteId, lookFirst } = decideOutcome(account, turn.result, termsOf(0));
    expect((await reconcile(app, { ...account, remoteId, lookFirst, observed: null })).result).toMatchObject({
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

  it.each<[string, () => FakeApp, LeasedAccount, string[]]>([
    ['a missing account', nothing, leased(), ['create']],
    ['an account of nobody', nobodys, leased(), ['adopt', 'enable']],
    ['a leaver', own, linked({ desired: LEFT, owed: true }), ['disable']],
    ['a difference', own, linked({ desired: { enabled: true, attributes: { login: 'ada2' } } }), ['update']],
    ['an unknown outcome', nothing, leased({ lookFirst: true }), ['create']],
  ])('writes nothing for %s, and says what it would do', async (_, makeApp, account, steps) => {
    const app = makeApp();
    const before = structuredClone([...app.accounts]);
    const { result } = await reconcile(app, account, 'observe');
    expect(result).toMatchObject({ kind: 'withheld', plan: steps.map((kind) => ({ kind })) });
    // Nothing becomes ours before it may be marked as ours.
    if (steps.includes('adopt')) expect(result.observed).toBeNull();
    expect([...app.accounts]).toEqual(before);
    expect(app.calls.filter((call) => !/^(get|find)/.test(call))).toEqual([]);
  });
});

describe('a name that must be unique', () => {
  const application = { mapping: { login: { value: 'identity.userName', unique: true } } } as const;
  const named = (app: FakeApp, account = leased(), besides: Around = {}): Promise<Turn> =>
    reconcile(app, account, 'enforce', nobodyElse, { application, ...besides });

  it('is the next one that is free, whoever has the first in the application: nobody’s account is taken for it', async () => {
    const app = new FakeApp().have({ id: 'r1' }).have({ id: 'r2', externalId: 'bob', attributes: { login: 'ada2' } });
    const { result, operations } = await named(app);
    expect(result).toMatchObject({
      kind: 'applied',
      observed: { id: 'new1', attributes: { login: 'ada3' } },
      names: { login: { base: 'ada', value: 'ada3' } },
    });
    expect(operations.filter((operation) => operation === 'create: conflict')).toHaveLength(2);
    expect(app.accounts.get('r1')?.externalId).toBeUndefined();
  });

  it('stays as long as the same is asked for, and costs nothing then', async () => {
    const observed = { ...SEEN, attributes: { login: 'ada3' } };
    const app = new FakeApp().have(observed);
    const names = { login: { base: 'ada', value: 'ada3' } };
    expect(await named(app, linked({ observed, names }))).toMatchObject({
      operations: [],
      result: { kind: 'applied' },
    });
  });

  it('of an account that is there already stays, when it is one that it could have got', async () => {
    const observed = { ...SEEN, attributes: { login: 'ada7' } };
    const turn = await named(new FakeApp().have(observed), linked({ observed }));
    expect(turn).toMatchObject({ operations: [], result: { names: { login: { base: 'ada', value: 'ada7' } } } });
  });

  it('of another base is chosen anew, and again when it is taken', async () => {
    const app = new FakeApp().have(SEEN).have({ id: 'r2', attributes: { login: 'eve' } });
    const update = app.update.bind(app);
    app.update = (call, id, change) => {
      if (change.attributes?.login === 'eve') app.failNext('update', 'conflict');
      return update(call, id, change);
    };
    const desired = { enabled: true, attributes: { login: 'eve' } };
    const turn = await named(app, linked({ desired, names: { login: { base: 'ada', value: 'ada' } } }));
    expect(turn.result).toMatchObject({ observed: { id: 'r1', attributes: { login: 'eve2' } } });
  });

  it('that cannot be found asks a person', async () => {
    const rule = { login: { value: 'identity.userName', unique: { suffix: 'none' } } } as const;
    const app = new FakeApp().have({ id: 'r1' });
    const turn = await reconcile(app, leased(), 'enforce', nobodyElse, { application: { mapping: rule } });
    expect(errorOf(turn)).toBe('conflict: No name is free for "login": add alternatives to its rule in the mapping.');
  });
});

describe('match rules', () => {
  const desired = { enabled: true, attributes: { login: 'ada', mail: 'ada@example.com' } };

  it('find whom the application knows under another name, before anything is created', async () => {
    const app = new FakeApp().have({ id: 'r1', attributes: { login: 'al', mail: 'ada@example.com' } });
    const application = { match: ['mail'] };
    const turn = await reconcile(app, leased({ desired }), 'enforce', nobodyElse, { application });
    expect(turn).toMatchObject({
      operations: ['look', 'adopt', 'update'],
      result: { kind: 'applied', observed: { id: 'r1', externalId: OURS, ...desired } },
    });
  });

  it('that find several leave it to a person', async () => {
    const app = new FakeApp()
      .have({ id: 'r1', attributes: { mail: 'x' } })
      .have({ id: 'r2', attributes: { mail: 'x' } });
    const account = leased({ desired: { enabled: true, attributes: { login: 'ada', mail: 'x' } } });
    const turn = await reconcile(app, account, 'enforce', nobodyElse, { application: { match: ['mail'] } });
    expect(turn.result).toMatchObject({ kind: 'failed', error: { remoteIds: ['r1', 'r2'] } });
    expect(app.accounts.size).toBe(2);
  });
});

describe('an initial password', () => {
  it('is written with the account, and is in no diff, no observed state and no later call', async () => {
    const app = new FakeApp();
    const made: unknown[] = [];
    const create = app.create.bind(app);
    app.create = (call, { attributes, ...account }) => {
      const { password, ...rest } = attributes;
      made.push(password);
      return create(call, { ...account, attributes: rest });
    };
    const credential = (): Promise<{ password: string }> => Promise.resolve({ password: 'once-only' });
    const turn = await reconcile(app, leased(), 'enforce', nobodyElse, { credential });
    expect(made).toEqual(['once-only']);
    expect(JSON.stringify(turn)).not.toContain('once-only');
  });
});

describe('verification', () => {
  const desired = { enabled: true, attributes: { login: 'ada', title: 'B' } };
  const readBack = { application: { verify: 'read_back' as const } };

  it('reads every change back where the application is not believed', async () => {
    const app = new FakeApp().have(SEEN);
    const turn = await reconcile(app, linked({ desired }), 'enforce', nobodyElse, readBack);
    expect(turn).toMatchObject({ operations: ['update', 'look'], result: { kind: 'applied' } });
  });

  it('names what reads back otherwise, and looks again once the application has settled', async () => {
    const app = new FakeApp().have(SEEN);
    app.liesAbout.add('r1');
    const account = linked({ desired });
    const turn = await reconcile(app, account, 'enforce', nobodyElse, readBack);
    expect(errorOf(turn)).toMatch(/^precondition: .* reads back otherwise: title\.$/);
    app.capabilities = { ...app.capabilities, settleMs: 9_000 };
    const again = await reconcile(app, account, 'enforce', nobodyElse, readBack);
    expect(decideOutcome(account, again.result, termsOf(9_000))).toMatchObject({ lookFirst: true, delayMs: 9_000 });
  });
});

describe('a leave', () => {
  const step = (kind: DueLeaveStep['kind'], more: Partial<DueLeaveStep> = {}): DueLeaveStep => ({
    ...{ id: kind, episode: 'e', kind, reason: 'left', heir: null, blockedBy: null, removesEntitlements: true },
    ...more,
  });
  const ALL = [
    step('disable'),
    step('end_sessions'),
    step('remove_entitlements'),
    step('transfer', { heir: { identityId: 'boss', remoteId: 'r9' } }),
    step('reclaim_licence'),
    step('read_back'),
  ];
  const leaving = (more: Partial<LeasedAccount> = {}): LeasedAccount => linked({ desired: LEFT, owed: true, ...more });
  const states = ({ result }: Turn): Record<string, string | null> =>
    Object.fromEntries((result.leave ?? []).map(({ id, state }) => [id, state]));
  const leave = (app: FakeApp, steps: readonly DueLeaveStep[], account = leaving()): Promise<Turn> =>
    reconcile(app, account, 'enforce', nobodyElse, { steps });

  it('goes step by step, and is read back at its end', async () => {
    const app = new FakeApp().have(SEEN).haveGroup('g1', 'Sales', 'r1', 'r2').haveGroup('g2', 'Secret', 'r1').able();
    const turn = await leave(app, ALL);
    expect(app.calls).toEqual([
      ...['update r1 enabled', 'endSessions r1', 'entitlementsOf r1', 'changeMembers g1 -r1', 'changeMembers g2 -r1'],
      ...['transferOwnership r1 to r9', 'reclaimLicence r1', 'get r1', 'entitlementsOf r1'],
    ]);
    expect(new Set(Object.values(states(turn)))).toEqual(new Set(['done']));
    expect(turn.result).toMatchObject({ kind: 'applied', observed: { enabled: false } });
  });

  it('tells a person what the application cannot do, and goes on', async () => {
    const app = new FakeApp().have(SEEN).haveGroup('g1', 'Sales', 'r1');
    expect(states(await leave(app, ALL))).toEqual({
      ...{ disable: 'done', end_sessions: 'unsupported', remove_entitlements: 'unsupported' },
      ...{ transfer: 'unsupported', reclaim_licence: 'unsupported', read_back: 'done' },
    });
  });

  it.each<[string, ErrorClass, string | null, string]>([
    ['a refusal for good: it is red, and the others go on', 'forbidden', 'failed', 'applied'],
    ['E3: a 404 of a session, which says nothing of the account', 'not_found', 'failed', 'applied'],
    ['a failure that may pass: the turn ends, and the step stays due', 'retryable', undefined as never, 'failed'],
  ])('meets %s', async (_, errorClass, state, kind) => {
    const app = new FakeApp().have(SEEN).able().failNext('endSessions', errorClass);
    const turn = await leave(app, ALL);
    expect([states(turn).end_sessions, turn.result.kind]).toEqual([state, kind]);
  });

  it('meets an account that is gone: nothing is left to do', async () => {
    const app = new FakeApp().able();
    const account = leaving({ attempts: 1, lookFirst: true });
    const turn = await leave(app, ALL, account);
    expect(new Set(Object.values(states(turn)))).toEqual(new Set(['done']));
    expect(decideOutcome(account, turn.result, termsOf(0))).toMatchObject({ state: 'deleted', remoteId: null });
  });

  it('E10: one entitlement that refuses stops the removal from no other, and nothing reads back green', async () => {
    const app = new FakeApp().have(SEEN).able();
    for (const [id, name] of [
      ['g1', 'Sales'],
      ['g2', 'Board'],
      ['g3', 'IT'],
    ] as const)
      app.haveGroup(id, name, 'r1');
    const change = app.changeMembers.bind(app);
    app.changeMembers = (call, group, members) => {
      if (group.id === 'g2') app.failNext('changeMembers', 'forbidden');
      return change(call, group, members);
    };
    const turn = await leave(app, ALL);
    expect([...app.groups].filter(([, { members }]) => members.has('r1')).map(([id]) => id)).toEqual(['g2']);
    expect(states(turn)).toMatchObject({ disable: 'done', remove_entitlements: 'failed', read_back: null });
    expect(turn.result).toMatchObject({ kind: 'failed', remoteId: 'r1', error: { errorClass: 'precondition' } });
  });

  it('E3: a 404 of a group that is gone meanwhile is that group’s, and the account stays known', async () => {
    const app = new FakeApp().have(SEEN).haveGroup('g1', 'Sales', 'r1').haveGroup('g2', 'IT', 'r1').able();
    const change = app.changeMembers.bind(app);
    app.changeMembers = (call, group, members) => {
      if (group.id === 'g1') app.groups.delete('g1');
      return change(call, group, members);
    };
    const turn = await leave(app, ALL);
    expect(new Set(Object.values(states(turn)))).toEqual(new Set(['done']));
    expect(turn.result).toMatchObject({ kind: 'applied', remoteId: 'r1', observed: { enabled: false } });
    expect(app.groups.get('g2')?.members.size).toBe(0);
  });

  it.each([
    ['C1: neither on nor off', 'unknown', null, 'failed'],
    ['enabled', true, null, 'failed'],
    ['disabled, whatever the answer was', false, 'done', 'applied'],
  ] as const)('E17: is judged by what reads back: %s', async (_, reads, state, kind) => {
    const app = new FakeApp().have(SEEN).able();
    const get = app.get.bind(app);
    app.get = async (call, id) => ({ ...SEEN, ...(await get(call, id)), enabled: reads });
    app.liesAbout.add('r1');
    const turn = await leave(app, ALL);
    expect([states(turn).disable, states(turn).read_back, turn.result.kind]).toEqual([state, state, kind]);
    expect(states(turn).remove_entitlements).toBe('done');
  });

  it('C1: sends the disabling to an account whose switch cannot be read', async () => {
    const observed: ObservedAccount = { ...SEEN, enabled: 'unknown' };
    const app = new FakeApp().have(observed).able();
    const turn = await leave(app, ALL, leaving({ observed }));
    expect(app.calls[0]).toBe('update r1 enabled');
    expect(states(turn).disable).toBe('done');
  });

  it.each(['forbidden', 'invalid', 'unsupported', 'permanent'] as const)(
    'goes on with everything else when the disabling is refused (%s), and is red',
    async (errorClass) => {
      const app = new FakeApp().have(SEEN).haveGroup('g1', 'Sales', 'r1').able().failNext('update', errorClass);
      const turn = await leave(app, ALL);
      expect(app.groups.get('g1')?.members.size).toBe(0);
      expect(states(turn)).toMatchObject({ disable: 'failed', remove_entitlements: 'done', read_back: 'failed' });
      expect(errorOf(turn)).toContain(errorClass);
    },
  );

  it('C10: keeps the id of an account that the app hides once it is disabled', async () => {
    const app = new FakeApp().have(SEEN).haveGroup('g1', 'Sales', 'r1').able();
    const get = app.get.bind(app);
    app.get = async (call, id) => {
      const found = await get(call, id);
      return found?.enabled === false ? null : found;
    };
    const turn = await leave(app, ALL);
    expect(new Set(Object.values(states(turn)))).toEqual(new Set(['done']));
    expect(app.groups.get('g1')?.members.size).toBe(0);
    expect(decideOutcome(leaving(), turn.result, termsOf(0))).toMatchObject({ state: 'disabled', remoteId: 'r1' });
  });

  it('C10: is sent the disabling by the id that we know, where the account does not read', async () => {
    const app = new FakeApp().have(SEEN).able();
    app.get = () => Promise.resolve(null);
    const turn = await leave(app, ALL, leaving({ observed: null }));
    expect(app.accounts.get('r1')?.enabled).toBe(false);
    expect(turn.result).toMatchObject({ kind: 'applied', remoteId: 'r1' });
  });

  it('C14: does not take an account that was never seen since it was made for one that is hidden', async () => {
    const app = new FakeApp();
    app.get = () => Promise.resolve(null);
    const first = await reconcile(app, leased(), 'enforce', nobodyElse, { application: { verify: 'read_back' } });
    const account = leased();
    const { remoteId, observed } = decideOutcome(account, first.result, termsOf(0));
    expect({ remoteId, enabled: observed?.enabled }).toEqual({ remoteId: 'new1', enabled: true });
    await leave(app.able(), ALL, leaving({ remoteId, observed, attempts: 1, lookFirst: true }));
    expect(app.accounts.get('new1')?.enabled).toBe(false);
  });

  it('C2: of somebody whose look-up finds a colleague’s account writes nothing', async () => {
    const app = new FakeApp().have({ id: 'r9', externalId: OURS }).able();
    const turn = await reconcile(
      app,
      leased({ desired: LEFT, owed: true }),
      'enforce',
      (id) => Promise.resolve(id === 'r9' ? 'then' : null),
      { steps: ALL },
    );
    expect(errorOf(turn)).toBe('conflict: The account that matches belongs to somebody else.');
    expect(app.calls).toEqual(['find', 'get r9']);
    expect(app.accounts.get('r9')?.enabled).toBe(true);
    // It carries our mark, so the application may have written more: its holder is compared with it.
    const { result } = turn;
    expect(result.kind === 'failed' && result.error instanceof HeldByAnother && result.error.seen).toMatchObject({
      ...{ remoteId: 'r9', observed: { id: 'r9', enabled: true }, readAt: 'then' },
    });
  });

  it('is not deleted as long as the app shows the account', async () => {
    const app = new FakeApp().have({ ...SEEN, enabled: false }).able();
    app.delete = () => Promise.resolve();
    const account = leaving({ observed: { ...SEEN, enabled: false } });
    expect(states(await leave(app, [step('delete')], account))).toEqual({ delete: null });
  });

  it('is not read back while a membership is left, which is removed once more', async () => {
    const app = new FakeApp().have(SEEN).haveGroup('g1', 'Sales', 'r1').able();
    expect(errorOf(await leave(app, [step('read_back')]))).toBe(
      'precondition: The account reads back as a member of 1 entitlements.',
    );
    expect(states(await leave(app, [step('read_back')]))).toEqual({ read_back: 'done' });
  });

  it('sends a removal again that was answered and did not happen: it is done when it reads back', async () => {
    const app = new FakeApp().have(SEEN).haveGroup('g1', 'Sales', 'r1').haveGroup('g2', 'Staff', 'r1').able();
    const change = app.changeMembers.bind(app);
    app.changeMembers = (call, entitlement, members) =>
      entitlement.id === 'g1' ? Promise.resolve() : change(call, entitlement, members);
    const ignored = await leave(app, ALL);
    expect(states(ignored)).toMatchObject({ disable: 'done', remove_entitlements: null, read_back: null });
    expect(errorOf(ignored)).toBe('precondition: The account reads back as a member of 1 entitlements.');
    app.changeMembers = change;
    const again = await leave(app, [step('remove_entitlements'), step('read_back')]);
    expect(states(again)).toEqual({ remove_entitlements: 'done', read_back: 'done' });
    expect(again.result.leave).toMatchObject([{ note: 'Out of 1.' }, { note: null }]);
  });

  it.each<[string, DueLeaveStep['heir'], RegExp]>([
    ['nobody is named', null, /has no manager/],
    ['whoever is named is not there', { identityId: 'boss', remoteId: null }, /has no account in this application/],
  ])('does not give away what somebody owns while %s', async (_, heir, message) => {
    const app = new FakeApp().have(SEEN).able();
    const { result } = await leave(app, [step('transfer', { heir })]);
    expect(result.leave).toMatchObject([{ state: 'failed', error: { message: expect.stringMatching(message) } }]);
  });

  it('deletes at its end, unless something before it is open', async () => {
    const app = new FakeApp().have(SEEN);
    const blocked = await leave(app, [step('delete', { blockedBy: 'transfer' })]);
    expect(blocked.result.leave).toMatchObject([
      { state: null, note: expect.stringContaining('Waits for "transfer"') },
    ]);
    const failing = await leave(new FakeApp().have(SEEN), [step('transfer'), step('delete')]);
    expect(failing.result.leave).toMatchObject([{ state: 'failed' }, { state: null }]);
    expect(app.accounts.size).toBe(1);
    const account = leaving({ observed: { ...SEEN, enabled: false } });
    const turn = await leave(app, [step('delete')], account);
    expect(app.accounts.size).toBe(0);
    expect(decideOutcome(account, turn.result, termsOf(0))).toMatchObject({ state: 'deleted', remoteId: null });
  });

  it('of somebody who is back already ends the sessions before the account is enabled', async () => {
    const app = new FakeApp().have({ ...SEEN, enabled: false }).able();
    const account = linked({ observed: { ...SEEN, enabled: false }, owed: true });
    await leave(app, [step('end_sessions')], account);
    expect(app.calls).toEqual(['endSessions r1', 'update r1 enabled']);
  });

  it('waits where not everything may be written', async () => {
    const app = new FakeApp().have(SEEN).able();
    const turn = await reconcile(app, leaving(), 'add_only', nobodyElse, { steps: ALL });
    expect([turn.result.kind, app.calls]).toEqual(['withheld', []]);
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
              const { observed, remoteId, lookFirst } = decideOutcome(account, result, termsOf(0));
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

describe('what a safety budget keeps back', () => {
  const excess = { window: 'hour', limit: { count: 0, percent: 0 }, spent: 0, population: 9 } as const;
  const held =
    (action: 'disable' | 'delete'): Around['admit'] =>
    (steps) =>
      Promise.resolve(
        steps.some(({ kind }) => kind === action) ? { kind: 'held', held: [{ action, excess }] } : { kind: 'admitted' },
      );

  it('is not executed, and told with its plan', async () => {
    const app = new FakeApp();
    app.accounts.set('r1', SEEN);
    const turn = await reconcile(app, linked({ desired: LEFT }), 'enforce', nobodyElse, { admit: held('disable') });
    expect(turn).toMatchObject({
      result: { kind: 'held', plan: [{ kind: 'disable' }], held: [{ excess }] },
      operations: [],
    });
    expect(decideOutcome(linked({ desired: LEFT }), turn.result, termsOf(0))).toMatchObject({
      state: 'held',
      remoteId: 'r1',
      note: 'The safety budget for disable (0 and 0 % of 9 in any hour) is used up: 0 were done.',
    });
  });

  it('is skipped when a person has rejected it', async () => {
    const app = new FakeApp();
    app.accounts.set('r1', SEEN);
    const admit: Around['admit'] = () => Promise.resolve({ kind: 'refused', reason: 'never' });
    const turn = await reconcile(app, linked({ desired: LEFT }), 'enforce', nobodyElse, { admit });
    expect(turn).toMatchObject({ result: { kind: 'skipped', reason: 'never' }, operations: [] });
    expect(decideOutcome(linked(), turn.result, termsOf(0))).toMatchObject({ state: 'skipped', note: 'never' });
  });

  it('of a leave is the deletion alone: the account is applied, and the step stays due', async () => {
    const app = new FakeApp();
    app.accounts.set('r1', { ...SEEN, enabled: false });
    const account = linked({ desired: LEFT, owed: true, observed: { ...SEEN, enabled: false } });
    const step: DueLeaveStep = {
      id: 's',
      episode: 'e',
      kind: 'delete',
      reason: 'left',
      heir: null,
      blockedBy: null,
      removesEntitlements: false,
    };
    const { result, operations } = await reconcile(app, account, 'enforce', nobodyElse, {
      admit: held('delete'),
      steps: [step],
    });
    expect(result).toMatchObject({
      kind: 'applied',
      held: [{ action: 'delete' }],
      leave: [{ id: 's', state: null, note: expect.stringMatching(/^Held/) }],
    });
    expect(operations).toEqual([]);
  });
});
