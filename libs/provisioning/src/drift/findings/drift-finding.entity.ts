import { Column, Entity, PrimaryColumn } from 'typeorm';

export const DRIFT_KINDS = [
  'missing',
  'enabled',
  'disabled',
  'attribute',
  'orphan',
  'member_added',
  'member_removed',
] as const;
/** `enabled`: usable there, and it must not be. `orphan`: the same, and its person is gone for good. */
export type DriftKind = (typeof DRIFT_KINDS)[number];

export const DRIFT_STATES = ['open', 'reverted', 'adopted', 'ignored', 'closed'] as const;
/** `closed`: it was gone by itself when the application was looked at again. */
export type DriftState = (typeof DRIFT_STATES)[number];

/** One difference between what was made in the application and what is there. */
@Entity('drift_findings')
export class DriftFinding {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') applicationId: string;
  @Column('uuid') accountId: string;
  @Column('uuid') identityId: string;
  @Column('uuid', { nullable: true }) entitlementId: string | null;
  @Column('text') kind: DriftKind;
  /** Of `attribute`: which one. */
  @Column('text', { default: '' }) attribute: string;
  @Column('jsonb', { nullable: true }) desired: unknown;
  @Column('jsonb', { nullable: true }) applied: unknown;
  @Column('jsonb', { nullable: true }) observed: unknown;
  /** In words. */
  @Column('text') cause: string;
  @Column('text') state: DriftState;
  /** The last scan that saw it; null: a call met it. */
  @Column('uuid', { nullable: true }) scanId: string | null;
  @Column('timestamptz') foundAt: Date;
  @Column('timestamptz') seenAt: Date;
  @Column('timestamptz', { nullable: true }) decidedAt: Date | null;
  @Column('text', { nullable: true }) decidedBy: string | null;
  @Column('text', { nullable: true }) decisionReason: string | null;
}
