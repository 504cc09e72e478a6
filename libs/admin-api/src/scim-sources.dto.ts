import {
  IsArray,
  IsBoolean,
  IsIn,
  IsISO8601,
  IsNotEmpty,
  IsOptional,
  IsString,
  IsUUID,
  MaxLength,
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

  @IsIn(['User', 'Group'])
  resourceType: 'User' | 'Group';

  @IsOptional()
  @IsBoolean()
  required?: boolean;

  /** Attributes as in RFC 7643 §7. */
  @IsArray()
  attributes: object[];
}
