import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Pool } from 'undici';
import type { Bench } from '../identity/bench.js';
import { start, until, type Running } from '../journey/processes.js';

const DIST = join(import.meta.dirname, '..', '..');
const PORT = 4740;
const URL = `http://127.0.0.1:${PORT}`;
const ENV = { PORT: String(PORT), HOST: '127.0.0.1', PUBLIC_URL: URL, LOG_LEVEL: 'warn' };
export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
/** Requests at once, in every comparison. */
export const AT_ONCE = 8;

export const ID = `('01900000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid`;
export const idOf = (g: number): string => `01900000-0000-7000-8000-${g.toString(16).padStart(12, '0')}`;

/** What a client sends of one person. */
export const user = (g: number): object => ({
  schemas: [USER],
  userName: `user${g}@example.com`,
  externalId: `e-${g}`,
  name: { givenName: `Given${g % 977}`, familyName: `Family${g % 4_999}` },
  displayName: `Given${g % 977} Family${g % 4_999}`,
  emails: [{ value: `user${g}@example.com`, type: 'work', primary: true }],
  active: true,
});

/** A SCIM server under load: ours, or another one. */
export class Target {
  private readonly pool: Pool;

  constructor(
    origin: string,
    private readonly base: string,
    private readonly token: string,
  ) {
    this.pool = new Pool(origin, { connections: AT_ONCE, pipelining: 1 });
  }

  async call(method: 'GET' | 'POST' | 'PATCH', path: string, body?: object): Promise<string> {
    const { statusCode, body: answer } = await this.pool.request({
      ...{ method, path: `${this.base}${path}` },
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/scim+json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (statusCode >= 300) throw new Error(`${method} ${path}: ${statusCode} ${text}`);
    return text;
  }

  /** Requests per second, `AT_ONCE` at a time. */
  async rate(times: number, work: (index: number) => Promise<unknown>, atOnce = AT_ONCE): Promise<number> {
    let next = 0;
    const began = performance.now();
    const one = async (): Promise<void> => {
      while (next < times) await work(next++);
    };
    await Promise.all(Array.from({ length: atOnce }, one));
    return (times / (performance.now() - began)) * 1_000;
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

/** The product's api in a process of its own, with one tenant and one identity provider. */
export class Stage {
  private constructor(
    readonly tenantId: string,
    readonly sourceId: string,
    readonly target: Target,
    readonly api: Running,
    private readonly bench: Bench,
  ) {}

  static async start(bench: Bench): Promise<Stage> {
    const made = execFileSync(process.execPath, [join(DIST, 'apps/api/src/first-tenant.js')], { encoding: 'utf8' });
    const { tenantId, apiKey } = JSON.parse(made) as { tenantId: string; apiKey: string };
    const api = start('api', 'apps/api/src/main.js', ENV);
    await until('the api is ready', async () => (await fetch(`${URL}/health/ready`)).ok);
    const response = await fetch(`${URL}/api/v1/sources`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'scim', name: 'IdP' }),
    });
    const { id, token } = (await response.json()) as { id: string; token: string };
    return new Stage(tenantId, id, new Target(URL, '/scim/v2', token), api, bench);
  }

  /** Users from `from` to `to`, as if the identity provider had written them: copies of one that it did write. */
  async load(template: string, from: number, to: number): Promise<void> {
    const { owner } = this.bench;
    await owner.query('SET session_replication_role = replica');
    await owner.query(
      `INSERT INTO source_records SELECT (jsonb_populate_record(r, jsonb_build_object('id', ${ID}, 'key', ${ID}, 'identity_id', ${ID},
         'external_id', 'e-' || g, 'user_name_key', 'user' || g || '@example.com',
         'raw', r.raw || jsonb_build_object('userName', 'user' || g || '@example.com', 'externalId', 'e-' || g),
         'folded', r.folded || jsonb_build_object('username', 'user' || g || '@example.com')))).*
       FROM source_records r, generate_series($3::int, $4::int) AS g WHERE r.tenant_id = $1 AND r.id = $2`,
      [this.tenantId, template, from, to],
    );
    await owner.query('SET session_replication_role = DEFAULT');
    await owner.query('VACUUM ANALYZE source_records');
  }

  /** A group of the loaded users 1 to `size`. */
  async group(name: string, size: number): Promise<string> {
    const answer = await this.target.call('POST', '/Groups', { schemas: [GROUP], displayName: name });
    const { id } = JSON.parse(answer) as { id: string };
    await this.bench.owner.query(
      `INSERT INTO scim_group_members (tenant_id, group_id, member_id, kind) SELECT $1, $2, ${ID}, 'User' FROM generate_series(1, $3::int) AS g`,
      [this.tenantId, id, size],
    );
    return id;
  }

  async stop(): Promise<void> {
    await this.target.close();
    await this.api.stop();
  }
}
