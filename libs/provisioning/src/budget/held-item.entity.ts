import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { BudgetAction } from '@tenure/applications';
import type { Excess } from './judge-budget.js';

export const HELD_ITEM_STATES = ['held', 'released', 'rejected', 'expired', 'superseded'] as const;
export type HeldItemState = (typeof HELD_ITEM_STATES)[number];

/** One action on one account, or one membership, that a safety budget keeps back until a person decides. */
@Entity('held_items')
export class HeldItem {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') applicationId: string;
  @Column('uuid') accountId: string;
  @Column('uuid') identityId: string;
  /** The membership's entitlement; only for `revoke`. */
  @Column('uuid', { nullable: true }) entitlementId: string | null;
  @Column('text') action: BudgetAction;
  /** The desired version (the membership's version for `revoke`) that it is about. */
  @Column('bigint') version: string;
  /** The journal entry of the change that this follows from. */
  @Column('uuid', { nullable: true }) cause: string | null;
  /** The names of what would change. */
  @Column('jsonb') diff: readonly string[];
  /** The budget that was exceeded, and what it saw. */
  @Column('jsonb') budget: Excess;
  @Column('text', { default: 'held' }) state: HeldItemState;
  @Column('timestamptz') heldAt: Date;
  /** Left alone until then, it is not done. */
  @Column('timestamptz') expiresAt: Date;
  /** The first of two persons, where the tenant wants two. */
  @Column('text', { nullable: true }) approvedBy: string | null;
  @Column('timestamptz', { nullable: true }) approvedAt: Date | null;
  @Column('text', { nullable: true }) decidedBy: string | null;
  @Column('timestamptz', { nullable: true }) decidedAt: Date | null;
  @Column('text', { nullable: true }) reason: string | null;
  /** Rejected for good: later versions of the same action are not proposed either. */
  @Column('boolean', { default: false }) barsLater: boolean;
}

/** How often an action was let through in a few minutes: compact, so that sliding sums never look at operations. */
@Entity('budget_spends')
export class BudgetSpend {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') applicationId: string;
  @PrimaryColumn('text') action: BudgetAction;
  @PrimaryColumn('timestamptz') at: Date;
  @Column('int') count: number;
}
