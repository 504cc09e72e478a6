import { DataSource, type EntityTarget, type ObjectLiteral, type QueryRunner } from 'typeorm';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from 'node:net';
import type { Client, ClientBase, QueryConfig, QueryResult } from 'pg';
import type { Config } from './config.js';
import { isUuid } from './ids.js';
import { SnakeNaming } from './naming.js';
import { loggedReason, type Log } from './logging.js';
import { DatabaseProbe } from './database-probe.js';

import { TenantPlaces, type Places } from './tenant-places.js';
import type { Tx } from './tx.js';
import { switchSeen } from './switches.js';
import { UnitOfWork } from './unit-of-work.js';

export type { Tx } from './tx.js';

const RETRIED = new Set(['40001', '40P01']);
const TRIES = 10;
const sqlStateOf = (error: unknown): string | undefined =>
  error !== null && typeof error === 'object' && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** True for PostgreSQL's unique_violation, and of that constraint when one is named. */
export const isUniqueViolation = (error: unknown, constraint?: string): boolean =>
  sqlStateOf(error) === '23505' &&
  (constraint === undefined || (error as { constraint?: string }).constraint === constraint);

const isRetried = (error: unknown): boolean => RETRIED.has(sqlStateOf(error) ?? '');

const MOST_PREPARED = 500;
const prepared = new Map<string, string>();

/** A short name for a text, the same on every connection; none for one too many, which is then planned each time. */
function nameOf(sql: string): string | undefined {
  const known = prepared.get(sql);
  if (known !== undefined || prepared.size >= MOST_PREPARED) return known;
  const name = `tenure_${prepared.size}`;
  prepared.set(sql, name);
  return name;
}

/** What is sent in one turn of the event loop goes out in one write: of a small statement the write is the largest part. */
function send<Row extends object>(client: ClientBase, statement: QueryConfig): Promise<QueryResult<Row>> {
  const { stream } = (client as Client).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
  return client.query<Row>(statement);
}

function sendPrepared<Row extends object>(
  client: ClientBase,
  text: string,
  values: readonly unknown[],
): Promise<QueryResult<Row>> {
  const name = nameOf(text);
  return send(client, { text, values: [...values], ...(name !== undefined && { name }) });
}

/** PostgreSQL ends a statement, and a transaction that idles, after this long (ms): it is never silent for longer. */
const STATEMENT_MS = 15_000;
/** How long (ms) a request waits for a connection. */
const CONNECT_MS = 5_000;
/** What needs no lock and reads one row is answered by then. */
const PROMPT_MS = 5_000;

const streamOf = (client: ClientBase): Socket => (client as Client).connection.stream as Socket;
const silence = (): Error => new Error('PostgreSQL did not answer in time');

/** A connection whose other side has gone without a word is thrown away: the pool would give it out again and again. */
function endWhenSilent(client: ClientBase): void {
  const stream = streamOf(client);
  stream.setTimeout(STATEMENT_MS + 2_000, () => void stream.destroy(silence()));
}

/** Waits for an answer that PostgreSQL gives at once; a connection without it is thrown away. */
async function prompt<T>(client: ClientBase, answer: Promise<T>): Promise<T> {
  let isOver = false;
  // A process that was busy looks at what has come meanwhile before it takes the other side for silent.
  const end = (): void => void setImmediate(() => isOver || streamOf(client).destroy(silence()));
  const timer = setTimeout(end, PROMPT_MS);
  try {
    return await answer;
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}

/** Options of the one data source. Row-level security needs the role `tenure_app`, whoever logs in. */
export function dataSourceFor(url: string, pool: number, entities: readonly EntityTarget<ObjectLiteral>[]): DataSource {
  const loginIsApp = new URL(url).username === 'tenure_app';
  return new DataSource({
    type: 'postgres',
    url,
    entities: entities as never,
    namingStrategy: new SnakeNaming(),
    synchronize: false,
    migrationsRun: false,
    extra: {
      max: pool,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      idle_in_transaction_session_timeout: STATEMENT_MS,
      keepAlive: true,
      // Statements that do not need each other's answers go out together: a round trip costs more than most of them.
      pipeline: true,
      // pg-pool takes its own listener away before TypeORM adds one: a connection that ends in between, as when
      // PostgreSQL is being stopped, would end the process. Whoever uses the connection sees its query rejected.
      onConnect: (client: ClientBase) => {
        client.on('error', () => undefined);
        endWhenSilent(client);
      },
      ...(loginIsApp ? {} : { options: '-c role=tenure_app' }),
    },
  });
}

/** Of the pool's connections half at most are for searches, and a quarter for those of one tenant. */
function placesOf({ options }: DataSource): Places {
  const { max } = (options as { readonly extra?: { readonly max?: number } }).extra ?? {};
  const pool = max ?? 1;
  const part = (of: number): number => Math.max(1, Math.floor(pool / of));
  return { total: part(2), each: part(4), waitMs: CONNECT_MS };
}

const beginFor = (tenantId: string): string =>
  `START TRANSACTION; SELECT set_config('app.tenant_id', '${tenantId}', true)`;

/** The only way to PostgreSQL: every transaction states its tenant, or that it is the system's or a search. */
export class Database {
  private readonly effects = new Set<Promise<void>>();
  private readonly probe: DatabaseProbe;
  private readonly units = new AsyncLocalStorage<UnitOfWork>();
  private readonly searches: TenantPlaces;

  constructor(
    readonly dataSource: DataSource,
    private readonly log: Log,
  ) {
    this.probe = new DatabaseProbe((dataSource.options as { readonly url?: string }).url ?? '');
    this.searches = new TenantPlaces(placesOf(dataSource));
  }

  static async connect(config: Config, log: Log, entities: readonly EntityTarget<ObjectLiteral>[]): Promise<Database> {
    const dataSource = await dataSourceFor(config.databaseUrl.reveal(), config.databasePool, entities).initialize();
    const database = new Database(dataSource, log);
    try {
      await database.refusePowerfulRole();
      await database.refuseMissingTables();
    } catch (error) {
      await database.close();
      throw error;
    }
    return database;
  }

  /** Work inside one tenant. Deadlocks and serialisation failures run `work` again: keep effects in `afterCommit`. */
  transaction<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    if (!isUuid(tenantId)) throw new Error('a transaction needs a tenant id');
    const unit = this.units.getStore();
    if (unit?.tenantId === tenantId) return unit.run((tx) => this.apart(() => work(tx)));
    return this.retried(beginFor(tenantId), tenantId, work);
  }

  /**
   * Every `transaction` of this tenant inside `work` is part of one, which is committed when `last` has written what came
   * of it: either all of it is there afterwards, or nothing.
   */
  async together<T>(tenantId: string, work: () => Promise<T>, last: (tx: Tx, result: T) => Promise<void>): Promise<T> {
    if (!isUuid(tenantId)) throw new Error('a transaction needs a tenant id');
    const unit = new UnitOfWork(tenantId, isRetried, (body) => this.once(beginFor(tenantId), tenantId, body));
    return unit.whole(() => this.units.run(unit, work), last);
  }

  /**
   * Called after the transaction that turned a switch which stops calls: from then on every process has seen it, so that nothing
   * begins after the answer. Inside `together` the whole waits, after its commit.
   */
  async switchSeen(): Promise<void> {
    const unit = this.units.getStore();
    if (unit === undefined) return switchSeen();
    unit.waitAfterCommit(switchSeen);
  }

  /** Transactions inside `work` are their own again: for long looks that must not hold the one of a whole request open. */
  apart<T>(work: () => T): T {
    return this.units.exit(work);
  }

  /** Work across tenants under the named system role: timers and the look-up of tokens, nothing else. */
  asSystem<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.retried('START TRANSACTION; SET LOCAL ROLE tenure_system', '', work);
  }

  /** Finds one row across tenants by a unique value: of whom is this token, this address? One round trip. */
  async lookUp<Row extends object>(sql: string, value: string | Buffer): Promise<Row | null> {
    if (typeof value === 'string' && !isUuid(value)) throw new Error('a look-up by id needs a UUID');
    const runner = this.dataSource.createQueryRunner();
    try {
      const client = (await runner.connect()) as ClientBase;
      const asked = Promise.all([
        send(client, { text: 'START TRANSACTION READ ONLY; SET LOCAL ROLE tenure_system' }),
        sendPrepared<Row>(client, sql, [value]),
        send(client, { text: 'COMMIT' }),
      ]);
      const [, found] = await prompt(client, asked);
      return found.rows[0] ?? null;
    } finally {
      await runner.release();
    }
  }

  /**
   * A read by arbitrary filter. Policies do not hold here, so its statement puts the tenant first. It may take long, so searches
   * have only a part of the pool, and one tenant's a part of that.
   */
  asSearch<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    if (!isUuid(tenantId)) throw new Error('a search needs a tenant id');
    return this.searches.run(tenantId, () =>
      this.retried('START TRANSACTION READ ONLY; SET LOCAL ROLE tenure_search', tenantId, work),
    );
  }

  /** Whether PostgreSQL answers, on a connection beside the pool: a pool that is busy is not a database that is away. */
  async isReachable(): Promise<boolean> {
    return this.probe.ask();
  }

  async close(): Promise<void> {
    await this.probe.close();
    await Promise.all(this.effects);
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async retried<T>(begin: string, tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(begin, tenantId, work);
      } catch (error) {
        if (attempt >= TRIES || !isRetried(error)) throw error;
        this.log.debug({ event: 'transaction.retried', attempt, sqlState: sqlStateOf(error) });
      }
    }
  }

  private async once<T>(begin: string, tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const effects: (() => Promise<unknown>)[] = [];
    let result: T;
    try {
      const client = (await runner.connect()) as ClientBase;
      const opened = openTx(tenantId, client, runner, effects);
      try {
        // Goes out with the first statement of `work`, which PostgreSQL takes after it.
        const begun = prompt(client, send(client, { text: begin }));
        begun.catch(() => undefined);
        result = await work(opened.tx).finally(opened.close);
        await begun;
        const { command } = await send(client, { text: 'COMMIT' });
        if (command !== 'COMMIT') throw new Error('a statement of this transaction failed, and nobody looked');
      } catch (error) {
        await client.query('ROLLBACK').catch((failure: unknown) => {
          this.log.warn({ event: 'transaction.rollback_failed', reason: loggedReason(failure) });
        });
        throw error;
      }
    } finally {
      await runner.release();
    }
    this.startEffects(effects);
    return result;
  }

  /** Nobody waits for a hint: an answer must not hang on Redis. */
  private startEffects(effects: readonly (() => Promise<unknown>)[]): void {
    for (const effect of effects) {
      const running = effect()
        .catch((error: unknown) => this.log.warn({ event: 'after_commit.failed', reason: loggedReason(error) }))
        .then(() => void this.effects.delete(running));
      this.effects.add(running);
    }
  }

  /** A database that was not migrated, or not far enough, is refused at start and not at the first request. */
  private async refuseMissingTables(): Promise<void> {
    const tables = this.dataSource.entityMetadatas.map((entity) => entity.tableName);
    const sql = 'SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL';
    const missing = await this.dataSource.query<{ name: string }[]>(sql, [tables]);
    if (missing.length === 0) return;
    throw new Error(
      `The database has no ${missing.map(({ name }) => name).join(', ')}. Run the migrations first (dist/apps/api/src/migrate.js).`,
    );
  }

  /** A superuser, a role with BYPASSRLS and one that inherits a policy of everything would see every tenant: refuse to run. */
  private async refusePowerfulRole(): Promise<void> {
    const [role] = await this.dataSource.query<{ powerful: boolean; name: string }[]>(
      `SELECT rolname AS name, (rolsuper OR rolbypassrls OR EXISTS (
         SELECT FROM pg_roles WHERE rolname IN ('tenure_search', 'tenure_system') AND pg_has_role(oid, 'USAGE'))) AS powerful
       FROM pg_roles WHERE rolname = current_user`,
    );
    if (role?.powerful !== false) {
      throw new Error(
        `The database role "${role?.name ?? '?'}" bypasses row-level security. Connect as tenure_app, which must be NOSUPERUSER, NOBYPASSRLS and NOINHERIT, or migrate first.`,
      );
    }
  }
}

function openTx(
  tenantId: string,
  client: ClientBase,
  runner: QueryRunner,
  effects: (() => Promise<unknown>)[],
): { readonly tx: Tx; readonly close: () => void } {
  let isOpen = true;
  // Of statements sent side by side one failed: what follows from another would run outside of the transaction.
  const mustBeOpen = (): void => {
    if (!isOpen) throw new Error('this transaction has ended');
  };
  const tx: Tx = {
    tenantId,
    query: async <Row extends object>(sql: string, params: readonly unknown[] = []) => {
      mustBeOpen();
      return (await send<Row>(client, { text: sql, values: [...params] })).rows;
    },
    prepared: async <Row extends object>(sql: string, params: readonly unknown[] = []) => {
      mustBeOpen();
      return (await sendPrepared<Row>(client, sql, params)).rows;
    },
    repository: (entity) => runner.manager.getRepository(entity),
    afterCommit: (effect) => void effects.push(effect),
  };
  return { tx, close: () => void (isOpen = false) };
}
