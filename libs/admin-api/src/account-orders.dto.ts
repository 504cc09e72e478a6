import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { ERROR_CLASSES } from '@tenure/connectors';

/** Which work is tried again: everything that failed when nothing is said. */
export class RetryDto {
  @IsOptional()
  @IsUUID()
  applicationId?: string;

  @IsOptional()
  @IsUUID()
  identityId?: string;

  /** `failed` (the default), or `skipped`. */
  @IsOptional()
  @IsIn(['failed', 'skipped'])
  state?: 'failed' | 'skipped';

  /** Only what failed with this class of error. */
  @IsOptional()
  @IsIn(ERROR_CLASSES)
  errorClass?: string;
}
