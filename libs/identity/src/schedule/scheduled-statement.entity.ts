import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Actor } from '@tenure/journal';
import type { Person } from '../model/person.js';

/** What a source says today of a later day: it waits, is shown as due, and is then said as if on that day. */
@Entity('scheduled_statements')
export class ScheduledStatement {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') sourceId: string;
  @Column('text') key: string;
  @Column('timestamptz') effectiveAt: Date;
  @Column('jsonb') person: Person;
  @Column('text') actor: string;
  @Column('text') door: Actor['door'];
  /** `failed`: it was refused on its day; the reason says why, and it can be tried again. */
  @Column('text', { default: 'due' }) state: 'due' | 'applied' | 'cancelled' | 'failed';
  @Column('text', { nullable: true }) reason: string | null;
  /** When the source said it; null: when it was received. */
  @Column('timestamptz', { nullable: true }) saidAt: Date | null;
  @Column('timestamptz') receivedAt: Date;
  @Column('timestamptz', { nullable: true }) settledAt: Date | null;
}
