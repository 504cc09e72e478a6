import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Lineage, LifecycleState, Person } from './person.js';

/** The one person behind the records. The id is for life, also over leaving and rehire. */
@Entity('identities')
export class Identity {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('text') state: LifecycleState;
  @Column('jsonb') attributes: Person;
  @Column('jsonb') lineage: Lineage;
  @Column('text', { nullable: true }) userName: string | null;
  @Column('text', { nullable: true }) userNameKey: string | null;
  @Column('text', { nullable: true }) email: string | null;
  @Column('text', { nullable: true }) emailKey: string | null;
  @Column('text', { nullable: true }) employeeNumber: string | null;
  @Column('text', { nullable: true }) displayName: string | null;
  @Column('text', { nullable: true }) department: string | null;
  /** The manager's employee number as a source said it; `managerId` follows when that person is known. */
  @Column('text', { nullable: true }) managerNumber: string | null;
  @Column('uuid', { nullable: true }) managerId: string | null;
  @Column('boolean', { default: false }) isManager: boolean;
  /** When the clock alone changes the state next. */
  @Column('timestamptz', { nullable: true }) dueAt: Date | null;
  @Column('bigint', { default: 1 }) version: string;
  /** The version that access has been computed for; smaller than `version` while the identity is behind. */
  @Column('bigint', { default: 0 }) accessVersion: string;
  /** The change that waits takes access away. */
  @Column('boolean', { default: false }) urgent: boolean;
  /** The journal entry of the last change. */
  @Column('uuid', { nullable: true }) cause: string | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) changedAt: Date;
  /** When the change was committed that access is still to follow; the last one, once it has. */
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) behindSince: Date;
  /** Folded names, for rules that look among people of one name. */
  @Column('text', { nullable: true }) nameKey: string | null;
  @Column('text', { nullable: true }) familyNameKey: string | null;
  /** Why no policy or source may disable this person: a service identity, a break-glass login. */
  @Column('text', { nullable: true }) protectedReason: string | null;
  /** The identity that this one turned out to be; it has no records any more. */
  @Column('uuid', { nullable: true }) mergedInto: string | null;
  /** The managers that sources name go round in a circle here, so none of them is believed. */
  @Column('boolean', { default: false }) managerCycle: boolean;
  @Column('timestamptz', { nullable: true }) stateSince: Date | null;
  /** Which fact decided the state. */
  @Column('jsonb', { nullable: true }) stateReason: Readonly<Record<string, unknown>> | null;
  /** What changed since access was computed, by attribute name; `*` is everything. */
  @Column('text', { array: true, default: ['*'] }) changedFields: string[];
  /** The computation of the access failed on our side, and is tried again then. */
  @Column('timestamptz', { nullable: true }) accessRetryAt: Date | null;
  /** When time alone changes the access next: a grant begins or ends. */
  @Column('timestamptz', { nullable: true }) accessDueAt: Date | null;
}
