import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, type Database, type Tx } from '@tenure/platform';
import { Identity } from '@tenure/identity';
import { Account, Application, type BudgetAction, type Budgets, type DisableReason } from '@tenure/applications';
import { startTestPlatform, type TestPlatform } from '../../../../test/support/platform.js';
import { BudgetGate, type Admission } from './budget-gate.js';
import { BudgetSpend, HeldItem } from './held-item.entity.js';
import { keepHeldItems } from './keep-held-items.js';
import type { BudgetedAction } from './pass-budget.js';

const FIVE_AN_HOUR: Budgets = { disable: { hour: { count: 5, percent: 0 }, day: null, week: null } };
const HOUR_MS = 3_600_000;

describe('the budget gate', () => {
  let platform: TestPlatform;
  let tenantId: string;
  let application: Application;
  let gate: BudgetGate;
  beforeAll(async () => {
    platform = await startTestPlatform();
  });
  afterAll(() => platform.close());
  beforeEach(async () => {
    ({ tenantId } = await platform.tenant());
    gate = new BudgetGate(platform.database, platform.clock);
    await use(FIVE_AN_HOUR);
  });

  const inTenant = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => platform.database.transaction(tenantId, work);

  async function use(budgets: Budgets): Promise<void> {
    const id = newId();
    const row = {
      tenantId,
      id,
      name: id,
      connector: 'scim',
      mode: 'enforce',
      config: {},
      mapping: {},
      budgets,
    } as const;
    await inTenant((tx) => tx.repository(Application).insert({ ...row, sealedCredentials: Buffer.of() }));
    application = row as unknown as Application;
  }

  interface Wanted {
    readonly because?: DisableReason;
    readonly state?: 'active' | 'terminated';
    readonly fact?: string;
    readonly action?: BudgetAction;
  }

  /** Accounts that were enabled, and must not be any more. */
  async function accounts(
    many: number,
    { because = 'lost', state = 'active', fact = 'employed', action = 'disable' }: Wanted = {},
  ): Promise<BudgetedAction[]> {
    const made = Array.from({ length: many }, (): BudgetedAction => ({
      action,
      accountId: newId(),
      entitlementId: null,
      version: '2',
      because,
      disabled: true,
    }));
    await inTenant(async (tx) => {
      for (const { accountId: id, version: desiredVersion } of made) {
        const identityId = newId();
        await tx
          .repository(Identity)
          .insert({ tenantId, id: identityId, state, attributes: {}, lineage: {}, stateReason: { fact } });
        const desired = { enabled: false, attributes: {}, because };
        const applied = { enabled: true, attributes: {} };
        await tx.repository(Account).insert({
          tenantId,
          id,
          applicationId: application.id,
          identityId,
          shard: 0,
          desired,
          desiredVersion,
          desiredAt: new Date(),
          applied,
          appliedVersion: '1',
        });
      }
    });
    return made;
  }

  const kinds = (admissions: readonly Admission[]): string =>
    ['admitted', 'held', 'refused']
      .map((kind) => `${admissions.filter((admission) => admission.kind === kind).length} ${kind}`)
      .filter((line) => !line.startsWith('0'))
      .join(', ');
  const ask = async (asked: readonly BudgetedAction[], by = gate): Promise<string> =>
    kinds(await by.admit(application, asked));
  const spent = async (): Promise<number> => {
    const rows = await inTenant((tx) => tx.repository(BudgetSpend).findBy({ tenantId, applicationId: application.id }));
    return rows.reduce((sum, { count }) => sum + count, 0);
  };
  const counting = (): { readonly database: Database; readonly count: () => number } => {
    let count = 0;
    const transaction: Database['transaction'] = (tenant, work) => {
      count += 1;
      return platform.database.transaction(tenant, work);
    };
    return { database: { transaction } as Database, count: () => count };
  };

  it('lets through what fits, and holds the rest with the budget and what it saw', async () => {
    const admissions = await gate.admit(application, await accounts(7));
    expect(kinds(admissions)).toBe('5 admitted, 2 held');
    const excess = { window: 'hour', limit: { count: 5, percent: 0 }, spent: 0, population: 7 };
    expect(admissions.at(-1)).toEqual({ kind: 'held', excess });
    expect(await spent()).toBe(5);
  });

  it('counts one version of one account once, and a newer one again', async () => {
    const three = await accounts(3);
    expect([await ask(three), await ask(three), await ask(three)]).toEqual(Array(3).fill('3 admitted'));
    expect(await spent()).toBe(3);
    expect(await ask(three.map((one) => ({ ...one, version: '3' })))).toBe('2 admitted, 1 held');
  });

  it('counts each action of a version by itself', async () => {
    await use({ ...FIVE_AN_HOUR, delete: { hour: { count: 0, percent: 0 } } });
    const [one] = await accounts(1);
    expect(await ask([one!, { ...one!, action: 'delete' }])).toBe('1 admitted, 1 held');
    expect(await ask([one!])).toBe('1 admitted');
    expect(await spent()).toBe(1);
  });

  it('forgets what lies behind the window', async () => {
    expect(await ask(await accounts(5))).toBe('5 admitted');
    const more = await accounts(1);
    expect(await ask(more)).toBe('1 held');
    platform.clock.moveTo(new Date(platform.clock.now().getTime() + HOUR_MS + 300_000));
    expect(await ask(more)).toBe('1 admitted');
  });

  it('measures percentages against the accounts that are enabled', async () => {
    await use({ disable: { hour: { count: 0, percent: 20 }, day: null, week: null } });
    expect(await ask((await accounts(15)).slice(0, 4))).toBe('3 admitted, 1 held');
  });

  it('is not overspent by workers that ask at the same moment', async () => {
    const asked = await accounts(24);
    const gates = [1, 2, 3].map(() => new BudgetGate(platform.database, platform.clock));
    // A connection for each, so that none of them waits for another's and they truly overlap.
    await Promise.all(gates.map(() => inTenant((tx) => tx.query('SELECT pg_sleep(0.1)'))));
    const answers = await Promise.all(asked.map((one, at) => gates[at % 3]!.admit(application, [one])));
    expect(kinds(answers.flat())).toBe('5 admitted, 19 held');
    expect(await spent()).toBe(5);
  });

  it('answers what many turns ask at once in one transaction', async () => {
    const asked = await accounts(12);
    const { database, count } = counting();
    const own = new BudgetGate(database, platform.clock);
    await Promise.all(asked.map((one) => own.admit(application, [one])));
    expect(count()).toBe(1);
  });

  it('costs nothing where the action has no budget', async () => {
    const { database, count } = counting();
    const own = new BudgetGate(database, platform.clock);
    expect(await ask(await accounts(3, { action: 'create' }), own)).toBe('3 admitted');
    expect(count()).toBe(0);
  });

  it('never keeps back whom somebody ordered by name, whatever is spent; absence is nobody’s order', async () => {
    expect(await ask(await accounts(6))).toBe('5 admitted, 1 held');
    expect(await ask(await accounts(9, { because: 'left', state: 'terminated', fact: 'status' }))).toBe('9 admitted');
    expect(await ask(await accounts(2, { because: 'left', state: 'terminated', fact: 'absence' }))).toBe('2 held');
    expect(await spent()).toBe(5);
  });

  it('E2: lets through who was held for an absence and leaves by name, and ends the held item', async () => {
    const [first, ...others] = await accounts(7, { because: 'left', state: 'terminated', fact: 'absence' });
    const asked = [first!, ...others];
    const admissions = await gate.admit(application, asked);
    const held = asked.filter((_, at) => admissions[at]?.kind === 'held');
    expect(held).toHaveLength(2);
    await inTenant(async (tx) => {
      const rows = await tx.repository(Account).findBy({ tenantId, applicationId: application.id });
      const identityOf = new Map(rows.map(({ id, identityId }) => [id, identityId]));
      const budget = { window: 'hour', limit: { count: 5, percent: 0 }, spent: 5, population: 7 } as const;
      await keepHeldItems(
        tx,
        held.map(({ accountId }) => ({
          ...{ applicationId: application.id, accountId, identityId: identityOf.get(accountId)!, entitlementId: null },
          ...{ action: 'disable', version: '2', cause: null, diff: [], budget },
        })),
        platform.clock.now(),
      );
      // What is held for one person stays held when another is named.
      await tx.query(`UPDATE identities SET state_reason = '{"fact": "status"}' WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        identityOf.get(held[0]!.accountId),
      ]);
    });
    expect((await gate.admit(application, held)).map(({ kind }) => kind)).toEqual(['admitted', 'held']);
    const items = await inTenant((tx) => tx.repository(HeldItem).findBy({ tenantId, applicationId: application.id }));
    const stateOf = new Map(items.map(({ accountId, state }) => [accountId, state]));
    expect(held.map(({ accountId }) => stateOf.get(accountId))).toEqual(['superseded', 'held']);
  });

  it('tells everybody who asked when the database does not answer', async () => {
    const asked = await accounts(2);
    const broken = { transaction: () => Promise.reject(new Error('down')) } as unknown as Database;
    const own = new BudgetGate(broken, platform.clock);
    const answers = await Promise.allSettled(asked.map((one) => own.admit(application, [one])));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
