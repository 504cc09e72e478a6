import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsNotEmpty,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

export class IssueTokenDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  /** `bearer`: a token. `client`: an id and a secret, to be exchanged for short-lived tokens (OAuth client credentials). */
  @IsOptional()
  @IsIn(['bearer', 'client'])
  kind?: 'bearer' | 'client';

  /** `write` (as without it) or `read`. */
  @IsOptional()
  @IsIn(['read', 'write'])
  scope?: 'read' | 'write';

  /** ISO 8601; without it, until it is revoked. */
  @IsOptional()
  @IsISO8601({ strict: true })
  expiresAt?: string;

  /** The user whom the token speaks for, at `/Me`. */
  @IsOptional()
  @IsUUID()
  userId?: string;
}

export class RegisterSchemaDto {
  /** `urn:example:params:scim:badge:1.0:User` */
  @IsString()
  urn: string;

  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  name: string;

  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  description?: string;

  /** What it extends: `User`, `Group`, or the name of a resource type of your own. */
  @IsString()
  resourceType: string;

  @IsOptional()
  @IsBoolean()
  required?: boolean;

  /** Attributes as in RFC 7643 §7. */
  @IsArray()
  attributes: object[];
}

export class RegisterTypeDto {
  /** `Device` */
  @IsString()
  name: string;

  /** `/Devices` */
  @IsString()
  endpoint: string;

  /** Of its schema: `urn:example:params:scim:schemas:device:1.0:Device` */
  @IsString()
  urn: string;

  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  description?: string;

  /** Attributes as in RFC 7643 §7. */
  @IsArray()
  attributes: object[];
}

export class ScimOptionsDto {
  /** Whether ServiceProviderConfig, ResourceTypes and Schemas are shown without a token, at the source's own address. */
  @IsBoolean()
  publicDiscovery: boolean;

  /** How often each of its tokens may ask in a minute; null for as often as it likes. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  requestsPerMinute?: number | null;
}
