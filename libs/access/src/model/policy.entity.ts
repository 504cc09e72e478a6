import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A rule of access. What holds is its published version; every version is kept. */
@Entity('policies')
export class Policy {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  @Column('int') latestVersion: number;
  @Column('int', { nullable: true }) publishedVersion: number | null;
  /** Published, and outside its window: a stored fact, so that no worker's own clock decides what is in force. */
  @Column('boolean', { default: false }) dormant: boolean;
  /** When the published version's window begins or ends next. */
  @Column('timestamptz', { nullable: true }) windowDueAt: Date | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
}

/** What a policy version gives: an account in an application, entitlements there, and values of the account's attributes. */
export interface PolicyGrant {
  readonly applicationId: string;
  readonly entitlements: readonly { readonly id: string; readonly kind: string; readonly name: string }[];
  /** Target attribute → CEL over `identity`; goes before the mapping. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** How long a mover keeps what the policy gave, and whether the manager is asked meanwhile. */
export interface Overlap {
  readonly days: number;
  readonly then: 'remove' | 'ask_manager';
}

/** Makes a policy one to ask from: its condition says who may, and for how long at most. */
export interface RequestTerms {
  readonly maxMinutes: number;
  readonly approval: 'automatic' | 'manager' | 'owner';
}

@Entity('policy_versions')
export class PolicyVersion {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') policyId: string;
  @PrimaryColumn('int') version: number;
  /** CEL over `identity`, true or false. */
  @Column('text') condition: string;
  @Column('jsonb') grants: readonly PolicyGrant[];
  /** Where several policies give one attribute a value, the highest wins. */
  @Column('int', { default: 0 }) priority: number;
  @Column('timestamptz', { nullable: true }) enabledFrom: Date | null;
  @Column('timestamptz', { nullable: true }) enabledUntil: Date | null;
  @Column('jsonb', { nullable: true }) overlap: Overlap | null;
  @Column('jsonb', { nullable: true }) request: RequestTerms | null;
  @Column('text') createdBy: string;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
}
