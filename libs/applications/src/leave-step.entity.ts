import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { DisableReason, LeaveStepKind } from './application-rules.js';
import type { WorkError } from './account.entity.js';

/**
 * `due`: to be done, from `dueAt` on. `unsupported`: the application cannot, so a person must; red until somebody says it is
 * done. `failed`: refused for good. `skipped`: somebody said not to. `cancelled`: the person is back, or leaves anew.
 */
export const LEAVE_STEP_STATES = ['due', 'done', 'unsupported', 'failed', 'skipped', 'cancelled'] as const;
export type LeaveStepState = (typeof LEAVE_STEP_STATES)[number];

/** An obligation that follows when an account is disabled. It is no desired state: who is back in the same minute still loses the sessions. */
@Entity('leave_steps')
export class LeaveStep {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') accountId: string;
  @Column('uuid') applicationId: string;
  /** The steps of one disabling, in the order of `position`. */
  @Column('uuid') episode: string;
  @Column('text') kind: LeaveStepKind;
  @Column('smallint') position: number;
  @Column('text') reason: DisableReason;
  @Column('text', { default: 'due' }) state: LeaveStepState;
  @Column('timestamptz') dueAt: Date;
  /** `transfer`: who gets what the person owns. */
  @Column('uuid', { nullable: true }) toIdentityId: string | null;
  @Column('jsonb', { nullable: true }) error: WorkError | null;
  @Column('text', { nullable: true }) note: string | null;
  @Column('timestamptz', { nullable: true }) doneAt: Date | null;
  /** Whoever did it by hand or said not to; null: the engine. */
  @Column('text', { nullable: true }) doneBy: string | null;
}
