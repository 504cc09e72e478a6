import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsNotEmpty,
  IsOptional,
  IsString,
  IsUUID,
  MaxLength,
  ValidateNested,
} from 'class-validator';

export class EntitlementDto {
  /** `group` (SCIM) or `role` (SQL). */
  @IsString()
  @IsNotEmpty()
  @MaxLength(60)
  kind: string;

  @IsString()
  @IsNotEmpty()
  @MaxLength(500)
  name: string;
}

export class PolicyGrantDto {
  @IsUUID()
  applicationId: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => EntitlementDto)
  entitlements?: EntitlementDto[];
}

export class PolicyDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  /** CEL over `identity`, true or false: `identity.department == "Sales"`. */
  @IsString()
  @IsNotEmpty()
  condition: string;

  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => PolicyGrantDto)
  grants: PolicyGrantDto[];

  /** In force at once; otherwise kept as a draft. */
  @IsOptional()
  @IsBoolean()
  publish?: boolean;
}
