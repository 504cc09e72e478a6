import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A resource type of the tenant's own. */
@Entity('scim_resource_types')
export class ScimResourceType {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') name: string;
  @Column('text') endpoint: string;
  @Column('text') endpointKey: string;
  @Column('text') nameKey: string;
  @Column('text') urnKey: string;
  @Column('text') description: string;
  /** Its schema. */
  @Column('jsonb') definition: unknown;
  @Column('timestamptz') createdAt: Date;
}

/** A resource of such a type, as its client wrote it. */
@Entity('scim_resources')
export class ScimResource {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') sourceId: string;
  @Column('uuid') typeId: string;
  @Column('int', { default: 1 }) version: number;
  @Column('text', { nullable: true }) externalId: string | null;
  @Column('jsonb') raw: Readonly<Record<string, unknown>>;
  /** `raw` in the form in which filters compare it. */
  @Column('jsonb') folded: unknown;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz') updatedAt: Date;
}

/** A value that one resource has and no other may. */
@Entity('scim_unique_values')
export class ScimUniqueValue {
  @PrimaryColumn('uuid') tenantId: string;
  /** The source among whose resources it is unique, or the tenant. */
  @PrimaryColumn('uuid') scopeId: string;
  @PrimaryColumn('text') path: string;
  @PrimaryColumn('text') digest: string;
  @Column('uuid') resourceId: string;
}

/** What a tenant chose for one SCIM source, and since when the source is silent. */
@Entity('scim_source_options')
export class ScimSourceOptions {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') sourceId: string;
  @Column('boolean', { default: false }) publicDiscovery: boolean;
  @Column('int', { nullable: true }) requestsPerMinute: number | null;
  @Column('timestamptz', { nullable: true }) silentSince: Date | null;
}
