import { IntersectionType } from '@nestjs/swagger';
import { Equals, IsBoolean, IsIn, IsUUID } from 'class-validator';
import { BUDGET_ACTIONS, type BudgetAction } from '@tenure/applications';
import { OptionalReasonDto, ReasonDto } from '../http/reason.dto.js';
import { Optional } from '../http/optional.js';

export class RejectHeldItemDto extends ReasonDto {
  /** Later versions of the same action on the same account are not proposed either, until that is lifted. */
  @Optional()
  @IsBoolean()
  doNotProposeAgain?: boolean;
}

/** Which held items: by any of these, or `all`. */
export class HeldItemsFilterDto {
  @Optional()
  @IsUUID()
  applicationId?: string;

  @Optional()
  @IsIn(BUDGET_ACTIONS)
  action?: BudgetAction;

  @Optional()
  @IsUUID()
  identityId?: string;

  /** True where no filter is meant: every held item of the tenant. */
  @Optional()
  @Equals(true)
  all?: true;
}

export class ReleaseHeldItemsDto extends IntersectionType(HeldItemsFilterDto, OptionalReasonDto) {}

export class RejectHeldItemsDto extends IntersectionType(HeldItemsFilterDto, RejectHeldItemDto) {}
