import { IntersectionType } from '@nestjs/swagger';
import { Equals, IsBoolean, IsIn, IsOptional, IsUUID } from 'class-validator';
import { BUDGET_ACTIONS, type BudgetAction } from '@tenure/applications';
import { OptionalReasonDto, ReasonDto } from './reason.dto.js';

export class RejectHeldItemDto extends ReasonDto {
  /** Later versions of the same action on the same account are not proposed either, until that is lifted. */
  @IsOptional()
  @IsBoolean()
  doNotProposeAgain?: boolean;
}

/** Which held items: by any of these, or `all`. */
export class HeldItemsFilterDto {
  @IsOptional()
  @IsUUID()
  applicationId?: string;

  @IsOptional()
  @IsIn(BUDGET_ACTIONS)
  action?: BudgetAction;

  @IsOptional()
  @IsUUID()
  identityId?: string;

  /** True where no filter is meant: every held item of the tenant. */
  @IsOptional()
  @Equals(true)
  all?: true;
}

export class ReleaseHeldItemsDto extends IntersectionType(HeldItemsFilterDto, OptionalReasonDto) {}

export class RejectHeldItemsDto extends IntersectionType(HeldItemsFilterDto, RejectHeldItemDto) {}
