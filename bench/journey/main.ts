import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Webhook } from 'standardwebhooks';
import { firstLine, start, until, type Running } from './processes.js';

// How fast a change reaches an app, and how many accounts a second one worker makes. Ratios are taken in this one run.
const DIST = join(import.meta.dirname, '..', '..');
const PORT = 4710;
const URL = `http://127.0.0.1:${PORT}`;
const RATE = 50;
const JOINERS = 1_000;
/** The first joiners compile the code and open the connections: they are made at the same rate, and not counted. */
const WARM_UP = 150;
const BACKLOG = 6_000;
const EMPTY_JOBS = 20_000;

interface Created {
  readonly id: string;
  readonly webhookSecret: string;
  readonly webhookUrl: string;
}

const credentials = JSON.parse(
  execFileSync(process.execPath, [join(DIST, 'apps/api/src/first-tenant.js')], { encoding: 'utf8' }),
) as { apiKey: string };
const env = {
  PORT: String(PORT),
  HOST: '127.0.0.1',
  PUBLIC_URL: URL,
  OUTBOUND_ALLOW: '127.0.0.0/8',
  LOG_LEVEL: 'warn',
};
const responder = start('bare SCIM app', 'bench/journey/responder.js', {}, 'pipe');
const app = `http://127.0.0.1:${await firstLine(responder.child)}`;
const api = start('api', 'apps/api/src/main.js', env);
let worker = start('worker', 'apps/worker/src/main.js', env);
await until('the api is ready', async () => (await fetch(`${URL}/health/ready`)).ok);

async function call<T>(method: string, path: string, body?: unknown, type = 'application/json'): Promise<T> {
  const response = await fetch(`${URL}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${credentials.apiKey}`, 'content-type': type },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const received = async (): Promise<Map<string, number>> =>
  new Map((await (await fetch(`${app}/received`)).json()) as [string, number][]);
const now = (): number => performance.timeOrigin + performance.now();
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const report = (line: string): void => void process.stdout.write(`${line}\n`);

async function application(name: string): Promise<string> {
  return (
    await call<{ id: string }>('POST', '/applications', {
      name,
      connector: 'scim',
      config: { baseUrl: app },
      credentials: { token: 'bench' },
    })
  ).id;
}

async function policy(applicationId: string, condition: string): Promise<void> {
  await call('POST', '/policies', {
    name: `everyone ${applicationId}`,
    condition,
    grants: [{ applicationId }],
    publish: true,
  });
}

async function importFile(sourceId: string, file: string): Promise<void> {
  const { id } = await call<{ id: string }>('POST', `/sources/${sourceId}/files`, file, 'text/csv');
  await until(
    'the import is done',
    async () => (await call<{ state: string }>('GET', `/imports/${id}`)).state === 'done',
    180_000,
  );
}

/** The 107 people of Oracle's sample: from the upload to the last account in the app. */
async function sampleImport(): Promise<void> {
  const applicationId = await application('sample');
  await policy(applicationId, 'identity.custom.file == "sample"');
  const [header, ...rows] = readFileSync(join(DIST, '..', 'examples', 'oracle-hr', 'employees.csv'), 'utf8')
    .trim()
    .split(/\r?\n/);
  const mapping = {
    employeeNumber: 'employee_number',
    givenName: 'first_name',
    familyName: 'last_name',
    email: 'email',
    startDate: 'hire_date',
    department: 'department',
    managerEmployeeNumber: 'manager_employee_number',
    'custom.file': 'file',
  };
  const source = await call<Created>('POST', '/sources', { kind: 'csv', name: 'sample', mapping });
  const began = now();
  await importFile(source.id, [`${header ?? ''},file`, ...rows.map((row) => `${row},sample`)].join('\n'));
  await until('107 accounts', async () => (await received()).size >= rows.length);
  const last = Math.max(...(await received()).values());
  report(
    `107-person import → last account in the app       ${((last - began) / 1000).toFixed(2)} s          (goal < 5 s)`,
  );
}

/** Joiners by webhook at a steady rate: from the commit (just before it, by the database's clock) to the app's receipt. */
async function latency(): Promise<void> {
  await policy(await application('directory'), 'identity.employmentType == "joiner"');
  const hr = await call<Created>('POST', '/sources', { kind: 'hrms', name: 'HR' });
  const webhook = new Webhook(hr.webhookSecret);
  const answers: Promise<void>[] = [];
  const answered: number[] = [];
  const began = now();
  for (let i = 0; i < WARM_UP + JOINERS; i++) {
    const wait = began + (i * 1000) / RATE - now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    answers.push(
      join1(webhook, hr.webhookUrl, i).then((ms) => {
        if (i >= WARM_UP) answered.push(ms);
      }),
    );
  }
  await Promise.all(answers);
  await until('every joiner', async () => (await received()).size >= WARM_UP + JOINERS + 107);
  const operations = await everyOperation();
  const at = await received();
  const names = await everyUserName();
  const counted = (name: string | undefined): name is string =>
    name?.startsWith('joiner') === true && Number(/\d+/.exec(name)?.[0]) >= WARM_UP;
  const waits = operations
    .filter(({ kind, identityId }) => kind === 'create' && counted(names.get(identityId)))
    .map(({ identityId, committedAt }) => (at.get(names.get(identityId) ?? '') ?? Number.NaN) - Date.parse(committedAt))
    .sort((a, b) => a - b);
  answered.sort((a, b) => a - b);
  report(
    `commit → the app receives the call, ${RATE} joiners/s   p50 ${percentile(waits, 0.5).toFixed(0)} ms, p99 ${percentile(waits, 0.99).toFixed(0)} ms, most ${waits.at(-1)?.toFixed(0) ?? ''} ms, n ${waits.length} after ${WARM_UP} to warm up   (goal p50 ≤ 20, p99 ≤ 100)`,
  );
  report(
    `webhook → its answer, in the same time            p50 ${percentile(answered, 0.5).toFixed(0)} ms, p99 ${percentile(answered, 0.99).toFixed(0)} ms`,
  );
}

async function join1(webhook: Webhook, url: string, i: number): Promise<number> {
  const at = new Date();
  const id = `joiner-${i}`;
  const employee = {
    employeeNumber: `j${i}`,
    firstName: 'Joiner',
    lastName: String(i),
    email: `joiner${i}@example.com`,
    employmentType: 'joiner',
    startDate: '2020-01-01',
  };
  const body = JSON.stringify({ id, type: 'employee.created', occurredAt: at.toISOString(), employee });
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': webhook.sign(id, at, body),
  };
  const began = now();
  const response = await fetch(url, { method: 'POST', headers, body });
  if (response.status !== 202) throw new Error(`the webhook answered ${response.status}`);
  return now() - began;
}

interface OperationView {
  readonly id: string;
  readonly kind: string;
  readonly identityId: string;
  readonly committedAt: string;
}

async function everyItem<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const page: { items: T[]; nextCursor?: string } = await call(
      'GET',
      `${path}?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

const everyOperation = (): Promise<OperationView[]> => everyItem('/operations');
const everyUserName = async (): Promise<Map<string, string>> =>
  new Map(
    (await everyItem<{ id: string; userName: string }>('/identities')).map((identity) => [
      identity.id,
      identity.userName,
    ]),
  );

/** A backlog of accounts, made by one worker that starts with all of them to do. */
async function throughput(): Promise<void> {
  const source = await call<Created>('POST', '/sources', { kind: 'csv', name: 'backlog' });
  const rows = Array.from({ length: BACKLOG }, (_, i) => `b${i},Back,Log${i},backlog${i}@example.com,backlog`);
  const began = now();
  await importFile(source.id, ['employeeNumber,firstName,lastName,email,employmentType', ...rows].join('\n'));
  report(
    `import of ${BACKLOG} people, nothing to provision         ${Math.round((BACKLOG / (now() - began)) * 1000)} people/s`,
  );
  const applicationId = await application('backlog');
  await worker.stop();
  await policy(applicationId, 'identity.employmentType == "backlog"');
  worker = start('worker', 'apps/worker/src/main.js', env);
  const before = (await received()).size;
  await until('the backlog is done', async () => (await received()).size >= before + BACKLOG, 120_000);
  const times = [...(await received()).entries()].filter(([name]) => name.startsWith('backlog')).map(([, at]) => at);
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  report(
    `one worker, access and provisioning               ${Math.round(BACKLOG / seconds)} accounts/s    (goal ≥ 300; ${BACKLOG} accounts in ${seconds.toFixed(1)} s)`,
  );
  const empty = await emptyJobs();
  report(`BullMQ’s own empty jobs beside it                 ${Math.round(empty)} jobs/s (for information)`);
}

async function emptyJobs(): Promise<number> {
  const connection = new Redis(process.env.REDIS_URL ?? '', { maxRetriesPerRequest: null });
  const queue = new Queue('{bench-empty}', { connection, prefix: 'bench' });
  await queue.addBulk(
    Array.from({ length: EMPTY_JOBS }, () => ({ name: 'empty', data: {}, opts: { removeOnComplete: true } })),
  );
  let done = 0;
  const began = now();
  const consumer = new Worker('{bench-empty}', () => Promise.resolve(++done), {
    connection: connection.duplicate(),
    prefix: 'bench',
    concurrency: 50,
  });
  await once(consumer, 'drained');
  const rate = (done / (now() - began)) * 1000;
  await consumer.close();
  await queue.close();
  connection.disconnect();
  return rate;
}

await sampleImport();
await latency();
if (process.env.BENCH_ONLY !== 'latency') await throughput();
const memory = (processes: readonly Running[]): string =>
  processes.map((running) => `${running.name} ${running.memoryMb()} MB`).join(', ');
report(`memory, resident, at the end                      ${memory([api, worker, responder])}`);
await Promise.all([api.stop(), worker.stop(), responder.stop()]);
process.exit(0);
