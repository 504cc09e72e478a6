import { OmitType, PartialType } from '@nestjs/swagger';
import type {
  Budgets,
  DriftRules,
  InitialCredentialRule,
  MaintenanceWindow,
  Mapping,
  Playbook,
  RateLimits,
  VerifyLevel,
} from '@tenure/applications';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IsInstant } from '../http/instant.js';
import { ReasonDto } from '../http/reason.dto.js';
import { Optional } from '../http/optional.js';

export class CreateApplicationDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  /** The kind of connector: `scim` or `sql`. */
  @IsString()
  @IsNotEmpty()
  connector: string;

  /** `enforce` when nothing is said. */
  @Optional()
  @IsIn(['observe', 'add_only', 'enforce'])
  mode?: 'observe' | 'add_only' | 'enforce';

  @IsObject()
  config: Record<string, unknown>;

  /** Kept encrypted, never shown. */
  @Optional()
  @IsObject()
  credentials?: Record<string, string>;

  /**
   * Target attribute → CEL over `identity`, or a rule: `value`, `default`, `sync` (`always`, `once`), `clear`, `unique`
   * (true, or `alternatives` and `suffix`). The connector's default when nothing is said.
   */
  @Optional()
  @IsObject()
  mapping?: Mapping;

  /** The identity that answers for the application, and for what people ask of it; null for nobody. */
  @Optional({ nullable: true })
  @IsUUID()
  ownerId?: string | null;

  /** When a change counts as made: by the answer (the default), read back, or seen by the next scan. Leavers are always read back. */
  @Optional()
  @IsIn(['answer', 'read_back', 'scan'])
  verify?: VerifyLevel;

  /** Applications whose account of a person must be applied before the one here: a directory before mail. */
  @Optional()
  @IsArray()
  @ArrayMaxSize(20)
  @IsUUID(undefined, { each: true })
  dependsOn?: string[];

  /** What follows when an account is disabled, per reason (`left`, `suspended`, `lost`). */
  @Optional()
  @IsObject()
  playbook?: Playbook;

  /** Per action (`create`, `disable`, `delete`, `revoke`) and window (`hour`, `day`, `week`): `{ count, percent }`, or null for none. */
  @Optional()
  @IsObject()
  budgets?: Budgets;

  /** What is done about changes that were made in the application: `revert`, `adopt` or `ask`, and how often it is looked. */
  @Optional()
  @IsObject()
  drift?: DriftRules;

  /** Token buckets per class of calls (`read`, `write`, `list`, `members`, `all`): `{ perSecond, burst }`. */
  @Optional()
  @IsObject()
  limits?: RateLimits;

  /** 4 to 256 (32 when nothing is said): so many accounts are worked on at once, over all workers; leavers have as many besides. */
  @Optional()
  @IsInt()
  @Min(4)
  @Max(256)
  concurrency?: number;

  /** When the application must be left alone. */
  @Optional()
  @IsArray()
  @ArrayMaxSize(50)
  maintenance?: MaintenanceWindow[];

  /** Targets by which an account that is there already is taken for a person's, best first; empty: as the connector correlates. */
  @Optional()
  @IsArray()
  @ArrayMaxSize(10)
  @IsString({ each: true })
  match?: string[];

  /** The random password that accounts are made with: `{ target, length }`; handed over once. Null: none. */
  @Optional({ nullable: true })
  @IsObject()
  initialCredential?: InitialCredentialRule | null;
}

export class UpdateApplicationDto extends PartialType(OmitType(CreateApplicationDto, ['name', 'connector'] as const), {
  skipNullProperties: false,
}) {}

export class SimulateMappingDto {
  /** Target attribute → CEL over `identity`: the whole mapping as it would be. */
  @IsObject()
  mapping: Mapping;
}

export class PauseApplicationDto extends ReasonDto {
  /** When it goes on by itself; until somebody resumes it when nothing is said. */
  @IsInstant({ nullable: true })
  until?: Date | null;
}
