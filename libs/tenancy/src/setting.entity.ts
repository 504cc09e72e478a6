import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One section of what a tenant has set; what it means is its lib's matter. */
@Entity('settings')
export class Setting {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('text') section: string;
  /** Raised with each change: what was planned for an older one is planned anew. */
  @Column('int') version: number;
  @Column('jsonb') value: Readonly<Record<string, unknown>>;
  @Column('text') changedBy: string;
  @Column('timestamptz') changedAt: Date;
}
