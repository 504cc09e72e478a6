import { Column, Entity, PrimaryColumn } from 'typeorm';

export type BulkOrderKind = 'retry' | 'release' | 'reject';

/** What a person ordered for many at once: carried out in slices, resumable by its cursor. */
@Entity('bulk_orders')
export class BulkOrder {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') kind: BulkOrderKind;
  @Column('jsonb') filter: Readonly<Record<string, string>>;
  /** What else was said: a reason. */
  @Column('jsonb') said: Readonly<Record<string, unknown>>;
  @Column('text') orderedBy: string;
  @Column('timestamptz') orderedAt: Date;
  /** Where the next slice begins. */
  @Column('jsonb', { nullable: true }) cursor: unknown;
  @Column('int', { default: 0 }) done: number;
  /** Of a release: those that now wait for a second person. */
  @Column('int', { default: 0 }) approved: number;
  @Column('timestamptz', { nullable: true }) doneAt: Date | null;
}
