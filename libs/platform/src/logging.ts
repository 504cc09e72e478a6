import type { LoggerService } from '@nestjs/common';
import { pino, type LogFn, type Logger } from 'pino';
import { messageOf, Refusal } from './errors.js';
import { currentContext } from './request-context.js';
import { isUnstorable } from './unavailable.js';

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

/** A value that PostgreSQL repeats in its message. */
const withoutValues = (text: string): string => text.replaceAll(/"[^"]*"/g, '"…"');

/**
 * What a log may say of anything thrown. A refusal's words may hold what they refuse, a person's number or address, so its
 * code says which it was; of a value that PostgreSQL cannot keep the value is left out.
 */
export function loggedReason(error: unknown): string {
  if (error instanceof Refusal) return error.code;
  return isUnstorable(error) ? withoutValues(messageOf(error)) : messageOf(error);
}

/** What a log says of an error. Nothing else: a failed statement carries its parameters, and PostgreSQL's detail the values. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, code, stack } = pino.stdSerializers.err(error) as Readonly<Record<string, string>>;
  if (error instanceof Refusal) return { type, message: error.code, code, stack: framesOf(stack) };
  return { type, message: loggedReason(error), code, stack: isUnstorable(error) ? withoutValues(stack ?? '') : stack };
}

/** A stack without the words above its frames. */
const framesOf = (stack = ''): string =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');

/** Where nothing else is said, pino repeats the message of an error as the line's own. */
function logWithoutValues(this: Logger, args: Parameters<LogFn>, write: LogFn): void {
  const [said, ...text] = args as unknown[];
  const error = said instanceof Error ? said : (said as { readonly err?: unknown } | null | undefined)?.err;
  write.apply(this, error instanceof Error && text.length === 0 ? [said, loggedReason(error)] : args);
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
      hooks: { logMethod: logWithoutValues },
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
