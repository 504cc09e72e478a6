import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Person } from '@tenure/identity';

/** One file of a source, applied row by row; `cursor` is the last row that was. */
@Entity('imports')
export class Import {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') sourceId: string;
  /** Computed and shown, nothing applied. */
  @Column('boolean') preview: boolean;
  /** `full`: it names everybody whom the source knows. */
  @Column('text', { default: 'full' }) scope: 'full' | 'partial';
  /** `held`: it names none of the people whom the source knows, and waits for a decision. `marking`: all rows are applied, and who is missing is being marked. */
  @Column('text', { default: 'running' }) state: 'held' | 'running' | 'marking' | 'done';
  @Column('text') actor: string;
  @Column('int') total: number;
  @Column('int', { default: 0 }) cursor: number;
  @Column('int', { default: 0 }) created: number;
  @Column('int', { default: 0 }) changed: number;
  @Column('int', { default: 0 }) unchanged: number;
  /** Rows that take effect on a later day. */
  @Column('int', { default: 0 }) scheduled: number;
  @Column('int', { default: 0 }) rejected: number;
  /** People whom the source told of before and this file does not; null until that was counted. */
  @Column('int', { nullable: true }) missing: number | null;
  /** The hold that keeps their absence from acting. */
  @Column('uuid', { nullable: true }) holdId: string | null;
  /** The last key whose mark was looked at. */
  @Column('text', { default: '' }) markedTo: string;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) startedAt: Date;
  @Column('timestamptz', { nullable: true }) doneAt: Date | null;
  /** When its rows were deleted, after their time; the counts stay. */
  @Column('timestamptz', { nullable: true }) rowsDeletedAt: Date | null;
}

/** One row of a file: what it says, and what became of it. */
@Entity('import_rows')
export class ImportRow {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') importId: string;
  /** The number of the record in the file; 1 is the first after the header. */
  @PrimaryColumn('int') row: number;
  /** When it is applied, among the rows of the file: rows that end an employment come last. */
  @Column('int') place: number;
  @Column('text', { nullable: true }) key: string | null;
  @Column('jsonb', { nullable: true }) person: Person | null;
  /** When the row takes effect, as it says; empty: at once; null: the file has no such column. */
  @Column('text', { nullable: true }) effective: string | null;
  @Column('text', { nullable: true }) outcome: 'created' | 'changed' | 'unchanged' | 'scheduled' | 'rejected' | null;
  @Column('text', { nullable: true }) reason: string | null;
}
