import { IsIn, IsUUID } from 'class-validator';
import { CASE_ACTIONS, type CaseAction } from './case-actions.js';
import { OptionalReasonDto } from '../http/reason.dto.js';
import { Optional } from '../http/optional.js';

export class ResolveCaseDto extends OptionalReasonDto {
  /**
   * `link`: the record is about `identityId`. `create`: it is somebody new. `keep_account`: of two accounts of one person,
   * `accountId` stays, and access is taken away from the other. `retry`: weigh it anew. `dismiss`: leave it; of two accounts
   * the one of the identity that was kept stays.
   */
  @IsIn(CASE_ACTIONS)
  action: CaseAction;

  /** Who it is; for `link`. */
  @Optional()
  @IsUUID()
  identityId?: string;

  /** Which of the case's two accounts stays; for `keep_account`. */
  @Optional()
  @IsUUID()
  accountId?: string;
}
