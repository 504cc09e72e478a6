import { Type } from 'class-transformer';
import { IsUUID, ValidateNested, IsObject } from 'class-validator';
import { IsInstant } from '../http/instant.js';
import { EntitlementDto } from './policies.dto.js';
import { IsReason } from '../http/reason.js';
import { Optional } from '../http/optional.js';

export class CreateGrantDto {
  @IsUUID()
  identityId: string;

  @IsUUID()
  applicationId: string;

  /** The account alone when nothing is said. */
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => EntitlementDto)
  entitlement?: EntitlementDto;

  @IsReason()
  reason: string;

  /** At once when nothing is said. */
  @IsInstant()
  startsAt?: Date;

  /** Without end when nothing is said; a leaver loses it all the same. */
  @IsInstant()
  endsAt?: Date;
}

export class ExtendGrantDto {
  /** The new end; null takes the end away. */
  @IsInstant({ nullable: true, optional: false })
  endsAt: Date | null;

  @IsReason()
  reason: string;
}
