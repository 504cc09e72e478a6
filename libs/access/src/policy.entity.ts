import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A birthright rule. What holds is its published version; every version is kept. */
@Entity('policies')
export class Policy {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  @Column('int') latestVersion: number;
  @Column('int', { nullable: true }) publishedVersion: number | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
}

/** What a policy version gives: an account in an application, and entitlements there. */
export interface PolicyGrant {
  readonly applicationId: string;
  readonly entitlements: readonly { readonly id: string; readonly kind: string; readonly name: string }[];
}

@Entity('policy_versions')
export class PolicyVersion {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') policyId: string;
  @PrimaryColumn('int') version: number;
  /** CEL over `identity`, true or false. */
  @Column('text') condition: string;
  @Column('jsonb') grants: readonly PolicyGrant[];
  @Column('text') createdBy: string;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
}
