import { IsIn, IsNotEmpty, IsObject, IsString, MaxLength, ValidateIf } from 'class-validator';
import { SOURCE_DEACTIVATIONS, type SourceDeactivation } from '@tenure/identity';
import { ReasonDto } from '../http/reason.dto.js';
import { Optional } from '../http/optional.js';

export class RetireSourceDto extends ReasonDto {
  /** `keep`: its last words stay in force. `release`: what other sources say takes their place. */
  @IsIn(['keep', 'release'])
  people: 'keep' | 'release';
}

export class DeactivationDto {
  /** What it becomes when the source deactivates somebody, whichever source leads; null: the usual (suspend). */
  @ValidateIf((_, value) => value !== null)
  @IsIn(SOURCE_DEACTIVATIONS)
  becomes: SourceDeactivation | null;
}

export class CreateSourceDto {
  /** `scim` gets a bearer token, `hrms` a webhook secret, `csv` takes files. */
  @IsIn(['scim', 'hrms', 'csv'])
  kind: 'scim' | 'hrms' | 'csv';

  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  @Optional()
  @IsString()
  @MaxLength(100)
  vendor?: string;

  /** Attribute → the header of its column (for `csv`). */
  @Optional()
  @IsObject()
  mapping?: Record<string, string>;
}
