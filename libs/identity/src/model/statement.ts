import type { Identity } from './identity.entity.js';
import type { IdentityKeyName } from './identity-key.entity.js';
import type { Person, PersonField } from './person.js';
import type { Source, SourceDeactivation, SourceKind } from './source.entity.js';

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

/** What a door is trusted with when its record is given to somebody, over what the tenant's rules say of its kind. */
export interface LinkTrust {
  /** May the identities' key link it? `alone`: only to somebody who has no login of another connection. */
  readonly keys: Readonly<Partial<Record<IdentityKeyName, 'alone' | 'no'>>>;
  /** Its externalId is the one by which SCIM clients know the person. */
  readonly scimExternalId: boolean;
}

/** One statement of a source about one person. */
export interface StatementInput {
  readonly source: Pick<Source, 'id' | 'kind' | 'rank'> & Partial<Pick<Source, 'deactivation'>>;
  readonly key: string;
  /** Checked fields: absent stays as it was (or is unsaid, with `replace`), `null` clears. */
  readonly person: Person;
  /** When it became true at the source; now, when the source does not say. */
  readonly saidAt?: Date;
  readonly replace?: boolean;
  /** The source took the person away (or, with false, brings a removed one back). */
  readonly removed?: boolean;
  /** The key is new; of somebody whom the source removed, known by the external id or the user name, the record is revived. */
  readonly revives?: boolean;
  readonly raw?: unknown;
  /** `raw` in the form in which its door's filters compare it. */
  readonly folded?: unknown;
  readonly externalId?: string | null;
  readonly userNameKey?: string | null;
  /** What its door is trusted with; without it the tenant's rules alone say. */
  readonly trust?: LinkTrust;
  /** The identity that a first record is about, where its source names it by our own id. */
  readonly about?: string;
  /** Runs before anything is written; throws to refuse the person that the statement belongs to. */
  readonly admit?: (identity: Identity | null) => void;
}
