import { IsIn, IsNotEmpty, IsString, IsUUID, MaxLength } from 'class-validator';
import { GROUP_PUSH_ENDS, type GroupPushEnd } from '@tenure/provisioning';
import { Optional } from '../http/optional.js';

export class CreateGroupPushDto {
  @IsUUID()
  applicationId: string;

  /** A group of `GET /groups`. */
  @IsUUID()
  groupId: string;

  /** What the application calls it. Left out: as the source does, also when that changes. */
  @Optional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  name?: string;

  /** What it is in the application. `group` when nothing is said. */
  @Optional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(60)
  kind?: string;

  /** CEL over `identity`: only members for whom it is true are members in the application too. */
  @Optional()
  @IsString()
  @IsNotEmpty()
  condition?: string;

  /** Once the source has deleted it: `delete` it in the application too (when nothing is said), or `keep` it there without members. */
  @Optional()
  @IsIn(GROUP_PUSH_ENDS)
  onEnd?: GroupPushEnd;
}
