import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Attributes, ErrorClass, ObservedAccount } from '@tenure/connectors';
import type { BudgetAction, DisableReason } from './application-rules.js';

/**
 * `withheld`: the application's mode forbids what is planned. `waiting`: for the person's account in another application.
 * `held`: a safety budget keeps it back. `skipped`: somebody said not to. `deleted`: gone after the leaver playbook.
 */
export const ACCOUNT_STATES = [
  'pending',
  'active',
  'disabled',
  'withheld',
  'failed',
  'waiting',
  'held',
  'skipped',
  'deleted',
] as const;
export type AccountState = (typeof ACCOUNT_STATES)[number];

/** What an account must be. */
export interface DesiredAccount {
  readonly enabled: boolean;
  readonly attributes: Attributes;
  /** Target → values to try when the one in `attributes` must be unique and is taken. */
  readonly alternatives?: Readonly<Record<string, readonly string[]>>;
  /** Why it must not be usable; only while `enabled` is false. */
  readonly because?: DisableReason;
}

/** Target attribute → the name that was chosen, and what it was chosen for: it stays as long as that is desired. */
export type ChosenNames = Readonly<Record<string, { readonly base: string; readonly value: string }>>;

/** One reason why an account is desired, or was until now: kept with each operation as evidence. */
export interface Because {
  /** Only of what was given to this person, by an admin or a request. */
  readonly grantId: string | null;
  readonly policyId: string | null;
  readonly policyVersion: number | null;
  readonly requestId: string | null;
  /** Why it holds no more; null while it does. */
  readonly ended: string | null;
}

/** An account has work: its desired state is not applied, or steps of a leave are due. The partial indexes have the same text. */
export const BEHIND = '(applied_version < desired_version OR owed)';

/** Most urgent first: what takes access away, changes, new accounts, what a drift scan found. */
export const PRIORITY = { leaver: 0, mover: 3, joiner: 5, drift: 7 } as const;

/** Why an account or an entitlement did not get on. */
export interface WorkError {
  readonly class: ErrorClass;
  readonly message: string;
  readonly remedy: string;
  readonly at: string;
}

/** One identity's login in one application: desired, applied, observed. See `BEHIND`. */
@Entity('accounts')
export class Account {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') applicationId: string;
  @Column('uuid') identityId: string;
  @Column('smallint') shard: number;
  @Column('jsonb') desired: DesiredAccount;
  @Column('bigint', { default: 1 }) desiredVersion: string;
  /** When the change was committed that made this desired. */
  @Column('timestamptz') desiredAt: Date;
  @Column('uuid', { nullable: true }) cause: string | null;
  @Column('jsonb', { nullable: true }) applied: DesiredAccount | null;
  @Column('bigint', { default: 0 }) appliedVersion: string;
  @Column('timestamptz', { nullable: true }) appliedAt: Date | null;
  @Column('jsonb', { nullable: true }) observed: ObservedAccount | null;
  @Column('timestamptz', { nullable: true }) observedAt: Date | null;
  /** The application's own id of the account. */
  @Column('text', { nullable: true }) remoteId: string | null;
  @Column('text', { default: 'pending' }) state: AccountState;
  /** False in the parked states; see account-work.ts. */
  @Column('boolean', { default: true }) runnable: boolean;
  /** See `PRIORITY`. */
  @Column('smallint', { default: 5 }) priority: number;
  @Column('timestamptz', { default: () => "'-infinity'" }) dueAt: Date;
  /** Until then a call without an answer may still be carried out; `dueAt` is never before. */
  @Column('timestamptz', { nullable: true }) settleUntil: Date | null;
  @Column('int', { default: 0 }) attempts: number;
  /** An earlier call may have been carried out: look before anything is sent. */
  @Column('boolean', { default: false }) lookFirst: boolean;
  @Column('jsonb', { nullable: true }) error: WorkError | null;
  /** What would be done if the mode allowed it. */
  @Column('jsonb', { nullable: true }) plan: unknown;
  /** Why nothing may touch this account: a service account, a break-glass login. */
  @Column('text', { nullable: true }) protectedReason: string | null;
  /** Steps of a leave are due, also when the desired state is applied. */
  @Column('boolean', { default: false }) owed: boolean;
  /** Unique names, decided when the account is made. */
  @Column('jsonb', { default: {} }) names: ChosenNames;
  /** It was in the application before Tenure was, and was taken over. */
  @Column('boolean', { default: false }) wasThere: boolean;
  /** Values that were set in the application and taken over; they go before the mapping's. */
  @Column('jsonb', { default: {} }) adopted: Attributes;
  @Column('jsonb', { default: [] }) because: readonly Because[];
  /** What somebody said of it: why it was skipped. */
  @Column('text', { nullable: true }) note: string | null;
  /** The version of which the safety budgets let `clearedActions` through, or a person did: trying again spends nothing. */
  @Column('bigint', { default: 0 }) clearedVersion: string;
  @Column('text', { array: true, default: [] }) clearedActions: BudgetAction[];
  @Column('timestamptz', { nullable: true }) leaseUntil: Date | null;
  /** Raised with each lease: a late worker's result is refused by it. */
  @Column('bigint', { default: 0 }) fence: string;
}
