import type { EndpointClass } from '@tenure/connectors';

/**
 * When a change counts as made: by the application's answer; by reading the account back; or when the next drift scan sees
 * it. Leavers and calls without an answer are always read back.
 */
export const VERIFY_LEVELS = ['answer', 'read_back', 'scan'] as const;
export type VerifyLevel = (typeof VERIFY_LEVELS)[number];

/** Why an account must not be usable: the person has left, is away or suspended, or nothing grants it any more. */
export const DISABLE_REASONS = ['left', 'suspended', 'lost'] as const;
export type DisableReason = (typeof DISABLE_REASONS)[number];

/** One thing that is done when somebody's account is disabled, in the order of this list. */
export const LEAVE_STEPS = [
  'disable',
  'end_sessions',
  'remove_entitlements',
  'transfer',
  'reclaim_licence',
  'read_back',
  'delete',
] as const;
export type LeaveStepKind = (typeof LEAVE_STEPS)[number];

/** What follows the disabling of an account, for one reason of it. `disable` and `read_back` always happen. */
export interface LeavePlan {
  readonly endSessions: boolean;
  readonly removeEntitlements: boolean;
  /** Who gets what the person owns there: the manager, one named identity, or nobody. */
  readonly transferTo: 'manager' | { readonly identityId: string } | null;
  readonly reclaimLicence: boolean;
  /** Days (of 24 h) after the disabling; null: never. */
  readonly deleteAfterDays: number | null;
}

/** What an application's leavers go through; an absent reason has the defaults. */
export type Playbook = Readonly<Partial<Record<DisableReason, Partial<LeavePlan>>>>;

export const BUDGET_ACTIONS = ['create', 'disable', 'delete', 'revoke'] as const;
export type BudgetAction = (typeof BUDGET_ACTIONS)[number];
export const BUDGET_WINDOWS = ['hour', 'day', 'week'] as const;
export type BudgetWindow = (typeof BUDGET_WINDOWS)[number];

/** What may be done in a sliding window: over it is what is more than both. */
export interface BudgetLimit {
  readonly count: number;
  /** Of the application's enabled accounts (of its memberships for `revoke`), 0 to 100. */
  readonly percent: number;
}

/** Safety budgets: an absent one has the default; `null` switches it off. */
export type Budgets = Readonly<
  Partial<Record<BudgetAction, Readonly<Partial<Record<BudgetWindow, BudgetLimit | null>>>>>
>;

/** What is done about a change that somebody made in the application: undo it, take it over, or ask. */
export const DRIFT_REACTIONS = ['revert', 'adopt', 'ask'] as const;
export type DriftReaction = (typeof DRIFT_REACTIONS)[number];

export interface DriftRules {
  /** For what is not named below; `ask` when absent. */
  readonly reaction?: DriftReaction;
  /** Target attribute → reaction; `enabled` is one of them. */
  readonly attributes?: Readonly<Record<string, DriftReaction>>;
  readonly entitlements?: DriftReaction;
  /** Hours between two scans; null: only when asked for. */
  readonly everyHours?: number | null;
}

/** A token bucket: `burst` calls at once, filled with `perSecond`. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** `all` bounds every call together; a class besides bounds its own. */
export type RateLimits = Readonly<Partial<Record<EndpointClass | 'all', RateLimit>>>;

/** When the application must be left alone: once, or every week in a time zone. */
export type MaintenanceWindow =
  | { readonly from: string; readonly until: string }
  | {
      /** 1 Monday … 7 Sunday. */
      readonly weekday: number;
      /** `HH:MM`, local. */
      readonly at: string;
      readonly minutes: number;
      readonly timeZone: string;
    };

/** An admin's order to leave the application alone. */
export interface Pause {
  readonly at: string;
  readonly by: string;
  readonly reason: string;
  /** When it ends by itself; null: when somebody resumes it. */
  readonly until: string | null;
}

/** The password that an account is made with: random, written once, handed over once, and never in a log or an evidence. */
export interface InitialCredentialRule {
  /** The target attribute that takes it: `password`. */
  readonly target: string;
  /** 12 to 128 characters of letters, digits and signs; 20 when absent. */
  readonly length?: number;
}
