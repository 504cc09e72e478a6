import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Attributes, ErrorClass, ObservedAccount } from '@tenure/connectors';

/** `withheld`: the application's mode forbids what is planned. */
export type AccountState = 'pending' | 'active' | 'disabled' | 'withheld' | 'failed';

/** What an account must be; deleting comes with the leaver playbook. */
export interface DesiredAccount {
  readonly enabled: boolean;
  readonly attributes: Attributes;
}

/** Why an account or an entitlement did not get on. */
export interface WorkError {
  readonly class: ErrorClass;
  readonly message: string;
  readonly remedy: string;
  readonly at: string;
}

/** One identity's login in one application: desired, applied, observed. Behind while `appliedVersion < desiredVersion`. */
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
  /** False while nothing may be tried: failed, or withheld by the mode. */
  @Column('boolean', { default: true }) runnable: boolean;
  /** 0: takes access away; 5: everything else. */
  @Column('smallint', { default: 5 }) priority: number;
  @Column('timestamptz', { default: () => "'-infinity'" }) dueAt: Date;
  @Column('int', { default: 0 }) attempts: number;
  /** An earlier call may have been carried out: look before anything is sent. */
  @Column('boolean', { default: false }) lookFirst: boolean;
  @Column('jsonb', { nullable: true }) error: WorkError | null;
  /** What would be done if the mode allowed it. */
  @Column('jsonb', { nullable: true }) plan: unknown;
  /** Why nothing may touch this account: a service account, a break-glass login. */
  @Column('text', { nullable: true }) protectedReason: string | null;
  @Column('timestamptz', { nullable: true }) leaseUntil: Date | null;
  /** Raised with each lease: a late worker's result is refused by it. */
  @Column('bigint', { default: 0 }) fence: string;
}
