import pg from 'pg';
import type { AddressGuard } from '@tenure/platform';
import { ConnectorError } from '../errors.js';
import type { Call, EndpointClass } from '../spi.js';
import { classifyLostConnection, classifySqlState } from './classify.js';
import type { SqlOperation } from './classify.js';
import type { SqlConfig } from './config.js';
import { GuardedSocket } from './guarded-socket.js';
import type { Statement } from './statements.js';

export type Row = Readonly<Record<string, unknown>>;

interface Failure {
  readonly code?: unknown;
  readonly severity?: unknown;
}

const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 10_000;
const CONNECTIONS = 4;
const { BPCHAR, DATE, INT8, NUMERIC, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins;
const ignore = () => undefined;
const ENDPOINT_CLASS: Readonly<Record<SqlOperation, EndpointClass>> = {
  read: 'read',
  create: 'write',
  update: 'write',
  delete: 'write',
  members: 'members',
};
const AS_TEXT = new Set([DATE, TIMESTAMP, TIMESTAMPTZ]);

const AS_NUMBER = new Set([INT8, NUMERIC]);

/**
 * Dates as the server writes them, not as moments in this machine's time zone; a `char(n)` without its padding; a number as
 * one, where it is not too large to be exact; everything else as `pg` has it.
 */
const getTypeParser: typeof pg.types.getTypeParser = (oid, format) => {
  if (AS_TEXT.has(oid)) return (text: string) => text;
  if (oid === BPCHAR) return (text: string) => text.trimEnd();
  if (AS_NUMBER.has(oid)) return exactNumber;
  return pg.types.getTypeParser(oid, format) as (text: string) => unknown;
};

function exactNumber(text: string): number | string {
  const value = Number(text);
  const digits = text.replace(/^-|\./g, '').length;
  return digits <= 15 && Number.isFinite(value) ? value : text;
}

/** An application's database: one statement at a time, with its evidence and a classified failure. */
export class SqlDatabase {
  private readonly pool: pg.Pool;

  constructor(
    private readonly config: SqlConfig,
    guard: AddressGuard,
  ) {
    const { host, port, database, user, password, ssl, statementTimeoutMs } = config;
    this.pool = new pg.Pool({
      host,
      port,
      database,
      user,
      password,
      ssl,
      // The server's own limit: what we gave up cannot go on longer than this.
      statement_timeout: statementTimeoutMs,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      max: CONNECTIONS,
      allowExitOnIdle: true,
      application_name: 'tenure',
      stream: () => new GuardedSocket(guard),
      types: { getTypeParser },
    });
    // A connection that the server closes while it idles is no failure: the next statement opens another. One that was
    // taken out says it to its statement; without a listener of its own it would end the process as well.
    this.pool.on('error', ignore).on('connect', (client) => client.on('error', ignore));
  }

  /** The rows; throws `ConnectorError` and nothing else. */
  async run(
    call: Call,
    operation: SqlOperation,
    statement: Statement,
    endpointClass = ENDPOINT_CLASS[operation],
  ): Promise<pg.QueryResult<Row>> {
    await call.pace(endpointClass);
    const startedAt = performance.now();
    const record = (status?: string, note?: string) =>
      call.record({ request: statement.evidence, status, ms: Math.round(performance.now() - startedAt), note });
    let sent = false;
    try {
      call.signal.throwIfAborted();
      const client = await beforeDeadline(call.signal, this.pool.connect(), (late) => late.release());
      sent = true;
      const result = await this.query(call.signal, client, statement);
      record('00000');
      return result;
    } catch (error) {
      const sqlState = sqlStateOf(error);
      record(sqlState, sqlState === undefined ? `connection failed${sent ? '' : ', not sent'}` : undefined);
      throw this.failure(operation, statement, sent, error);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  // A connection with a statement under way cannot be used again: it is closed, and the server gives the statement up
  // when it notices, at the latest at its own limit.
  private async query(signal: AbortSignal, client: pg.PoolClient, statement: Statement): Promise<pg.QueryResult<Row>> {
    let isBroken = true;
    try {
      const result = await beforeDeadline(signal, client.query<Row>(statement.text, [...statement.values]));
      isBroken = false;
      return result;
    } catch (error) {
      isBroken = (error as Failure).severity !== 'ERROR';
      throw error;
    } finally {
      client.release(isBroken);
    }
  }

  private failure(operation: SqlOperation, statement: Statement, sent: boolean, cause: unknown): ConnectorError {
    const sqlState = sqlStateOf(cause);
    const place = `${this.config.host}:${this.config.port}`;
    if (sqlState === undefined) {
      const errorClass = classifyLostConnection(operation, sent);
      return new ConnectorError(errorClass, `${place}: ${sent ? 'the connection was lost' : 'no connection'}`, {
        cause,
      });
    }
    // Before anything was sent, a refusal is about the connection, whatever was to be done with it.
    const errorClass = classifySqlState(sent ? operation : 'read', sqlState);
    const message = `${statement.evidence} was answered ${sqlState}`;
    return new ConnectorError(errorClass, message, { vendorCode: sqlState, cause: withoutValues(cause) });
  }
}

async function beforeDeadline<T>(signal: AbortSignal, work: Promise<T>, late?: (value: T) => void): Promise<T> {
  let stop: () => void = ignore;
  const deadline = new Promise<never>((_, fail) => {
    stop = () => fail(new Error('given up at the deadline'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, deadline]);
  } catch (error) {
    work.then(late, ignore);
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function sqlStateOf(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as Failure;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && severity !== undefined ? code : undefined;
}

// PostgreSQL's messages and details repeat the values: "Key (mail)=(ada@example.com) already exists".
function withoutValues(error: unknown): Error {
  const { table, column, constraint } = error as Readonly<Record<string, string | undefined>>;
  const place = [table, column, constraint].filter((name) => name !== undefined).join(' ');
  return new Error(`${String(sqlStateOf(error))} ${place}`.trim());
}
