import { IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';

export class ReasonDto {
  /** Why; it is kept in the journal. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(1_000)
  reason: string;
}

export class OptionalReasonDto {
  /** Why; it is kept in the journal. */
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  reason?: string;
}
