import { OmitType, PartialType } from '@nestjs/swagger';
import { IsIn, IsNotEmpty, IsObject, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';

export class CreateApplicationDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  /** The kind of connector: `scim` or `sql`. */
  @IsString()
  @IsNotEmpty()
  connector: string;

  /** `enforce` when nothing is said. */
  @IsOptional()
  @IsIn(['observe', 'add_only', 'enforce'])
  mode?: 'observe' | 'add_only' | 'enforce';

  @IsObject()
  config: Record<string, unknown>;

  /** Kept encrypted, never shown. */
  @IsOptional()
  @IsObject()
  credentials?: Record<string, string>;

  /** Target attribute → CEL over `identity`; the connector's default when nothing is said. */
  @IsOptional()
  @IsObject()
  mapping?: Record<string, string>;

  /** The identity that answers for the application, and for what people ask of it; null for nobody. */
  @IsOptional()
  @IsUUID()
  ownerId?: string | null;
}

export class UpdateApplicationDto extends PartialType(OmitType(CreateApplicationDto, ['name', 'connector'] as const)) {}

export class SimulateMappingDto {
  /** Target attribute → CEL over `identity`: the whole mapping as it would be. */
  @IsObject()
  mapping: Record<string, string>;
}
