import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ERROR_CODES, type ErrorCode, type ErrorCodeEntry } from '@tenure/platform';

/** Explains each error code in plain text; the `type` of a problem points here (RFC 9457 §3.1.1). */
@ApiTags('errors')
@Controller('api/errors')
export class ErrorCodesController {
  /** Every error code, with its status and its meaning. */
  @Get()
  @Header('Content-Type', 'text/plain; charset=utf-8')
  list(): string {
    const codes = Object.entries<ErrorCodeEntry>(ERROR_CODES);
    return codes.map(([code, { status, meaning }]) => `${status}  ${code}: ${meaning}\n`).join('');
  }

  /** What an error code means, and what to do. */
  @Get(':code')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  page(@Param('code') code: string): string {
    if (!Object.hasOwn(ERROR_CODES, code))
      throw new NotFoundException('Unknown error code. GET /api/errors lists all codes.');
    const { status, meaning, remedy } = ERROR_CODES[code as ErrorCode];
    return `${code} (${status})\n\n${meaning}\n\nWhat to do: ${remedy}\n`;
  }
}
