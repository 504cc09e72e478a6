import { IsIn, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';

export class CreateSamlConnectionDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  /** The metadata document of the identity provider. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(1_048_576)
  idpMetadataXml: string;

  /** What the identity provider signs; `both` when nothing is said. */
  @IsOptional()
  @IsIn(['both', 'assertion', 'response'])
  wantSigned?: 'both' | 'assertion' | 'response';
}
