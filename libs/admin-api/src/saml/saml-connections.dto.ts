import { PartialType, PickType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import {
  BINDINGS,
  KEY_PURPOSES,
  MAX_CLOCK_SKEW_MS,
  type Binding,
  type Encryption,
  type KeyPurpose,
  type WantSigned,
} from '@tenure/saml-jit';
import { Optional } from '../http/optional.js';

const FORMAT = /^urn:oasis:names:tc:SAML:(1\.1|2\.0):nameid-format:[A-Za-z]+$/;

/** Who the identity provider is: exactly one of its metadata, the address of its metadata, or single values. */
export class IdpDto {
  /** The metadata document of the identity provider. */
  @Optional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(1_048_576)
  idpMetadataXml?: string;

  /** Where its metadata is; read again every six hours, so that its certificates can change. */
  @Optional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(2_048)
  idpMetadataUrl?: string;

  /** With `ssoUrl`: its entity id. With metadata of several identity providers: which of them. */
  @Optional()
  @IsString()
  @MaxLength(1_024)
  idpEntityId?: string;

  /** Where logins go. */
  @Optional()
  @IsString()
  @MaxLength(2_048)
  ssoUrl?: string;

  /** With `ssoUrl`: how requests get there; HTTP-Redirect when nothing is said. */
  @Optional()
  @IsIn(BINDINGS)
  ssoBinding?: Binding;

  /** Where logouts go. */
  @Optional()
  @IsString()
  @MaxLength(2_048)
  sloUrl?: string;

  /** With `sloUrl`: how logouts get there; HTTP-Redirect when nothing is said. */
  @Optional()
  @IsIn(BINDINGS)
  sloBinding?: Binding;

  /** Its signing certificates, each as one PEM block. */
  @Optional()
  @IsArray()
  @ArrayMaxSize(10)
  @IsString({ each: true })
  @MaxLength(10_000, { each: true })
  certificates?: string[];
}

export class CreateSamlConnectionDto extends IdpDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  /** What the identity provider signs; `both` when nothing is said. */
  @Optional()
  @IsIn(['both', 'assertion', 'response'])
  wantSigned?: WantSigned;

  /** Asked of the identity provider; null: it chooses. */
  @Optional({ nullable: true })
  @Matches(FORMAT)
  nameIdFormat?: string | null;

  /** People log in anew, whether or not they have a session at the identity provider. */
  @Optional()
  @IsBoolean()
  forceAuthn?: boolean;

  /** AuthnContext classes, one of which the login must have; null: any. */
  @Optional({ nullable: true })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(10)
  @Matches(/^[!-~]{1,500}$/, { each: true })
  authnContext?: string[] | null;

  /** How far the identity provider's clock may be off, in milliseconds. */
  @Optional()
  @IsInt()
  @Min(0)
  @Max(MAX_CLOCK_SKEW_MS)
  clockSkewMs?: number;

  /** Whether a login may begin at the identity provider; off, unless it is switched on. */
  @Optional()
  @IsBoolean()
  idpInitiated?: boolean;

  /** Whether assertions may, must, or must not be encrypted. */
  @Optional()
  @IsIn(['off', 'optional', 'required'])
  encryption?: Encryption;

  /** Whether login requests are signed; as the metadata wants it, when nothing is said. */
  @Optional()
  @IsBoolean()
  signRequests?: boolean;
}

export class UpdateSamlConnectionDto extends PartialType(
  PickType(CreateSamlConnectionDto, [
    'name',
    'wantSigned',
    'nameIdFormat',
    'forceAuthn',
    'authnContext',
    'clockSkewMs',
    'idpInitiated',
    'encryption',
    'signRequests',
  ] as const),
  { skipNullProperties: false },
) {}

export class AddKeyDto {
  /** What the key is for. */
  @IsIn(KEY_PURPOSES)
  purpose: KeyPurpose;
}
