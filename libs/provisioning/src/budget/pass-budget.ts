import type { Excess } from './judge-budget.js';
import type { BudgetAction, DisableReason } from '@tenure/applications';

/** One action that a safety budget may keep back. */
export interface BudgetedAction {
  readonly action: BudgetAction;
  readonly accountId: string;
  /** The membership's entitlement; only for `revoke`. */
  readonly entitlementId: string | null;
  /** The account's desired version, or the membership's. */
  readonly version: string;
  /** Why the account must not be usable; absent while it must be, and where nobody said. */
  readonly because: DisableReason | undefined;
  /** The account must not be usable. */
  readonly disabled: boolean;
}

/** What is known of the action's account and person when it is asked for. */
export interface Standing {
  readonly identityState: string;
  /** Which fact decided the person's state. */
  readonly fact: string | null;
  /** Let through before for this version, or released: trying again spends nothing. */
  readonly cleared: boolean;
  /** The budget for which it waits for a person already: it does not slip through when the window moves on. */
  readonly held: Excess | null;
  /** Why it was rejected, or left to expire; null while it was not. */
  readonly refused: string | null;
}

export type Passage = 'passes' | 'counts' | 'held' | 'refused';

/** Whether an action is of the budgets' concern. Somebody who left, or was suspended, by name never waits for a budget. */
export function passageOf(asked: BudgetedAction, standing: Standing): Passage {
  if (standing.cleared) return 'passes';
  if (isByName(asked, standing)) return 'passes';
  if (standing.refused !== null) return 'refused';
  return standing.held === null ? 'counts' : 'held';
}

/** Absence in a list is nobody's word, so it counts; what is deleted is gone, so it counts whoever ordered it. */
function isByName({ action, disabled, because }: BudgetedAction, { identityState, fact }: Standing): boolean {
  if (!disabled || (action !== 'disable' && action !== 'revoke')) return false;
  return fact !== 'absence' && (because ?? reasonOf(identityState)) !== 'lost';
}

const reasonOf = (identityState: string): DisableReason => {
  if (identityState === 'terminated' || identityState === 'purged') return 'left';
  return identityState === 'suspended' || identityState === 'on_leave' ? 'suspended' : 'lost';
};
