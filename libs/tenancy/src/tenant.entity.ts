import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('tenants')
export class Tenant {
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  /** Raised when a policy or a mapping is published, so that no cached plan of the old one is used. */
  @Column('bigint', { default: 1 }) policyEpoch: string;
  /** While it is set, nothing is written into any application of the tenant. */
  @Column('timestamptz', { nullable: true }) stoppedAt: Date | null;
  @Column('text', { nullable: true }) stopReason: string | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
}
