import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A connection's rules, as they were checked when they were saved. */
@Entity('saml_rules')
export class SamlRulesRow {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') connectionId: string;
  @Column('int', { default: 1 }) version: number;
  @Column('jsonb') rules: Readonly<Record<string, unknown>>;
  /** By which rules keys were chosen before. */
  @Column('jsonb', { default: [] }) formerKeys: readonly string[];
  @Column('text') changedBy: string;
  @Column('timestamptz') changedAt: Date;
}

/** A refused login, for the admin: the exact reason, and the message without what it says of anybody. */
@Entity('saml_refusals')
export class SamlRefusalRow {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') connectionId: string;
  /** What the refused person was shown. */
  @Column('text') supportCode: string;
  @Column('text') code: string;
  @Column('text') reason: string;
  /** The message was the identity provider's: somebody in particular was refused. Others may be anybody's, and are counted. */
  @Column('boolean') verified: boolean;
  /** How many alike came in the same minute. */
  @Column('int', { default: 1 }) times: number;
  @Column('timestamptz') firstAt: Date;
  @Column('timestamptz') lastAt: Date;
  @Column('text', { nullable: true }) message: string | null;
}

export type SamlTestState = 'waiting' | 'passed' | 'refused';

/** An admin's try of a connection: a login that is verified and decided in full, and makes nothing. */
@Entity('saml_tests')
export class SamlTestRow {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') connectionId: string;
  /** Of the address that begins it, which is good for one browser. */
  @Column('bytea') tokenHash: Buffer;
  /** Of the cookie of the browser that began it. */
  @Column('bytea', { nullable: true }) browserHash: Buffer | null;
  @Column('text', { default: 'waiting' }) state: SamlTestState;
  @Column('jsonb', { nullable: true }) result: Readonly<Record<string, unknown>> | null;
  @Column('text') createdBy: string;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz') expiresAt: Date;
}
