import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A password that an account was made with, sealed until somebody has taken it; then it is gone. */
@Entity('initial_credentials')
export class InitialCredential {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') accountId: string;
  @Column('bytea', { nullable: true }) sealed: Buffer | null;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz', { nullable: true }) takenAt: Date | null;
  @Column('text', { nullable: true }) takenBy: string | null;
}
