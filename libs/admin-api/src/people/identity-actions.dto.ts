import { IsUUID } from 'class-validator';
import { IsInstant } from '../http/instant.js';
import { ReasonDto } from '../http/reason.dto.js';

export class OverrideDto extends ReasonDto {
  /** When it begins; at once when nothing is said. */
  @IsInstant()
  from?: Date;

  /** When it ends, and the sources decide again. A termination has none; whoever is kept active needs one. */
  @IsInstant()
  until?: Date;
}

export class MergeDto extends ReasonDto {
  /** The identity that turns out to be the same person; it becomes a reference to this one. */
  @IsUUID()
  otherId: string;
}
