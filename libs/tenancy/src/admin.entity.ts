import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from './roles.js';

@Entity('admins')
export class Admin {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') email: string;
  @Column('text') role: Role;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
}
