import type { Person, PersonField } from './person.js';
import type { SourceKind } from './source.entity.js';

/** One source's statement, with what ranks it. */
export interface Statement {
  readonly sourceId: string;
  readonly kind: SourceKind;
  readonly rank: number;
  readonly recordId: string;
  readonly recordVersion: number;
  readonly person: Person;
  /** When the source set each field (ISO 8601). */
  readonly fieldTimes: Readonly<Record<string, string>>;
  /** Fields that are not believed until a person decides, each with the reason: they count as unsaid. */
  readonly disputed: Readonly<Partial<Record<PersonField, string>>>;
  readonly removed: boolean;
  /** The source's full list does not name the person since then; while it is held it never acts. */
  readonly missing: { readonly since: Date; readonly held: boolean } | null;
}
