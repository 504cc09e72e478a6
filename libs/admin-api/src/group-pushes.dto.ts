import { IsIn, IsNotEmpty, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { GROUP_PUSH_ENDS, type GroupPushEnd } from '@tenure/provisioning';

export class CreateGroupPushDto {
  @IsUUID()
  applicationId: string;

  /** A group of `GET /groups`. */
  @IsUUID()
  groupId: string;

  /** What the application calls it. Left out: as the source does, also when that changes. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  name?: string;

  /** What it is in the application. `group` when nothing is said. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(60)
  kind?: string;

  /** CEL over `identity`: only members for whom it is true are members in the application too. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  condition?: string;

  /** Once the source has deleted it: `delete` it in the application too (when nothing is said), or `keep` it there without members. */
  @IsOptional()
  @IsIn(GROUP_PUSH_ENDS)
  onEnd?: GroupPushEnd;
}
