import { IsArray, IsBoolean, IsIn, IsInt, IsNotEmpty, IsString, IsUUID, Max, MaxLength, Min } from 'class-validator';
import { IsInstant } from '../http/instant.js';
import { Optional } from '../http/optional.js';

export class IssueTokenDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  /** `bearer`: a token. `client`: an id and a secret, to be exchanged for short-lived tokens (OAuth client credentials). */
  @Optional()
  @IsIn(['bearer', 'client'])
  kind?: 'bearer' | 'client';

  /** `write` (as without it) or `read`. */
  @Optional()
  @IsIn(['read', 'write'])
  scope?: 'read' | 'write';

  /** When it ends; without it, when it is revoked. */
  @IsInstant()
  expiresAt?: Date;

  /** The user whom the token speaks for, at `/Me`. */
  @Optional()
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

  @Optional()
  @IsString()
  @MaxLength(1_000)
  description?: string;

  /** What it extends: `User`, `Group`, or the name of a resource type of your own. */
  @IsString()
  resourceType: string;

  @Optional()
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

  @Optional()
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
  @Optional({ nullable: true })
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  requestsPerMinute?: number | null;
}
