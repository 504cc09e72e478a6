import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ObservedAccount } from '@tenure/connectors';

/** An account as a scan saw it; kept until the scan is compared. */
@Entity('scanned_accounts')
export class ScannedAccount {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') scanId: string;
  @PrimaryColumn('text') remoteId: string;
  @Column('text', { nullable: true }) externalId: string | null;
  /** The value by which the application finds an account, in the form in which names are compared. */
  @Column('text', { array: true, default: [] }) matchKeys: readonly string[];
  /** JSON's null: looked for one by one, and not there. */
  @Column('jsonb') observed: ObservedAccount | null;
  /** From before the page was asked for: whatever was written later is newer. */
  @Column('timestamptz') readAt: Date;
}

/** An entitlement of ours; `readAt` is set when its members were read, and `remoteId` is null when it is not there. */
@Entity('scanned_entitlements')
export class ScannedEntitlement {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') scanId: string;
  @PrimaryColumn('uuid') entitlementId: string;
  @Column('text', { nullable: true }) remoteId: string | null;
  @Column('timestamptz', { nullable: true }) readAt: Date | null;
}

/** A member of it, by the application's own id. */
@Entity('scanned_members')
export class ScannedMember {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') scanId: string;
  @PrimaryColumn('uuid') entitlementId: string;
  @PrimaryColumn('text') remoteId: string;
}
