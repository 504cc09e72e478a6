import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who gives it: a policy that matches, an admin directly, an approved request. */
export type GrantOrigin = 'policy' | 'admin' | 'request';

/**
 * One reason why an identity holds an account (no entitlement) or an entitlement. What a policy gives follows from it and
 * goes with it; what was given to one person directly is kept after its end.
 */
@Entity('grants')
export class Grant {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') identityId: string;
  @Column('uuid') applicationId: string;
  @Column('uuid', { nullable: true }) entitlementId: string | null;
  @Column('text', { default: 'policy' }) origin: GrantOrigin;
  /** The policy that gives it, or that allowed the request. */
  @Column('uuid', { nullable: true }) policyId: string | null;
  @Column('int', { nullable: true }) policyVersion: number | null;
  /** The journal entry of the change that gave it. */
  @Column('uuid', { nullable: true }) cause: string | null;
  @Column('timestamptz') since: Date;
  /** Null: from the beginning. */
  @Column('timestamptz', { nullable: true }) startsAt: Date | null;
  /** Null: without end. A policy's grant has one while it outlasts the policy's condition (overlap). */
  @Column('timestamptz', { nullable: true }) endsAt: Date | null;
  @Column('text', { nullable: true }) reason: string | null;
  @Column('text', { nullable: true }) grantedBy: string | null;
  @Column('uuid', { nullable: true }) requestId: string | null;
  @Column('timestamptz', { nullable: true }) endedAt: Date | null;
  @Column('text', { nullable: true }) endReason: string | null;
}

/** People of a tenant are to be looked at anew, in slices; resumable by its cursor. Without a scope it is about everybody. */
@Entity('recomputes')
export class Recompute {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid', { nullable: true }) cause: string | null;
  /** The policy whose effect changed. */
  @Column('uuid', { nullable: true }) policyId: string | null;
  /** The application whose mapping changed. */
  @Column('uuid', { nullable: true }) applicationId: string | null;
  /** The last identity that was looked at. */
  @Column('uuid', { nullable: true }) cursor: string | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) startedAt: Date;
  @Column('timestamptz', { nullable: true }) doneAt: Date | null;
}
