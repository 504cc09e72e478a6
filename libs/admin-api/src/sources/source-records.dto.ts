import { IsUUID } from 'class-validator';

export class LinkRecordDto {
  /** The identity that the record is about. */
  @IsUUID()
  identityId: string;
}
