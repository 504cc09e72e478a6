import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Kinds of source, from the one that is believed first to the one that is believed last. */
export const SOURCE_KINDS = ['admin', 'hrms', 'csv', 'scim', 'saml'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** What it becomes when a source deactivates somebody (its status says `suspended`). */
export const SOURCE_DEACTIVATIONS = ['nothing', 'suspend', 'terminate'] as const;
export type SourceDeactivation = (typeof SOURCE_DEACTIVATIONS)[number];

/** A system that says things about people. */
@Entity('sources')
export class Source {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') kind: SourceKind;
  @Column('text') name: string;
  @Column('text', { nullable: true }) vendor: string | null;
  /** Canonical attribute → the source's own name of it. */
  @Column('jsonb', { default: {} }) mapping: Readonly<Record<string, string>>;
  /** Precedence: the smaller is believed first. */
  @Column('smallint') rank: number;
  /** SHA-256 of the bearer token of a SCIM client. */
  @Column('bytea', { nullable: true }) tokenHash: Buffer | null;
  /** The webhook's signing secret, sealed: verifying needs it in clear. */
  @Column('bytea', { nullable: true }) sealedSecret: Buffer | null;
  /** What its deactivation of a person becomes; null: suspend, or what the tenant's rule for SCIM says. */
  @Column('text', { nullable: true }) deactivation: SourceDeactivation | null;
  /** Since then it says nothing any more. */
  @Column('timestamptz', { nullable: true }) retiredAt: Date | null;
  /** What becomes of a retired source's people; `held` until somebody decides. */
  @Column('text', { nullable: true }) retirePeople: 'keep' | 'held' | 'release' | null;
  /** The last record that was released. */
  @Column('text', { nullable: true }) releasedTo: string | null;
  @Column('timestamptz', { nullable: true }) releasedAt: Date | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
}
