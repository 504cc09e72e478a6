import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A secret of a SCIM client, kept as its SHA-256: a bearer token, an OAuth client's secret, or a token that it was given. */
@Entity('source_tokens')
export class SourceToken {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') sourceId: string;
  @Column('text') kind: 'bearer' | 'client' | 'access';
  @Column('text') name: string;
  @Column('text') scope: 'read' | 'write';
  /** The user whom the token speaks for, at /Me. */
  @Column('uuid', { nullable: true }) recordId: string | null;
  @Column('bytea') tokenHash: Buffer;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz', { nullable: true }) expiresAt: Date | null;
  @Column('timestamptz', { nullable: true }) lastUsedAt: Date | null;
  @Column('timestamptz', { nullable: true }) revokedAt: Date | null;
}

/** A schema extension of the tenant's own. */
@Entity('scim_schemas')
export class ScimSchema {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') urnKey: string;
  /** `User`, `Group`, or the name of a type of the tenant's own. */
  @Column('text') resourceType: string;
  @Column('boolean') required: boolean;
  @Column('jsonb') definition: unknown;
  @Column('timestamptz') createdAt: Date;
}

/** A schema by which what was written before it is read; open until that is done. */
@Entity('scim_refoldings')
export class ScimRefolding {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') schemaId: string;
  @Column('timestamptz') startedAt: Date;
  /** The last resource that was looked at. */
  @Column('uuid', { nullable: true }) cursor: string | null;
  /** When all had been looked at once; what was written meanwhile is looked at once more. */
  @Column('timestamptz', { nullable: true }) passedAt: Date | null;
  @Column('timestamptz', { nullable: true }) doneAt: Date | null;
  /** Values that have to be unique and are not. */
  @Column('int', { default: 0 }) twice: number;
}

/** What a client asked and was told, redacted; kept for 30 days. */
@Entity('scim_requests')
export class ScimRequest {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') sourceId: string;
  @Column('timestamptz') receivedAt: Date;
  @Column('text') method: string;
  @Column('text') path: string;
  @Column('jsonb', { default: {} }) query: unknown;
  @Column('text') dialect: string;
  @Column('int') status: number;
  @Column('text', { nullable: true }) scimType: string | null;
  @Column('text', { nullable: true }) detail: string | null;
  @Column('jsonb', { nullable: true }) body: unknown;
  @Column('int') ms: number;
}
