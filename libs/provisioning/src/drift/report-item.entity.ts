import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { AttributeValue } from '@tenure/connectors';
import type { Candidate } from './unknown-accounts/unknown-account.entity.js';

/** `absent`: ours, and not in the application. `unmatched`, `ambiguous`: in the application, and not known whose. */
export type ReportSituation = 'matched' | 'absent' | 'ambiguous' | 'unmatched';

/** What an attribute is in the application, and what it would become. */
export interface ReportedValue {
  readonly from: AttributeValue;
  readonly to: AttributeValue;
}

/** A planned step by its kind, the names of what it changes, and their values before and after. */
export interface ReportStep {
  readonly kind: string;
  readonly changes: readonly string[];
  readonly values: Readonly<Record<string, ReportedValue>>;
}

/** What a mode would do with one account. */
@Entity('report_items')
export class ReportItem {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') scanId: string;
  @Column('text') situation: ReportSituation;
  @Column('uuid', { nullable: true }) accountId: string | null;
  @Column('uuid', { nullable: true }) identityId: string | null;
  @Column('text', { nullable: true }) remoteId: string | null;
  @Column('jsonb', { default: [] }) candidates: readonly Candidate[];
  @Column('jsonb', { default: [] }) steps: readonly ReportStep[];
  /** What the mode would not do. */
  @Column('jsonb', { default: [] }) withheld: readonly ReportStep[];
  /** Entitlements, by name, that the account would get and lose. */
  @Column('text', { array: true, default: [] }) joins: string[];
  @Column('text', { array: true, default: [] }) leaves: string[];
}
