import { Column, Entity, PrimaryColumn } from 'typeorm';
import type {
  Budgets,
  DriftRules,
  InitialCredentialRule,
  MaintenanceWindow,
  Pause,
  Playbook,
  RateLimits,
  VerifyLevel,
} from './application-rules.js';
import type { Mapping } from './mapping-rule.js';

/** What may be written in an application: nothing; only what adds; everything. */
export const MODES = ['observe', 'add_only', 'enforce'] as const;
export type Mode = (typeof MODES)[number];

/** One downstream app of a tenant. */
@Entity('applications')
export class Application {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  /** The kind of its connector: `scim`, `sql`, … */
  @Column('text') connector: string;
  @Column('text') mode: Mode;
  @Column('jsonb') config: Readonly<Record<string, unknown>>;
  @Column('bytea') sealedCredentials: Buffer;
  @Column('jsonb') mapping: Mapping;
  @Column('int', { default: 1 }) mappingVersion: number;
  /** Into how many parallel streams its work is divided. */
  @Column('smallint', { default: 4 }) shards: number;
  /** The most accounts under way at once, over all workers; leavers have as many besides. */
  @Column('smallint', { default: 32 }) concurrency: number;
  /** While it lies ahead the application is failing: its work waits, and a probe comes then. */
  @Column('timestamptz', { nullable: true }) quarantinedUntil: Date | null;
  @Column('text', { nullable: true }) quarantineReason: string | null;
  @Column('int', { default: 0 }) quarantineTries: number;
  /** The application asked to wait until then (429). */
  @Column('timestamptz', { nullable: true }) pausedUntil: Date | null;
  /** The identity that answers for the application, and approves what is asked of it. */
  @Column('uuid', { nullable: true }) ownerId: string | null;
  @Column('text', { default: 'answer' }) verify: VerifyLevel;
  /** Applications where a person's account must be applied first, when the person has one there: a directory before mail. */
  @Column('uuid', { array: true, default: [] }) dependsOn: readonly string[];
  @Column('jsonb', { default: {} }) playbook: Playbook;
  @Column('jsonb', { default: {} }) budgets: Budgets;
  @Column('jsonb', { default: {} }) drift: DriftRules;
  @Column('jsonb', { default: {} }) limits: RateLimits;
  @Column('jsonb', { default: [] }) maintenance: readonly MaintenanceWindow[];
  /** Targets by which an account that is there already is known to be a person's, best first; empty: as the connector correlates. */
  @Column('text', { array: true, default: [] }) match: readonly string[];
  @Column('jsonb', { nullable: true }) initialCredential: InitialCredentialRule | null;
  /** While it is set, and not over, nothing is sent. */
  @Column('jsonb', { nullable: true }) pause: Pause | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
}
