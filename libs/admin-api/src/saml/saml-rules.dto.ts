import { IsArray, IsIn, IsInt, IsObject, IsString } from 'class-validator';
import { Optional } from '../http/optional.js';

/** What a connection's logins become. The document is replaced whole; what is left out is as usual. */
export class LoginRulesDto {
  /** What names a person for good: `"nameId"`, or `{ "attribute": "<name>" }` for an immutable attribute. */
  @Optional()
  key?: unknown;

  /** Mail domains that are this identity provider's own. */
  @Optional()
  @IsArray()
  domains?: string[];

  /** By what a first login is given to somebody known: `externalId` (of SCIM), `employeeNumber`, `verifiedEmail`. */
  @Optional()
  @IsObject()
  match?: object;

  /** Target → CEL over `attributes`, `values`, `nameId` and `nameIdFormat`; null: never taken from a login. */
  @Optional()
  @IsObject()
  mapping?: object;

  /** The attribute that has the groups, where it is not one of the usual. */
  @Optional({ nullable: true })
  @IsString()
  groups?: string | null;

  /** The attribute that becomes `custom.roles`. */
  @Optional({ nullable: true })
  @IsString()
  roles?: string | null;

  /** `never`, `missing` or `always`; or `{ "usual": …, "targets": { "displayName": "never" } }`. */
  @Optional()
  refresh?: unknown;

  /** Whether a login may make somebody, or lets in only people who are known already. */
  @Optional()
  @IsIn(['create', 'known_only'])
  jit?: 'create' | 'known_only';

  /** Who is let in: `domains`, `groups` (one of them), `onLeave` (null: as the tenant's settings of logins say). */
  @Optional()
  @IsObject()
  admit?: object;

  /** So many people may have come by this connection and not left; null: without a limit. */
  @Optional({ nullable: true })
  @IsInt()
  maxPeople?: number | null;

  /** `idleMinutes` and `absoluteMinutes`. */
  @Optional()
  @IsObject()
  sessions?: object;

  /** Whom a refused person is told to ask. */
  @Optional({ nullable: true })
  @IsString()
  askWhom?: string | null;
}
