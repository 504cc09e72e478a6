import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One reason why an identity holds an account (no entitlement) or an entitlement. */
@Entity('grants')
export class Grant {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') identityId: string;
  @Column('uuid') applicationId: string;
  @Column('uuid', { nullable: true }) entitlementId: string | null;
  @Column('uuid') policyId: string;
  @Column('int') policyVersion: number;
  /** The journal entry of the change that gave it. */
  @Column('uuid', { nullable: true }) cause: string | null;
  @Column('timestamptz') since: Date;
}

/** Everybody of a tenant is to be computed anew, in slices; resumable by its cursor. */
@Entity('recomputes')
export class Recompute {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid', { nullable: true }) cause: string | null;
  /** The last identity that was marked. */
  @Column('uuid', { nullable: true }) cursor: string | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) startedAt: Date;
  @Column('timestamptz', { nullable: true }) doneAt: Date | null;
}
