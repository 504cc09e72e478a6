import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsDate, ValidateIf } from 'class-validator';
import { DateTime } from 'luxon';
import { Refusal } from '@tenure/platform';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const MESSAGE =
  '$property must be a moment with its offset, as 2026-05-01T18:00:00Z or 2026-05-01T20:00:00+02:00, and one that exists';

/** A moment in a body: ISO 8601 with an offset, so that everybody reads the same one in it. */
export const IsInstant = ({ nullable = false, optional = true } = {}): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => readInstant(value)),
    ValidateIf((_, value) => !((optional && value === undefined) || (nullable && value === null))),
    IsDate({ message: MESSAGE }),
    (optional ? ApiPropertyOptional : ApiProperty)({ type: String, format: 'date-time', nullable }),
  );

/** Refuses an end that has passed: what it ends would be of no use. */
export function assertFuture(path: string, moment: Date | undefined, now: Date): void {
  if (moment === undefined || moment > now) return;
  const message = 'must be in the future';
  throw new Refusal('expiry_past', `${path} ${message}.`, [{ path, message }]);
}

/** The moment, or the value as it was when it is none. */
function readInstant(value: unknown): unknown {
  if (typeof value !== 'string' || !INSTANT.test(value)) return value;
  const instant = DateTime.fromISO(value);
  return instant.isValid ? instant.toJSDate() : value;
}
