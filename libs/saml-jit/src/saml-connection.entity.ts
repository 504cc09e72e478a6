import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { WantSigned } from './protocol/saml-connection.js';

/** One IdP of a tenant. Its id is also its source's id. */
@Entity('saml_connections')
export class SamlConnectionRow {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') idpEntityId: string;
  @Column('text') ssoUrl: string;
  @Column('text', { nullable: true }) sloUrl: string | null;
  /** PEM; two while the IdP rolls over. */
  @Column('jsonb') certificates: readonly string[];
  @Column('text') wantSigned: WantSigned;
  @Column('int', { default: 60_000 }) clockSkewMs: number;
  /** Our private key toward this IdP, sealed. */
  @Column('bytea', { nullable: true }) sealedKey: Buffer | null;
  @Column('text', { nullable: true }) certificate: string | null;
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
}
