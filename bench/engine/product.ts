import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Webhook } from 'standardwebhooks';
import { loadPeople } from '../identity/load-people.js';
import type { Bench } from '../identity/bench.js';
import { firstLine, start, until, type Running } from '../journey/processes.js';

const DIST = join(import.meta.dirname, '..', '..');
const PORT = 4720;
const URL = `http://127.0.0.1:${PORT}`;
const SENDERS = 12;
const ENV = {
  PORT: String(PORT),
  HOST: '127.0.0.1',
  PUBLIC_URL: URL,
  OUTBOUND_ALLOW: '127.0.0.0/8',
  LOG_LEVEL: 'warn',
};
const ID = `('01900000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid`;
const ACCOUNT_ID = `('01900000-0000-7000-9000-' || lpad(to_hex(g), 12, '0'))::uuid`;
const MAPPING = {
  userName: 'identity.userName',
  displayName: 'identity.displayName',
  title: 'identity.title',
};
const DESIRED = `jsonb_build_object('enabled', true, 'attributes', jsonb_build_object('userName', 'user' || g || '@example.com',
  'displayName', 'Given' || (g % 977) || ' Family' || (g % 4999), 'title', 'Title ' || (g % 200)))`;

/** A bare SCIM app in a process of its own. */
export interface App {
  readonly url: string;
  readonly process: Running;
  count(): Promise<number>;
  /** Each write: of whom, when (ms since the epoch), and whether it said `active`. */
  writes(): Promise<[id: string, at: number, active: boolean | null][]>;
  forget(): Promise<void>;
}

export async function startApp(latencyMs = 0): Promise<App> {
  const process = start('bare SCIM app', 'bench/engine/responder.js', { LATENCY_MS: String(latencyMs) }, 'pipe');
  const url = `http://127.0.0.1:${await firstLine(process.child)}`;
  const ask = async <T>(path: string): Promise<T> => (await (await fetch(url + path)).json()) as T;
  return {
    url,
    process,
    count: () => ask('/count'),
    writes: () => ask('/writes'),
    forget: () => ask('/forget'),
  };
}

/** The product in its own processes, with one tenant, one HR source, and people who were loaded with their accounts. */
export class Product {
  private readonly workers: (Running & { readonly name: string })[] = [];
  private sent = 0;

  private constructor(
    readonly bench: Bench,
    readonly tenantId: string,
    private readonly api: Running,
    private readonly apiKey: string,
    readonly redis: Redis,
  ) {}

  static async start(bench: Bench): Promise<Product> {
    const made = execFileSync(process.execPath, [join(DIST, 'apps/api/src/first-tenant.js')], { encoding: 'utf8' });
    const { tenantId, apiKey } = JSON.parse(made) as { tenantId: string; apiKey: string };
    const api = start('api', 'apps/api/src/main.js', ENV);
    await until('the api is ready', async () => (await fetch(`${URL}/health/ready`)).ok);
    return new Product(bench, tenantId, api, apiKey, new Redis(process.env.REDIS_URL ?? ''));
  }

  /** So many workers run, and no more. */
  async setWorkers(count: number): Promise<void> {
    await Promise.all(this.workers.splice(count).map((worker) => worker.stop()));
    while (this.workers.length < count) {
      const port = PORT + 1 + this.workers.length;
      const worker = start(`worker ${this.workers.length + 1}`, 'apps/worker/src/main.js', {
        ...ENV,
        WORKER_PORT: String(port),
      });
      await until('a worker is ready', async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok);
      this.workers.push(worker);
    }
  }

  workerMemoryMb(): number {
    return Math.max(0, ...this.workers.map((worker) => worker.memoryMb()));
  }

  async redisBytes(): Promise<number> {
    return Number(/used_memory:(\d+)/.exec(await this.redis.info('memory'))?.[1]);
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${URL}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  application(name: string, app: App, besides: object = {}): Promise<{ id: string }> {
    return this.call('POST', '/applications', {
      name,
      connector: 'scim',
      config: { baseUrl: app.url },
      credentials: { token: 'bench' },
      mapping: MAPPING,
      ...besides,
    });
  }

  /** People from `from` to `to` who have their account in the application already, applied and observed. */
  async load(applicationId: string, from: number, to: number): Promise<void> {
    const { owner } = this.bench;
    await loadPeople(this.bench, this.tenantId, from, to);
    await owner.query('SET session_replication_role = replica');
    await owner.query(
      `INSERT INTO accounts (tenant_id, id, application_id, identity_id, shard, desired, desired_at, applied, applied_version, applied_at, observed,
         observed_at, remote_id, state)
       SELECT $1, ${ACCOUNT_ID}, $2, ${ID}, g % 4, ${DESIRED}, clock_timestamp(), ${DESIRED}, 1, clock_timestamp(),
         ${DESIRED} || jsonb_build_object('id', 'r' || g), clock_timestamp(), 'r' || g, 'active'
       FROM generate_series($3::int, $4::int) AS g`,
      [this.tenantId, applicationId, from, to],
    );
    await owner.query(
      `INSERT INTO grants (tenant_id, id, identity_id, application_id, policy_id, policy_version, since)
       SELECT $1, gen_random_uuid(), ${ID}, $2, p.id, 1, clock_timestamp()
       FROM generate_series($3::int, $4::int) AS g, policies p WHERE p.tenant_id = $1`,
      [this.tenantId, applicationId, from, to],
    );
    await owner.query('SET session_replication_role = DEFAULT');
    await owner.query('VACUUM ANALYZE identities, accounts, grants');
  }

  /** Makes accounts behind, as a changed mapping would: the backlog itself, without what led to it. */
  async makeBehind(from: number, to: number, title: string): Promise<void> {
    await this.bench.owner.query(
      `UPDATE accounts SET desired = jsonb_set(desired, '{attributes,title}', to_jsonb($4::text)), desired_version = desired_version + 1,
         desired_at = clock_timestamp(), state = 'pending', due_at = '-infinity', priority = 3
       WHERE tenant_id = $1 AND id BETWEEN (SELECT ${ACCOUNT_ID} FROM (SELECT $2::int AS g) f) AND (SELECT ${ACCOUNT_ID} FROM (SELECT $3::int AS g) t)`,
      [this.tenantId, from, to, title],
    );
  }

  async behind(): Promise<number> {
    const { rows } = await this.bench.owner.query<{ count: string }>(
      `SELECT (SELECT count(*) FROM accounts WHERE tenant_id = $1 AND (applied_version < desired_version OR owed) AND runnable)
         + (SELECT count(*) FROM identities WHERE tenant_id = $1 AND access_version < version) AS count`,
      [this.tenantId],
    );
    return Number(rows[0]?.count);
  }

  idle(withinMs = 600_000): Promise<void> {
    return until('nothing is behind', async () => (await this.behind()) === 0, withinMs);
  }

  /** An HR system; says what `say` makes of each number, several at a time. Gives when each was answered (ms since the epoch). */
  async hr(name: string): Promise<(numbers: readonly number[], say: (g: number) => object) => Promise<number[]>> {
    const created = await this.call<{ webhookSecret: string; webhookUrl: string }>('POST', '/sources', {
      kind: 'hrms',
      name,
    });
    const webhook = new Webhook(created.webhookSecret);
    const send = async (employee: object): Promise<number> => {
      const at = new Date();
      const id = `bench-${this.sent++}`;
      const body = JSON.stringify({ id, type: 'employee.updated', occurredAt: at.toISOString(), employee });
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': webhook.sign(id, at, body),
      };
      const response = await fetch(created.webhookUrl, { method: 'POST', headers, body });
      if (response.status !== 202) throw new Error(`the webhook answered ${response.status}: ${await response.text()}`);
      return performance.timeOrigin + performance.now();
    };
    return async (numbers, say) => {
      const left = [...numbers.keys()];
      const answered: number[] = [];
      const sender = async (): Promise<void> => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          const g = numbers[next] ?? 0;
          answered[next] = await send({ employeeNumber: `E${g}`, ...say(g) });
        }
      };
      await Promise.all(Array.from({ length: SENDERS }, sender));
      return answered;
    };
  }

  async stop(): Promise<void> {
    await this.setWorkers(0);
    await this.api.stop();
    this.redis.disconnect();
  }
}

export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};
