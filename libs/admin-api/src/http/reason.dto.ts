import { IsString, MaxLength } from 'class-validator';
import { IsReason } from './reason.js';
import { Optional } from './optional.js';

export class ReasonDto {
  /** Why; it is kept in the journal. */
  @IsReason()
  reason: string;
}

export class OptionalReasonDto {
  /** Why; it is kept in the journal. */
  @Optional()
  @IsString()
  @MaxLength(1_000)
  reason?: string;
}
