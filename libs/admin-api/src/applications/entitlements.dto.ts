import { IsNotEmpty, IsString, MaxLength } from 'class-validator';

export class RenameEntitlementDto {
  /** Its name from now on, here and in the application. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  name: string;
}
