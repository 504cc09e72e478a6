import { Type } from 'class-transformer';
import { IsIn, IsInt, IsUUID, Min, ValidateNested, IsObject } from 'class-validator';
import { IsInstant } from '../http/instant.js';
import { EntitlementDto } from './policies.dto.js';
import { IsReason } from '../http/reason.js';
import { Optional } from '../http/optional.js';

export class AskDto {
  @IsUUID()
  applicationId: string;

  /** The account alone when nothing is said. */
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => EntitlementDto)
  entitlement?: EntitlementDto;

  /** From the approval on. */
  @IsInt()
  @Min(1)
  minutes: number;

  @IsReason()
  reason: string;
}

export class AskForDto extends AskDto {
  /** For whom. */
  @IsUUID()
  identityId: string;
}

export class AnswerDto {
  @IsIn(['approve', 'deny'])
  decision: 'approve' | 'deny';

  @IsReason()
  reason: string;

  /** Of something that is to be kept after a move: until when; for good when nothing is said. */
  @IsInstant()
  endsAt?: Date;
}
