import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('tenants')
export class Tenant {
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  /** Raised when a policy or a mapping is published, so that no cached plan of the old one is used. */
  @Column('bigint', { default: 1 }) policyEpoch: string;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
}
