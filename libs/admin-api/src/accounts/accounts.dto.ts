import { IsNotEmpty, IsString, MaxLength } from 'class-validator';

export class LinkAccountDto {
  /** The id that the application itself has for the account. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  remoteId: string;
}
