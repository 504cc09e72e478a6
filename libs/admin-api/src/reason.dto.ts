import { IsOptional, IsString, MaxLength } from 'class-validator';
import { IsReason } from './reason.js';

export class ReasonDto {
  /** Why; it is kept in the journal. */
  @IsReason()
  reason: string;
}

export class OptionalReasonDto {
  /** Why; it is kept in the journal. */
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  reason?: string;
}
