import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An employee's signed-in browser. Rows here are the only truth, so ending them ends the login on every process. */
@Entity('sessions')
export class Session {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('bytea') tokenHash: Buffer;
  @Column('uuid') identityId: string;
  @Column('uuid') connectionId: string;
  @Column('text') nameId: string;
  @Column('text', { nullable: true }) sessionIndex: string | null;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz') lastSeenAt: Date;
  @Column('timestamptz') expiresAt: Date;
  @Column('timestamptz', { nullable: true }) endedAt: Date | null;
}
