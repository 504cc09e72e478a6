import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Person, PersonField } from './person.js';

/** What one source says of one person now. */
@Entity('source_records')
export class SourceRecord {
  @PrimaryColumn('uuid') tenantId: string;
  @PrimaryColumn('uuid') id: string;
  @Column('uuid') sourceId: string;
  /** The source's own key of the person: an employee number, a SCIM id, a NameID. */
  @Column('text') key: string;
  @Column('int', { default: 1 }) version: number;
  @Column('jsonb') attributes: Person;
  /** When the source set each field (ISO 8601): an older statement never undoes a newer one. */
  @Column('jsonb') fieldTimes: Readonly<Record<string, string>>;
  /** The resource as the source wrote it, for doors that must give it back. */
  @Column('jsonb', { nullable: true }) raw: unknown;
  /** `raw` in the form in which its door's filters compare it. */
  @Column('jsonb', { nullable: true }) folded: unknown;
  /** Of `raw`, which stays the same where only something else about the record changes. */
  @Column('int', { nullable: true }) shownVersion: number | null;
  @Column('timestamptz', { nullable: true }) shownAt: Date | null;
  @Column('text', { nullable: true }) externalId: string | null;
  /** Lower-cased userName, where the door demands uniqueness per source. */
  @Column('text', { nullable: true }) userNameKey: string | null;
  @Column('uuid', { nullable: true }) identityId: string | null;
  /** Why no identity could be chosen; such a record waits and loses nothing. */
  @Column('text', { nullable: true }) unresolved: string | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) createdAt: Date;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) updatedAt: Date;
  @Column('timestamptz', { nullable: true }) deletedAt: Date | null;
  /** Fields that are not believed until a person decides, each with the reason; the rest of the record counts. */
  @Column('jsonb', { default: {} }) disputed: Readonly<Partial<Record<PersonField, string>>>;
  /** An admin's record about a person whom admins did not make: it changes values and says nothing of the employment. */
  @Column('boolean', { default: false }) corrects: boolean;
  /** Since then the source's full list does not name the person any more. */
  @Column('timestamptz', { nullable: true }) missingSince: Date | null;
  /** The hold that keeps this absence from acting. */
  @Column('uuid', { nullable: true }) missingHold: string | null;
}
