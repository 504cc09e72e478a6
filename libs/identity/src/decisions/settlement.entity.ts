import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Everybody of a tenant is to be settled anew because its rules changed, in slices; resumable by its cursor. */
@Entity('settlements')
export class Settlement {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid', { nullable: true }) cause: string | null;
  /** Identities first, then the records that wait. */
  @Column('text', { default: 'identities' }) phase: 'identities' | 'records';
  /** The last one that was worked off. */
  @Column('uuid', { nullable: true }) cursor: string | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) startedAt: Date;
  @Column('timestamptz', { nullable: true }) doneAt: Date | null;
}
