import { IsArray, IsIn, IsInt, IsObject, IsOptional, IsString } from 'class-validator';

/** What a connection's logins become. The document is replaced whole; what is left out is as usual. */
export class LoginRulesDto {
  /** What names a person for good: `"nameId"`, or `{ "attribute": "<name>" }` for an immutable attribute. */
  @IsOptional()
  key?: unknown;

  /** Mail domains that are this identity provider's own. */
  @IsOptional()
  @IsArray()
  domains?: string[];

  /** By what a first login is given to somebody known: `externalId` (of SCIM), `employeeNumber`, `verifiedEmail`. */
  @IsOptional()
  @IsObject()
  match?: object;

  /** Target → CEL over `attributes`, `values`, `nameId` and `nameIdFormat`; null: never taken from a login. */
  @IsOptional()
  @IsObject()
  mapping?: object;

  /** The attribute that has the groups, where it is not one of the usual. */
  @IsOptional()
  @IsString()
  groups?: string | null;

  /** The attribute that becomes `custom.roles`. */
  @IsOptional()
  @IsString()
  roles?: string | null;

  /** `never`, `missing` or `always`; or `{ "usual": …, "targets": { "displayName": "never" } }`. */
  @IsOptional()
  refresh?: unknown;

  /** Whether a login may make somebody, or lets in only people who are known already. */
  @IsOptional()
  @IsIn(['create', 'known_only'])
  jit?: 'create' | 'known_only';

  /** Who is let in: `domains`, `groups` (one of them), `onLeave` (null: as the tenant's settings of logins say). */
  @IsOptional()
  @IsObject()
  admit?: object;

  /** So many people may have come by this connection and not left; null: without a limit. */
  @IsOptional()
  @IsInt()
  maxPeople?: number | null;

  /** `idleMinutes` and `absoluteMinutes`. */
  @IsOptional()
  @IsObject()
  sessions?: object;

  /** Whom a refused person is told to ask. */
  @IsOptional()
  @IsString()
  askWhom?: string | null;
}
