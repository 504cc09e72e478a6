import { describe, expect, it } from '@jest/globals';
import type { Application } from '@tenure/applications';
import type { LeasedAccount } from '../backlog/account-leases.js';
import { ADMITTED, type Admission, type BudgetGate } from './budget-gate.js';
import { admitMembers, admitStepsOf, heldItemsOf } from './budgeted-steps.js';
import type { LeasedEntitlement, LeasedMember } from '../backlog/entitlement-leases.js';
import type { BudgetedAction } from './pass-budget.js';

const EXCESS = { window: 'hour', count: 21, limit: 20 } as never;
const HELD: Admission = { kind: 'held', excess: EXCESS };
const APPLICATION = { id: 'app' } as Application;
const account = {
  ...{ id: 'account', identityId: 'identity', desiredVersion: 3, cause: 'cause' },
  desired: { enabled: false, attributes: { userName: 'ada' }, because: 'left' },
} as unknown as LeasedAccount;

/** A gate that answers by the action, and remembers what it was asked. */
function gateOf(answers: Readonly<Record<string, Admission>>) {
  const asked: BudgetedAction[] = [];
  const gate = {
    admit: (_: Application, actions: readonly BudgetedAction[]) => {
      asked.push(...actions);
      return Promise.resolve(actions.map(({ action, accountId }) => answers[accountId] ?? answers[action] ?? ADMITTED));
    },
  } as unknown as BudgetGate;
  return { gate, asked };
}

describe('the budgets of an account’s steps', () => {
  it.each<[string, string[], Record<string, Admission>, object, string[]]>([
    ['what no budget counts is not asked for', ['update', 'enable'], { disable: HELD }, { kind: 'admitted' }, []],
    ['each action once', ['disable', 'update', 'disable'], {}, { kind: 'admitted' }, ['disable']],
    [
      'all or nothing',
      ['create', 'disable'],
      { disable: HELD },
      { kind: 'held', held: [{ action: 'disable', excess: EXCESS }] },
      ['create', 'disable'],
    ],
    [
      'a rejection before a hold',
      ['create', 'disable'],
      { create: HELD, disable: { kind: 'refused', reason: 'no' } },
      { kind: 'refused', reason: 'no' },
      ['create', 'disable'],
    ],
  ])('%s', async (_, kinds, answers, admission, actions) => {
    const { gate, asked } = gateOf(answers);
    const admit = admitStepsOf(gate, APPLICATION, account);
    expect(await admit(kinds.map((kind) => ({ kind })))).toEqual(admission);
    expect(asked.map(({ action }) => action)).toEqual(actions);
    for (const one of asked)
      expect(one).toEqual({
        action: one.action,
        accountId: 'account',
        entitlementId: null,
        version: 3,
        because: 'left',
        disabled: true,
      });
  });

  it.each([
    ['create', ['userName']],
    ['disable', ['enabled']],
    ['delete', ['account']],
  ] as const)('a held %s names what would change', (action, diff) => {
    expect(heldItemsOf('app', account, [{ action, excess: EXCESS }])).toEqual([
      {
        applicationId: 'app',
        accountId: 'account',
        identityId: 'identity',
        entitlementId: null,
        action,
        version: 3,
        cause: 'cause',
        diff,
        budget: EXCESS,
      },
    ]);
  });
});

describe('the budgets of a group’s members', () => {
  const member = (accountId: string, wanted: boolean) =>
    ({
      accountId,
      identityId: `of ${accountId}`,
      wanted,
      version: 1,
      cause: null,
      desired: account.desired,
    }) as unknown as LeasedMember;
  const entitlement = { id: 'group', kind: 'group', name: 'Sales' } as LeasedEntitlement;

  it('keep back who is held or rejected; the others of the batch go on', async () => {
    const members = [member('joins', true), member('leaves', false), member('held', false), member('rejected', false)];
    const { gate, asked } = gateOf({ held: HELD, rejected: { kind: 'refused', reason: 'no' } });
    const { admitted, keptBack, held } = await admitMembers(gate, APPLICATION, entitlement, members);
    expect(asked.map(({ accountId }) => accountId)).toEqual(['leaves', 'held', 'rejected']);
    expect(admitted).toEqual([members[0], members[1]]);
    expect(keptBack).toEqual([members[2], members[3]]);
    expect(held).toMatchObject([
      { accountId: 'held', entitlementId: 'group', action: 'revoke', diff: ['group:Sales'] },
    ]);
  });
});
