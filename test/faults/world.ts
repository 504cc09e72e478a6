import { Redis } from 'ioredis';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { freePort } from '../../scripts/lib/ports.mjs';
import { databaseUrl, type PostgresServer } from '../../scripts/lib/postgres.mjs';
import type { RedisServer } from '../../scripts/lib/redis.mjs';
import { startOwnRedis } from '../../scripts/lib/test-servers.mjs';
import { ScimPeer } from '../peers/scim-peer.js';
import type { MovableClock } from './movable-clock.js';
import { startMigratedPostgres } from './migrated-postgres.js';
import { Program } from './program.js';

/** Short, so that what a killed worker held is free again soon. */
const LEASE_MS = 2_000;
const SWEEP_MS = 200;

export interface WorldOptions {
  readonly workers?: number;
  /** The time that PostgreSQL, the api and the workers see; the machine's when absent. */
  readonly clock?: MovableClock;
  /** For how long a worker may hold an account without an answer. */
  readonly leaseMs?: number;
}

export interface Tenant {
  readonly tenantId: string;
  readonly apiKey: string;
}

/** A whole product of a spec's own, in processes that can be broken: PostgreSQL, Redis, the api, workers, a SCIM app. */
export class World {
  readonly workers: Program[] = [];
  /** Programs that ended without having been asked to. */
  readonly crashed: string[] = [];
  readonly folder = mkdtempSync(path.join(tmpdir(), 'tenure-faults-'));
  readonly api: Program;
  private readonly env: NodeJS.ProcessEnv;
  private readonly pool: pg.Pool;

  private constructor(
    readonly postgres: PostgresServer,
    readonly redis: RedisServer,
    readonly app: ScimPeer,
    apiPort: number,
    private readonly clock: MovableClock | undefined,
    leaseMs: number,
  ) {
    this.env = {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PUBLIC_URL: `http://127.0.0.1:${apiPort}`,
      DATABASE_URL: databaseUrl({
        user: 'tenure_app',
        password: postgres.password,
        port: postgres.port,
        database: 'postgres',
      }),
      DATABASE_OWNER_URL: postgres.url,
      REDIS_URL: redis.url,
      TENURE_SECRET_KEY: randomBytes(32).toString('base64'),
      OUTBOUND_ALLOW: '127.0.0.0/8',
      LOG_LEVEL: 'info',
      LEASE_MS: String(leaseMs),
      SWEEP_MS: String(SWEEP_MS),
      ...clock?.env,
    };
    this.pool = new pg.Pool({ connectionString: postgres.url, max: 4 });
    // PostgreSQL is killed: a connection is made anew with the next question.
    this.pool.on('error', () => undefined);
    this.api = this.program('api', 'api/src/main.js', apiPort, { PORT: String(apiPort) });
  }

  static async start({ workers = 1, clock, leaseMs = LEASE_MS }: WorldOptions = {}): Promise<World> {
    const started = await Promise.all([startMigratedPostgres(clock?.env), startOwnRedis(), ScimPeer.start()]);
    const [postgres, redis, app] = started;
    const world = new World(postgres, redis, app, await freePort(), clock, leaseMs);
    try {
      await world.open(workers);
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  /** A worker beside those that run. */
  async addWorker(): Promise<Program> {
    const port = await freePort();
    const name = `worker-${this.workers.length + 1}`;
    const worker = this.program(name, 'worker/src/main.js', port, { WORKER_PORT: String(port) });
    this.workers.push(worker);
    return worker.start();
  }

  get programs(): readonly Program[] {
    return [this.api, ...this.workers];
  }

  get worker(): Program {
    const [first] = this.workers;
    if (!first) throw new Error('this world has no worker');
    return first;
  }

  /** Written as `first-tenant` writes it; a process for each seed would cost more than the seed. */
  async newTenant(name: string): Promise<Tenant> {
    const [tenantId, apiKey] = [randomUUID(), `tnr_${randomBytes(32).toString('base64url')}`];
    await this.rows('INSERT INTO tenants (id, name) VALUES ($1, $2)', tenantId, name);
    await this.rows(
      `INSERT INTO api_keys (tenant_id, id, name, key_hash, role) VALUES ($1, $2, 'test', $3, 'owner')`,
      tenantId,
      randomUUID(),
      createHash('sha256').update(apiKey).digest(),
    );
    return { tenantId, apiKey };
  }

  /** Asks the database past every policy, with the eyes of a superuser. */
  async rows<Row extends object>(sql: string, ...params: unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>(sql, params)).rows;
  }

  /** The ends of all logs. */
  logs(count: number): string {
    return this.programs.map((program) => `--- ${program.name}\n${program.lastLines(count)}`).join('\n');
  }

  /** SIGSTOP to Redis, until it is killed: connections stay open and nothing is answered. */
  async freezeRedis(): Promise<void> {
    const client = new Redis(this.redis.url);
    try {
      const pid = /process_id:(\d+)/.exec(await client.info('server'))?.[1];
      process.kill(Number(pid), 'SIGSTOP');
    } finally {
      client.disconnect();
    }
  }

  /** The time that the product sees. */
  now(): Date {
    return this.clock?.now() ?? new Date();
  }

  /** Whoever was killed or frozen runs again, and everybody is ready. */
  async mend(): Promise<void> {
    for (const program of this.programs) program.thaw();
    await Promise.all(this.programs.map((program) => program.start()));
    this.crashed.length = 0;
  }

  async stop(): Promise<void> {
    await this.pool.end();
    await Promise.all(this.programs.map((program) => program.kill()));
    await Promise.all([this.app.stop('SIGKILL'), this.redis.kill(), this.postgres.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async open(workers: number): Promise<void> {
    await Promise.all([this.api.start(), ...Array.from({ length: workers }, () => this.addWorker())]);
  }

  private program(name: string, script: string, port: number, own: NodeJS.ProcessEnv): Program {
    const logFile = path.join(this.folder, `${name}.log`);
    const onCrash = (crashed: string) => void this.crashed.push(crashed);
    return new Program({ name, script, port, env: { ...this.env, ...own }, logFile, onCrash });
  }
}
