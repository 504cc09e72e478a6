import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What got through to one application, in the window that is being counted and in the one before it. See `HealthWindow`. */
@Entity('application_health')
export class ApplicationHealth {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') applicationId: string;
  @Column('timestamptz') startedAt: Date;
  @Column('int') through: number;
  @Column('int') failed: number;
  @Column('int') beforeThrough: number;
  @Column('int') beforeFailed: number;
}
