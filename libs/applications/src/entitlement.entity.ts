import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { WorkError } from './account.entity.js';

export const ENTITLEMENT_STATES = ['ready', 'withheld', 'failed', 'deleted'] as const;
export type EntitlementState = (typeof ENTITLEMENT_STATES)[number];

/** Something that an application can grant: a group, a role. */
@Entity('entitlements')
export class Entitlement {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') applicationId: string;
  @Column('text') kind: string;
  @Column('text') name: string;
  @Column('smallint') shard: number;
  @Column('text', { nullable: true }) remoteId: string | null;
  /** Its name there, as far as we know: another one than `name` while a renaming is on its way. */
  @Column('text', { nullable: true }) appliedName: string | null;
  /** Somebody said that it is to be deleted there. */
  @Column('timestamptz', { nullable: true }) removedAt: Date | null;
  @Column('text', { default: 'ready' }) state: EntitlementState;
  @Column('boolean', { default: true }) runnable: boolean;
  @Column('timestamptz', { default: () => "'-infinity'" }) dueAt: Date;
  /** Until then a call without an answer may still be carried out; `dueAt` is never before. */
  @Column('timestamptz', { nullable: true }) settleUntil: Date | null;
  @Column('int', { default: 0 }) attempts: number;
  @Column('jsonb', { nullable: true }) error: WorkError | null;
  @Column('timestamptz', { nullable: true }) leaseUntil: Date | null;
  @Column('bigint', { default: 0 }) fence: string;
}

/** One account's membership: behind while `wanted` and `held` differ. A row each, so that no large group is a hot row. */
@Entity('entitlement_members')
export class EntitlementMember {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') entitlementId: string;
  @PrimaryColumn('uuid') accountId: string;
  @Column('uuid') applicationId: string;
  @Column('boolean') wanted: boolean;
  /** `null`: not known, because a call was not answered. */
  @Column('boolean', { nullable: true, default: false }) held: boolean | null;
  @Column('smallint', { default: 5 }) priority: number;
  @Column('bigint', { default: 1 }) version: string;
  @Column('timestamptz') changedAt: Date;
  @Column('timestamptz', { nullable: true }) appliedAt: Date | null;
  @Column('uuid', { nullable: true }) cause: string | null;
  /** The version whose removal the safety budgets let through, or a person did. */
  @Column('bigint', { default: 0 }) clearedVersion: string;
  /** False when the application refused this member for good (the error says why), or a safety budget keeps it back. */
  @Column('boolean', { default: true }) runnable: boolean;
  @Column('jsonb', { nullable: true }) error: WorkError | null;
}
