import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The answer to a write that carried an Idempotency-Key, without its secrets. `status` is null while the first call runs. */
@Entity('idempotent_answers')
export class IdempotentAnswer {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('text') principal: string;
  @PrimaryColumn('text') key: string;
  @Column('bytea') requestDigest: Buffer;
  @Column('int', { nullable: true }) status: number | null;
  @Column('jsonb', { nullable: true }) body: unknown;
  @Column('jsonb', { default: {} }) headers: Readonly<Record<string, string>>;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
}
