import { IsIn, IsUUID } from 'class-validator';
import { ERROR_CLASSES } from '@tenure/connectors';
import { Optional } from '../http/optional.js';

/** Which work is tried again: everything that failed when nothing is said. */
export class RetryDto {
  @Optional()
  @IsUUID()
  applicationId?: string;

  @Optional()
  @IsUUID()
  identityId?: string;

  /** `failed` (the default), or `skipped`. */
  @Optional()
  @IsIn(['failed', 'skipped'])
  state?: 'failed' | 'skipped';

  /** Only what failed with this class of error. */
  @Optional()
  @IsIn(ERROR_CLASSES)
  errorClass?: string;
}
