import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An employee's signed-in browser. Rows here are the only truth, so ending them ends the login on every process. */
@Entity('sessions')
export class Session {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('bytea') tokenHash: Buffer;
  /** The token before the last renewal: good until the new one has come back, and a little longer. */
  @Column('bytea', { nullable: true }) previousHash: Buffer | null;
  @Column('timestamptz') renewedAt: Date;
  /** When the new token first came back; null while that is waited for. */
  @Column('timestamptz', { nullable: true }) confirmedAt: Date | null;
  @Column('uuid') identityId: string;
  @Column('uuid') connectionId: string;
  @Column('text') nameId: string;
  @Column('text', { nullable: true }) sessionIndex: string | null;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz') lastSeenAt: Date;
  @Column('timestamptz') expiresAt: Date;
  /** Unused for so long (ms), it is over. */
  @Column('int', { default: 3_600_000 }) idleMs: number;
  /** Whether a leave ends it. */
  @Column('boolean', { default: false }) endsOnLeave: boolean;
  /** What the browser calls itself, for the person's list. */
  @Column('text', { nullable: true }) agent: string | null;
  @Column('timestamptz', { nullable: true }) endedAt: Date | null;
}
