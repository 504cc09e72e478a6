import { PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsString,
  IsUUID,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { IsInstant } from '../http/instant.js';
import { Optional } from '../http/optional.js';

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

  @Optional()
  @IsArray()
  @ArrayMaxSize(200)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => EntitlementDto)
  entitlements?: EntitlementDto[];

  /** Target attribute → CEL over `identity`; goes before the application's mapping. */
  @Optional()
  @IsObject()
  attributes?: Record<string, string>;
}

export class OverlapDto {
  /** 1 to 90: how long a mover keeps what the policy gave. */
  @IsInt()
  days: number;

  /** At the end it is removed; `ask_manager` asks whether it may stay. */
  @IsIn(['remove', 'ask_manager'])
  then: 'remove' | 'ask_manager';
}

export class RequestTermsDto {
  @IsInt()
  maxMinutes: number;

  /** Who answers: the policy at once, the person's manager, the application's owner. */
  @IsIn(['automatic', 'manager', 'owner'])
  approval: 'automatic' | 'manager' | 'owner';
}

export class PolicyDraftDto {
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
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => PolicyGrantDto)
  grants: PolicyGrantDto[];

  /** Where several policies give one attribute a value, the highest wins. 0 when nothing is said. */
  @Optional()
  @IsInt()
  priority?: number;

  /** In force from then on. */
  @IsInstant({ nullable: true })
  enabledFrom?: Date | null;

  /** In force until then. */
  @IsInstant({ nullable: true })
  enabledUntil?: Date | null;

  @Optional({ nullable: true })
  @IsObject()
  @ValidateNested()
  @Type(() => OverlapDto)
  overlap?: OverlapDto | null;

  /** Gives nothing by itself: whom the condition matches may ask for it, for a time. */
  @Optional({ nullable: true })
  @IsObject()
  @ValidateNested()
  @Type(() => RequestTermsDto)
  request?: RequestTermsDto | null;
}

export class PolicyDto extends PolicyDraftDto {
  /** In force at once; otherwise kept as a draft. */
  @Optional()
  @IsBoolean()
  publish?: boolean;
}

export class PublishPolicyDto {
  /** The latest when nothing is said; an earlier one puts it back. */
  @Optional()
  @IsInt()
  version?: number;
}

/** A draft that is not saved, or a version that is: `policyId` and `version`. A draft with `policyId` stands for its next one. */
export class SimulatePolicyDto extends PartialType(PolicyDraftDto, { skipNullProperties: false }) {
  @Optional()
  @IsUUID()
  policyId?: string;

  /** The latest when nothing is said. */
  @Optional()
  @IsInt()
  version?: number;
}
