import { Column, Entity, PrimaryColumn } from 'typeorm';

export type CaseState = 'open' | 'resolved' | 'dismissed';

/** A question that only a person can answer: what is uncertain is asked, never guessed. */
@Entity('cases')
export class Case {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  /** What is asked: `correlation`, `disputed`, `manager_cycle`, `protected`, `evaluation`, … */
  @Column('text') kind: string;
  /** What it is about: a source record, an identity. */
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
