import { IsIn, IsString, IsUUID, MaxLength, ValidateIf } from 'class-validator';
import { MODES, type Mode } from '@tenure/applications';
import { DRIFT_DECISIONS, DRIFT_KINDS, type DriftDecision, type DriftKind } from '@tenure/provisioning';
import { IsReason } from '../http/reason.js';
import { Optional } from '../http/optional.js';

export class DecideDriftDto {
  /** `revert`: undo it. `adopt`: take the value over. `ignore`: let it be, until it becomes another one. */
  @IsIn(DRIFT_DECISIONS)
  decision: DriftDecision;

  /** Only findings of this application. */
  @Optional()
  @IsUUID()
  applicationId?: string;

  /** Only findings of this kind. */
  @Optional()
  @IsIn(DRIFT_KINDS)
  kind?: DriftKind;

  /** Only differences of this target attribute. */
  @Optional()
  @IsString()
  @MaxLength(200)
  attribute?: string;

  /** Why; needed to ignore. */
  @ValidateIf(({ decision, reason }: DecideDriftDto) => decision === 'ignore' || reason !== undefined)
  @IsReason()
  reason?: string;
}

export class StartReportDto {
  /** The mode that the application would have: `add_only` or `enforce` (or `observe`, to see what is withheld). */
  @IsIn(MODES)
  mode: Mode;
}

export class AssignAccountDto {
  /** Whose account it is. */
  @IsUUID()
  identityId: string;
}
