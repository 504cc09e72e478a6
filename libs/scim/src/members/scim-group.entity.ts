import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A group as its client wrote it; its members are rows of their own. */
@Entity('scim_groups')
export class ScimGroup {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') sourceId: string;
  @Column('int', { default: 1 }) version: number;
  @Column('text', { nullable: true }) externalId: string | null;
  @Column('text') displayNameKey: string;
  @Column('jsonb') raw: Readonly<Record<string, unknown>>;
  /** `raw` in the form in which filters compare it. */
  @Column('jsonb') folded: unknown;
  @Column('timestamptz') createdAt: Date;
  @Column('timestamptz') updatedAt: Date;
}

/** One membership: changing one costs one row, however many the group has. */
@Entity('scim_group_members')
export class ScimGroupMember {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') groupId: string;
  @PrimaryColumn('uuid') memberId: string;
  @Column('text') kind: 'User' | 'Group';
  @Column('text', { nullable: true }) display: string | null;
}

/** Whom a user names as manager, and the employee number by which identities know that one; null while they do not. */
@Entity('scim_managers')
export class ScimManager {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') recordId: string;
  @Column('uuid') sourceId: string;
  @Column('uuid') managerId: string;
  @Column('text', { nullable: true }) number: string | null;
  @Column('timestamptz') lookedAt: Date;
}

/** Somebody whose groups have changed, and whose identity is to hear of it. */
@Entity('scim_regroupings')
export class ScimRegrouping {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') sourceId: string;
  @PrimaryColumn('uuid') recordId: string;
}
