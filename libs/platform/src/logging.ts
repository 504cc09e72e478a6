import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import { currentContext } from './request-context.js';

/** Names whose values are secret or personal, wherever they stand in a log record (at most two levels deep). */
const REDACTED = [
  'password',
  'token',
  'secret',
  'apiKey',
  'authorization',
  'cookie',
  'credentials',
  'webhookSecret',
  'email',
  'userName',
  'givenName',
  'familyName',
  'displayName',
  'nameId',
  'SAMLResponse',
  'body',
  'attributes',
];

const REDACTED_PATHS = [
  ...REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  '["set-cookie"]',
  '*["set-cookie"]',
  '*.*["set-cookie"]',
];

/** What a log says of an error. Nothing else: a failed statement carries its parameters, and PostgreSQL's detail the values. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, code, stack } = pino.stdSerializers.err(error) as Readonly<Record<string, unknown>>;
  return { type, message, code, stack };
}

export type Log = Logger;

/** The process's logger: JSON lines, ids from the context, secrets and personal values replaced. */
export function createLog(service: string, level: string, destination?: pino.DestinationStream): Log {
  return pino(
    {
      level,
      base: { service },
      mixin: () => ({ ...currentContext() }),
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
      serializers: { err: describeError },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination ?? pino.destination({ fd: 1, sync: false }),
  );
}

/** Nest's own messages, through the same logger. */
export class NestLog implements LoggerService {
  constructor(private readonly sink: Log) {}
  log(message: unknown, context?: string): void {
    this.sink.debug({ event: 'nest', context }, String(message));
  }
  error(message: unknown, stack?: string, context?: string): void {
    this.sink.error({ event: 'nest', context, stack }, String(message));
  }
  warn(message: unknown, context?: string): void {
    this.sink.warn({ event: 'nest', context }, String(message));
  }
  debug(message: unknown, context?: string): void {
    this.sink.trace({ event: 'nest', context }, String(message));
  }
}
