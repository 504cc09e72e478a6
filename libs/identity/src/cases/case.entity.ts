import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What each kind of case is about: the subject that its id names. A kind that is not listed here cannot be opened. */
export const CASE_SUBJECTS = {
  correlation: 'record',
  disputed: 'record',
  external_id_twice: 'record',
  unique_twice: 'source',
  source_silent: 'source',
  merge: 'identity',
  protected: 'identity',
  manager_cycle: 'identity',
  evaluation: 'identity',
  duplicate_account: 'identity',
  login_list_unreadable: 'identity',
  ambiguous_account: 'account',
  scan_suspected: 'application',
} as const;

export type CaseKind = keyof typeof CASE_SUBJECTS;
export type CaseSubject = (typeof CASE_SUBJECTS)[CaseKind];

export type CaseState = 'open' | 'resolved' | 'dismissed';

/** A question that only a person can answer: what is uncertain is asked, never guessed. */
@Entity('cases')
export class Case {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') kind: CaseKind;
  /** What it is about; `CASE_SUBJECTS` says of what sort it is. */
  @Column('uuid') subjectId: string;
  /** Distinguishes several questions of one kind about one subject; `''` where there is one only. */
  @Column('text', { default: '' }) topic: string;
  @Column('text') reason: string;
  /** What helps to answer: candidates with scores, the two sides of a dispute. */
  @Column('jsonb', { default: {} }) details: Readonly<Record<string, unknown>>;
  @Column('text', { default: 'open' }) state: CaseState;
  @Column('timestamptz') openedAt: Date;
  @Column('timestamptz', { nullable: true }) closedAt: Date | null;
  @Column('text', { nullable: true }) closedBy: string | null;
  @Column('jsonb', { nullable: true }) resolution: Readonly<Record<string, unknown>> | null;
}
