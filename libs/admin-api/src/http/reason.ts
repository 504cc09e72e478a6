import { applyDecorators } from '@nestjs/common';
import { IsString, Matches, MaxLength } from 'class-validator';

/** Why something is done, for whoever asks later: it may not be left out, nor be blank. */
export const IsReason = (): PropertyDecorator =>
  applyDecorators(
    IsString(),
    MaxLength(1_000),
    Matches(/\S/, { message: '$property must say why; whoever reviews the access will ask' }),
  );
