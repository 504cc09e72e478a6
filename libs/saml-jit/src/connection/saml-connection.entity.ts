import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Binding } from '../protocol/outbound-message.js';
import type { TrustedCertificate } from '../protocol/roll-certificates.js';
import type { Encryption, WantSigned } from '../protocol/saml-connection.js';

/** One IdP of a tenant. Its id is also its source's id. */
@Entity('saml_connections')
export class SamlConnectionRow {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') idpEntityId: string;
  @Column('text') ssoUrl: string;
  @Column('text', { default: 'HTTP-Redirect' }) ssoBinding: Binding;
  @Column('text', { nullable: true }) sloUrl: string | null;
  @Column('text', { default: 'HTTP-Redirect' }) sloBinding: Binding;
  @Column('text', { nullable: true }) sloResponseUrl: string | null;
  /** Several while the IdP rolls over. */
  @Column('jsonb') certificates: readonly TrustedCertificate[];
  @Column('text') wantSigned: WantSigned;
  @Column('int', { default: 60_000 }) clockSkewMs: number;
  @Column('boolean', { default: false }) signRequests: boolean;
  @Column('text', { nullable: true }) nameIdFormat: string | null;
  @Column('boolean', { default: false }) forceAuthn: boolean;
  @Column('jsonb', { nullable: true }) authnContext: readonly string[] | null;
  @Column('boolean', { default: false }) idpInitiated: boolean;
  @Column('text', { default: 'optional' }) encryption: Encryption;
  /** Where its metadata is read again from; the times and the last failure of that. */
  @Column('text', { nullable: true }) metadataUrl: string | null;
  @Column('timestamptz', { nullable: true }) refreshDueAt: Date | null;
  @Column('timestamptz', { nullable: true }) refreshedAt: Date | null;
  @Column('int', { default: 0 }) refreshFailures: number;
  @Column('text', { nullable: true }) refreshError: string | null;
  /** What the metadata has that cannot be used. */
  @Column('jsonb', { default: [] }) metadataWarnings: readonly string[];
  /** When a certificate next comes close enough to its end to be told of. */
  @Column('timestamptz', { nullable: true }) warnAt: Date | null;
  /** The first time that our metadata was read, and that a login was begun: how far the set-up is. */
  @Column('timestamptz', { nullable: true }) metadataReadAt: Date | null;
  @Column('timestamptz', { nullable: true }) loginBegunAt: Date | null;
  @Column('timestamptz', { nullable: true }) disabledAt: Date | null;
  @Column('timestamptz', { nullable: true }) deletedAt: Date | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
}

export type KeyPurpose = 'signing' | 'encryption';

/** A key pair of ours toward one IdP. */
@Entity('saml_keys')
export class SamlKeyRow {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') connectionId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') purpose: KeyPurpose;
  /** Published before it is used; used; published and decrypting still; its private half is gone. */
  @Column('text') state: 'next' | 'active' | 'retiring' | 'retired';
  @Column('bytea', { nullable: true }) sealedKey: Buffer | null;
  @Column('text') certificate: string;
  /** Of how many days before its end the journal was told last. */
  @Column('int', { nullable: true }) warnedDays: number | null;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz', { nullable: true }) activatedAt: Date | null;
  @Column('timestamptz', { nullable: true }) retiredAt: Date | null;
}

/** How an IdP writes a NameID: a logout request must name the person in the same way. */
@Entity('saml_subjects')
export class SamlSubjectRow {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') connectionId: string;
  @PrimaryColumn('text') nameId: string;
  @Column('jsonb') attributes: Readonly<Record<string, string>>;
}

/** A login that was begun, bound to the browser that began it. */
@Entity('saml_requests')
export class SamlRequestRow {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') connectionId: string;
  @PrimaryColumn('text') requestId: string;
  @Column('bytea') browserHash: Buffer;
  @Column('timestamptz') createdAt: Date;
}

/** An assertion that was used; its row is the replay store, which no flush of a cache reopens. */
@Entity('saml_assertions')
export class SamlAssertionRow {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') connectionId: string;
  @PrimaryColumn('text') assertionId: string;
  @Column('timestamptz') rememberUntil: Date;
  /** The session that it opened; null: none, as of a logout or a test. */
  @Column('uuid', { nullable: true }) sessionId: string | null;
}
