import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A webhook as it came. Its message id is unique per source, in PostgreSQL, so that no flush reopens a replay. */
@Entity('inbound_events')
export class InboundEvent {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') sourceId: string;
  @Column('text') messageId: string;
  /** The time in the signed headers: a resend of the same message is signed anew, a replay is not. */
  @Column('timestamptz') signedAt: Date;
  @Column('text') type: string;
  @Column('text', { default: 'applied' }) outcome:
    'applied' | 'unchanged' | 'unresolved' | 'scheduled' | 'unknown_type';
  @Column('text', { nullable: true }) reason: string | null;
  @Column('jsonb') payload: unknown;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) receivedAt: Date;
}
