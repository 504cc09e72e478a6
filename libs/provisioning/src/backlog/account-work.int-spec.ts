import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId, type Tx } from '@tenure/platform';
import { Identity } from '@tenure/identity';
import {
  Account,
  ACCOUNT_TRANSITIONS,
  Application,
  BEHIND,
  PARKED,
  setsOf,
  whereEvent,
  type AccountEvent,
  type AccountState,
  type Mode,
} from '@tenure/applications';
import { startTestPlatform, type TestPlatform } from '../../../../test/support/platform.js';
import { leaseAccounts, writeOutcomes, type AccountOutcome, type LeasedAccount } from './account-leases.js';

const SEED = 20261201;
const RUNS = 60;
const SETTLE_MS = 3_600_000;
const BACKOFF_MS = 1_000;
const LEASE_MS = 10_000;
const EVENTS = Object.keys(ACCOUNT_TRANSITIONS) as readonly AccountEvent[];

/** What may happen to an account next. */
type Step =
  | { readonly kind: 'event'; readonly event: AccountEvent }
  | { readonly kind: 'lease' }
  | { readonly kind: 'outcome'; readonly how: 'applied' | 'lost' | 'retry' | 'failed' | 'held' | 'withheld' }
  | { readonly kind: 'mode'; readonly mode: Mode }
  | { readonly kind: 'time'; readonly ms: number };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...EVENTS).map((event): Step => ({ kind: 'event', event })) },
  { weight: 5, arbitrary: fc.constant<Step>({ kind: 'lease' }) },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom<'applied' | 'lost' | 'retry' | 'failed' | 'held' | 'withheld'>(
        'applied',
        'lost',
        'retry',
        'failed',
        'held',
        'withheld',
      )
      .map((how): Step => ({ kind: 'outcome', how })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Mode>('observe', 'add_only', 'enforce').map((mode): Step => ({ kind: 'mode', mode })),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(2_000, LEASE_MS + 1_000, SETTLE_MS + 1_000).map((ms): Step => ({ kind: 'time', ms })),
  },
);

/** By what each parked state is left; `mode_changed` needs no event of its own where the mode changes. */
const EXITS: Readonly<Partial<Record<AccountState, AccountEvent>>> = {
  withheld: 'mode_changed',
  waiting: 'woken',
  held: 'released',
  failed: 'retried',
  skipped: 'retried',
};

describe('the work state of an account', () => {
  let platform: TestPlatform;

  beforeAll(async () => {
    platform = await startTestPlatform();
  });
  afterAll(() => platform.close());

  it(`keeps fence, settle wait, obligations and rest under random events (seed ${SEED})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(STEP, { minLength: 5, maxLength: 40 }), async (steps) => {
        const walk = await Walk.begin(platform);
        for (const step of steps) await walk.take(step);
        await walk.reachesItsGoal();
      }),
      { seed: SEED, numRuns: RUNS },
    );
  }, 240_000);

  it.each([...PARKED])('leads out of %s by an event that begins anew', (state) => {
    const exit = EXITS[state];
    expect(exit).toBeDefined();
    const transition = ACCOUNT_TRANSITIONS[exit ?? 'desired'];
    expect(transition).toMatchObject({ to: 'pending', begins: true });
    expect(transition.from).toContain(state);
  });

  it('is written in one file only', () => {
    const columns = 'state|runnable|due_at|settle_until|attempts|look_first|lease_until|fence|owed|desired_version';
    const assigned = new RegExp(`(^|[\\s,])(${columns})\\s*=`);
    const root = path.resolve('libs');
    const offenders = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.includes('spec') && !file.includes('migrations'))
      .flatMap((file) => statementsOf(readFileSync(path.join(root, file), 'utf8')).map((sets) => ({ file, sets })))
      .filter(({ sets }) => assigned.test(sets));
    expect(offenders).toEqual([]);
  });
});

/** The parts between SET and the next clause of every statement that updates accounts; what a builder writes is left out. */
function statementsOf(source: string): string[] {
  const updates = source.matchAll(/UPDATE accounts\b[^`]*?\bSET\b([^`]*?)(\bWHERE\b|\bFROM (?!.*\))|`)/g);
  const upserts = source.matchAll(/INSERT INTO accounts\b[^`]*?DO UPDATE SET\b([^`]*)`/g);
  return [...updates, ...upserts].map(([, sets = '']) => sets.replace(/\$\{[^}]*\}/g, ''));
}

/** One account, and what has to be true of it whatever happens. Time passes by moving the row's times back. */
class Walk {
  private leased: LeasedAccount | null = null;
  /** How much time is left (ms) in which a call without an answer may still be carried out. */
  private settlesIn = 0;
  private mode: Mode = 'enforce';
  private turnMode: Mode = 'enforce';

  private constructor(
    private readonly platform: TestPlatform,
    private readonly tenantId: string,
    private readonly applicationId: string,
    private readonly id: string,
  ) {}

  static async begin(platform: TestPlatform): Promise<Walk> {
    const { tenantId } = await platform.tenant();
    const [applicationId, identityId, id] = [newId(), newId(), newId()];
    const walk = new Walk(platform, tenantId, applicationId, id);
    await walk.inTenant(async (tx) => {
      await tx.repository(Application).insert({
        ...{ tenantId, id: applicationId, name: 'App', connector: 'scim', mode: 'enforce' },
        ...{ config: {}, mapping: {}, sealedCredentials: Buffer.of() },
      });
      await tx.repository(Identity).insert({ tenantId, id: identityId, state: 'active', attributes: {}, lineage: {} });
      const desired = { enabled: true, attributes: {} };
      await tx
        .repository(Account)
        .insert({ tenantId, id, applicationId, identityId, shard: 0, desired, desiredAt: new Date() });
    });
    return walk;
  }

  async take(step: Step): Promise<void> {
    const before = await this.row();
    if (step.kind === 'event') await this.apply(step.event);
    if (step.kind === 'lease') await this.lease();
    if (step.kind === 'outcome') await this.end(step.how);
    if (step.kind === 'mode') await this.changeMode(step.mode);
    if (step.kind === 'time') await this.pass(step.ms);
    const after = await this.row();
    expect(BigInt(after.fence)).toBeGreaterThanOrEqual(BigInt(before.fence));
    expect(BigInt(after.desiredVersion)).toBeGreaterThanOrEqual(BigInt(before.desiredVersion));
    expect(after.runnable).toBe(!PARKED.has(after.state));
    // What is not applied stays to be done, and what is owed stays owed, until an outcome says otherwise.
    if (step.kind !== 'outcome') expect(after.appliedVersion).toBe(before.appliedVersion);
    if (step.kind !== 'outcome' && before.owed) expect(after.owed).toBe(true);
  }

  /** Whatever the walk has left: after the exit of its state, and its waits, the account is leased and applied. */
  async reachesItsGoal(): Promise<void> {
    await this.pass(SETTLE_MS + LEASE_MS + 1_000);
    const { state } = await this.row();
    const exit = EXITS[state];
    if (exit) await this.apply(exit);
    const [{ behind } = { behind: false }] = await this.inTenant((tx) =>
      tx.query<{ behind: boolean }>(`SELECT ${BEHIND} AS behind FROM accounts WHERE tenant_id = $1 AND id = $2`, [
        this.tenantId,
        this.id,
      ]),
    );
    const leased = await this.tryLease();
    expect(leased !== null).toBe(behind);
    if (leased === null) return;
    this.leased = leased;
    this.turnMode = this.mode;
    await this.end('applied');
    const { appliedVersion, desiredVersion, lookFirst } = await this.row();
    expect(appliedVersion).toBe(desiredVersion);
    expect(lookFirst).toBe(false);
  }

  private async apply(event: AccountEvent): Promise<void> {
    // A lease that lets an account wait is the one that was just taken.
    if (event === 'waits' && this.leased === null) return;
    await this.inTenant((tx) =>
      tx.query(`UPDATE accounts a SET ${setsOf(event)} WHERE a.tenant_id = $1 AND a.id = $2 AND ${whereEvent(event)}`, [
        this.tenantId,
        this.id,
      ]),
    );
    if (event === 'waits') this.leased = null;
  }

  private async lease(): Promise<void> {
    const before = await this.row();
    const leased = await this.tryLease();
    if (leased === null) return;
    // E0: nothing is sent while an earlier call may still be carried out, unless it is looked for first.
    expect(this.settlesIn).toBe(0);
    if (before.leaseUntil !== null) expect(leased.lookFirst).toBe(true);
    this.leased = leased;
    this.turnMode = this.mode;
  }

  private async tryLease(): Promise<LeasedAccount | null> {
    const request = {
      applicationId: this.applicationId,
      shard: 0,
      urgent: false,
      wanted: 1,
      limit: 1,
      allShards: false,
      leaseMs: LEASE_MS,
    };
    const [leased] = await this.inTenant((tx) => leaseAccounts(tx, request));
    return leased ?? null;
  }

  private async end(how: 'applied' | 'lost' | 'retry' | 'failed' | 'held' | 'withheld'): Promise<void> {
    const { leased } = this;
    if (leased === null) return;
    this.leased = null;
    const before = await this.row();
    const outcome = outcomeOf(leased, how);
    const written = await this.inTenant((tx) =>
      writeOutcomes(tx, [outcome], new Date(), { applicationId: this.applicationId, mode: this.turnMode }),
    );
    const after = await this.row();
    if (before.fence !== leased.fence) {
      expect(written).toEqual([]);
      expect(after).toEqual(before);
      return;
    }
    expect(written).toEqual([this.id]);
    if (how === 'lost') this.settlesIn = SETTLE_MS;
    else if (!outcome.lookFirst) this.settlesIn = 0;
    if (how === 'withheld' && this.turnMode !== this.mode) expect(after.state).toBe('pending');
    // No busy loop: what nothing has overtaken is not leased again at once, unless steps of a leave have come due.
    const overtaken =
      BigInt(after.desiredVersion) > BigInt(leased.desiredVersion) ||
      after.owed ||
      (how === 'withheld' && this.turnMode !== this.mode);
    if (!overtaken) expect(await this.tryLease()).toBeNull();
  }

  private async changeMode(mode: Mode): Promise<void> {
    this.mode = mode;
    await this.inTenant(async (tx) => {
      await tx.query('UPDATE applications SET mode = $3 WHERE tenant_id = $1 AND id = $2', [
        this.tenantId,
        this.applicationId,
        mode,
      ]);
      await tx.query(
        `UPDATE accounts a SET ${setsOf('mode_changed')} WHERE a.tenant_id = $1 AND a.id = $2 AND ${whereEvent('mode_changed')}`,
        [this.tenantId, this.id],
      );
    });
  }

  private async pass(ms: number): Promise<void> {
    this.settlesIn = Math.max(0, this.settlesIn - ms);
    await this.inTenant((tx) =>
      tx.query(
        `UPDATE accounts SET due_at = due_at - make_interval(secs => $3::float8 / 1000), settle_until = settle_until - make_interval(secs => $3::float8 / 1000),
           lease_until = lease_until - make_interval(secs => $3::float8 / 1000) WHERE tenant_id = $1 AND id = $2`,
        [this.tenantId, this.id, ms],
      ),
    );
  }

  private async row(): Promise<Account> {
    const found = await this.inTenant((tx) =>
      tx.repository(Account).findOneBy({ tenantId: this.tenantId, id: this.id }),
    );
    if (!found) throw new Error('the account is gone');
    return found;
  }

  private inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.platform.database.transaction(this.tenantId, work);
  }
}

function outcomeOf(
  { id, fence, desired, desiredVersion, attempts, lookFirst, remoteId }: LeasedAccount,
  how: 'applied' | 'lost' | 'retry' | 'failed' | 'held' | 'withheld',
): AccountOutcome {
  const base = {
    ...{ id, fence, ofVersion: desiredVersion, applied: desired, observed: null, remoteId },
    ...{ delayMs: 0, settleMs: 0, attempts: 0, lookFirst: false, error: null, plan: null, note: null },
  };
  switch (how) {
    case 'applied':
      return { ...base, appliedVersion: desiredVersion, state: 'active' };
    case 'lost':
      return {
        ...base,
        state: 'pending',
        delayMs: SETTLE_MS,
        settleMs: SETTLE_MS,
        attempts: attempts + 1,
        lookFirst: true,
      };
    case 'retry':
      return { ...base, state: 'pending', delayMs: BACKOFF_MS, attempts: attempts + 1, lookFirst };
    case 'failed':
    case 'held':
    case 'withheld':
      return { ...base, state: how, lookFirst };
  }
}
