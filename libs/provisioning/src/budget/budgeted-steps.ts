import { BUDGET_ACTIONS, type Application, type BudgetAction } from '@tenure/applications';
import type { LeasedAccount } from '../backlog/account-leases.js';
import { ADMITTED, type Admission, type BudgetGate } from './budget-gate.js';
import type { LeasedEntitlement, LeasedMember } from '../backlog/entitlement-leases.js';
import type { Excess } from './judge-budget.js';
import type { NewHeldItem } from './keep-held-items.js';
import type { BudgetedAction } from './pass-budget.js';

/** Asks the safety budgets before the steps of an account are executed. */
export type AdmitSteps = (steps: readonly PlannedStep[]) => Promise<StepsAdmission>;

/** All that budgets need to know of a step: plans and leave steps are told alike. */
export interface PlannedStep {
  readonly kind: string;
}

/** One budgeted action of an account that was kept back. */
export interface HeldAction {
  readonly action: BudgetAction;
  readonly excess: Excess;
}

export type StepsAdmission =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'held'; readonly held: readonly HeldAction[] }
  | { readonly kind: 'refused'; readonly reason: string };

const isBudgeted = (kind: string): kind is BudgetAction => (BUDGET_ACTIONS as readonly string[]).includes(kind);

/** The gate, for the turn of one account: its steps are done all or not at all. */
export const admitStepsOf =
  (gate: BudgetGate, application: Application, account: LeasedAccount): AdmitSteps =>
  async (steps) => {
    const actions = [...new Set(steps.map(({ kind }) => kind).filter(isBudgeted))];
    if (actions.length === 0) return { kind: 'admitted' };
    const admissions = await gate.admit(
      application,
      actions.map((action) => askedOf(account, action)),
    );
    const refused = admissions.find((admission) => admission.kind === 'refused');
    if (refused) return refused;
    const held = admissions.flatMap((admission, at): HeldAction[] => {
      const action = actions[at];
      return admission.kind === 'held' && action !== undefined ? [{ action, excess: admission.excess }] : [];
    });
    return held.length > 0 ? { kind: 'held', held } : { kind: 'admitted' };
  };

const askedOf = ({ id, desired, desiredVersion }: LeasedAccount, action: BudgetAction): BudgetedAction => ({
  action,
  accountId: id,
  entitlementId: null,
  version: desiredVersion,
  because: desired.because,
  disabled: !desired.enabled,
});

/** What is kept of an account's held actions. */
export const heldItemsOf = (
  applicationId: string,
  { id: accountId, identityId, desired, desiredVersion: version, cause }: LeasedAccount,
  held: readonly HeldAction[],
): NewHeldItem[] =>
  held.map(({ action, excess }) => ({
    applicationId,
    accountId,
    identityId,
    entitlementId: null,
    action,
    version,
    cause,
    diff: action === 'create' ? Object.keys(desired.attributes) : [action === 'disable' ? 'enabled' : 'account'],
    budget: excess,
  }));

/** A batch of memberships, divided by what the budgets say; the others of the batch go on. */
export interface AdmittedMembers {
  readonly admitted: readonly LeasedMember[];
  /** Not to be done now: held, or rejected before. */
  readonly keptBack: readonly LeasedMember[];
  readonly held: readonly NewHeldItem[];
}

export async function admitMembers(
  gate: BudgetGate,
  application: Application,
  entitlement: LeasedEntitlement,
  members: readonly LeasedMember[],
): Promise<AdmittedMembers> {
  const revoked = members.filter(({ wanted }) => !wanted);
  const admissions = await gate.admit(
    application,
    revoked.map((member) => revokeOf(entitlement, member)),
  );
  const admissionOf = new Map(
    revoked.map((member, at): [LeasedMember, Admission | undefined] => [member, admissions[at]]),
  );
  const isAdmitted = (member: LeasedMember): boolean => (admissionOf.get(member) ?? ADMITTED).kind === 'admitted';
  return {
    admitted: members.filter(isAdmitted),
    keptBack: members.filter((member) => !isAdmitted(member)),
    held: revoked.flatMap((member) => {
      const admission = admissionOf.get(member);
      return admission?.kind === 'held' ? [heldMember(application.id, entitlement, member, admission.excess)] : [];
    }),
  };
}

const revokeOf = (entitlement: LeasedEntitlement, member: LeasedMember): BudgetedAction => ({
  action: 'revoke',
  accountId: member.accountId,
  entitlementId: entitlement.id,
  version: member.version,
  because: member.desired.because,
  disabled: !member.desired.enabled,
});

const heldMember = (
  applicationId: string,
  { id: entitlementId, kind, name }: LeasedEntitlement,
  { accountId, identityId, version, cause }: LeasedMember,
  budget: Excess,
): NewHeldItem => ({
  ...{ applicationId, accountId, identityId, entitlementId, action: 'revoke', version, cause, budget },
  diff: [`${kind}:${name}`],
});
