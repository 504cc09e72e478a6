import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ObservedAccount } from '@tenure/connectors';

/** Who an account that nobody of ours has may be, and by what. */
export interface Candidate {
  readonly identityId: string;
  /** `externalId`, or the name of the key that both have. */
  readonly by: string;
  /** The person has another account there already. */
  readonly hasAccount: boolean;
}

export const UNKNOWN_STATES = [
  'unmatched',
  'matched',
  'ambiguous',
  'assigned',
  'ignored',
  'protected',
  'gone',
] as const;
export type UnknownState = (typeof UNKNOWN_STATES)[number];

/** An account of the application that is nobody's of ours. */
@Entity('unknown_accounts')
export class UnknownAccount {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') applicationId: string;
  @Column('text') remoteId: string;
  @Column('text', { nullable: true }) externalId: string | null;
  @Column('jsonb') observed: ObservedAccount;
  @Column('jsonb', { default: [] }) candidates: readonly Candidate[];
  @Column('text') state: UnknownState;
  /** Why it is ignored or protected. */
  @Column('text', { nullable: true }) reason: string | null;
  /** Whose it became. */
  @Column('uuid', { nullable: true }) accountId: string | null;
  @Column('timestamptz') firstSeenAt: Date;
  @Column('timestamptz') seenAt: Date;
  @Column('uuid') scanId: string;
  @Column('timestamptz', { nullable: true }) decidedAt: Date | null;
  @Column('text', { nullable: true }) decidedBy: string | null;
}
