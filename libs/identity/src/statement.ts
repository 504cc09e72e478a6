import type { Person, PersonField } from './person.js';
import type { SourceDeactivation, SourceKind } from './source.entity.js';

/** One source's statement, with what ranks it. */
export interface Statement {
  readonly sourceId: string;
  readonly kind: SourceKind;
  readonly rank: number;
  readonly recordId: string;
  readonly recordVersion: number;
  readonly person: Person;
  /** When the source set each field (ISO 8601), and what `merge-statement.ts` keeps beside it. */
  readonly fieldTimes: Readonly<Record<string, string>>;
  /** Fields that are not believed until a person decides, each with the reason: they count as unsaid. */
  readonly disputed: Readonly<Partial<Record<PersonField, string>>>;
  readonly removed: boolean;
  /** An admin corrects values of a person whom others tell of: it says nothing of the employment. */
  readonly corrects?: boolean;
  /** What its source's deactivation of a person becomes; absent: the tenant's rule for its kind. */
  readonly deactivation?: SourceDeactivation | null;
  /** The source's own key of the person. */
  readonly key?: string;
  /** The source's full list does not name the person since then; while it is held it never acts. */
  readonly missing: { readonly since: Date; readonly held: boolean } | null;
}
