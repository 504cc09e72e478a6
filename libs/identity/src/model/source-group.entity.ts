import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A group of a source, by the id that it has there. */
@Entity('source_groups')
export class SourceGroup {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') sourceId: string;
  @Column('text') name: string;
  /** The source deleted it; the row goes when whoever follows groups has heard of it. */
  @Column('timestamptz', { nullable: true }) deletedAt: Date | null;
  /** Its name has changed, or it is gone, and whoever follows groups has not heard of it. */
  @Column('boolean', { default: false }) untold: boolean;
}
