import { IsIn, IsUUID } from 'class-validator';
import { CASE_ACTIONS, type CaseAction } from './case-actions.js';
import { OptionalReasonDto } from '../http/reason.dto.js';
import { Optional } from '../http/optional.js';

export class ResolveCaseDto extends OptionalReasonDto {
  /** `link`: the record is about `identityId`. `create`: it is somebody new. `retry`: weigh it anew. `dismiss`: leave it. */
  @IsIn(CASE_ACTIONS)
  action: CaseAction;

  /** Who it is; for `link`. */
  @Optional()
  @IsUUID()
  identityId?: string;
}
