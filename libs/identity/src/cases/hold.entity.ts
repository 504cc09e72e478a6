import { Column, Entity, PrimaryColumn } from 'typeorm';

export type HoldState = 'held' | 'released' | 'rejected' | 'superseded';

/** What a hold would do, counted; a sample of people to open. */
export interface HeldEffect {
  readonly people: number;
  readonly of: number;
  readonly sample: readonly string[];
  readonly [detail: string]: unknown;
}

/** One cause whose effect is over the tenant's limit, kept back whole until a person releases or rejects it. */
@Entity('holds')
export class Hold {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  /** The cause: `policy_publish`, `policy_withdraw`, `mapping`, `absence`, `source_retire`. */
  @Column('text') kind: string;
  /** The policy, application, import or source that causes it. */
  @Column('uuid') subjectId: string;
  @Column('text') reason: string;
  @Column('jsonb') effect: HeldEffect;
  /** What releasing it does; its lib reads it. */
  @Column('jsonb') action: Readonly<Record<string, unknown>>;
  @Column('text', { default: 'held' }) state: HoldState;
  @Column('timestamptz') heldAt: Date;
  /** Whose doing is held back. */
  @Column('text') heldFor: string;
  @Column('timestamptz', { nullable: true }) decidedAt: Date | null;
  @Column('text', { nullable: true }) decidedBy: string | null;
  @Column('text', { nullable: true }) decisionReason: string | null;
}
