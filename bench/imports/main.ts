import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { figure, report } from '../identity/bench.js';
import { start, until } from '../journey/processes.js';

// How long the file of one tenant waits while another tenant's large files are imported, by one worker.
const DIST = join(import.meta.dirname, '..', '..');
const PORT = 4730;
const URL = `http://127.0.0.1:${PORT}`;
const ROWS = Number(process.env.BENCH_ROWS ?? 100_000);
const FILES = 4;
const SMALL_FILES = 8;
const GOAL_MS = 2_000;
const MAPPING = { employeeNumber: 'No', givenName: 'First', familyName: 'Last', email: 'Mail' };
const HEADER = 'No,First,Last,Mail';

const env = { PORT: String(PORT), HOST: '127.0.0.1', PUBLIC_URL: URL, LOG_LEVEL: 'warn' };
const keys = [1, 2].map(() => {
  const made = execFileSync(process.execPath, [join(DIST, 'apps/api/src/first-tenant.js')], { encoding: 'utf8' });
  return (JSON.parse(made) as { apiKey: string }).apiKey;
});
const [large, small] = [keys[0] ?? '', keys[1] ?? ''];
const api = start('api', 'apps/api/src/main.js', env);
const worker = start('worker', 'apps/worker/src/main.js', env);
await until('the api is ready', async () => (await fetch(`${URL}/health/ready`)).ok);

async function call<T>(
  key: string,
  method: string,
  path: string,
  body?: string,
  type = 'application/json',
): Promise<T> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': type };
  const response = await fetch(`${URL}/api/v1${path}`, { method, headers, ...(body !== undefined && { body }) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const sourceOf = async (key: string, name: string): Promise<string> =>
  (await call<{ id: string }>(key, 'POST', '/sources', JSON.stringify({ kind: 'csv', name, mapping: MAPPING }))).id;

const rowsOf = (from: number, count: number): string =>
  [
    HEADER,
    ...Array.from(
      { length: count },
      (_, n) => `${from + n},Given${from + n},Family${from + n},p${from + n}@example.com`,
    ),
  ].join('\n');

const upload = async (key: string, source: string, file: string): Promise<string> =>
  (await call<{ id: string }>(key, 'POST', `/sources/${source}/files`, file, 'text/csv')).id;

/** From the upload of a file of one row until its import is done (ms), several times; the longest. */
async function oneRow(source: string, from: number): Promise<number> {
  let longest = 0;
  for (let nth = 0; nth < SMALL_FILES; nth += 1) {
    const began = performance.now();
    const id = await upload(small, source, rowsOf(from + nth, 1));
    await until(
      'a row is imported',
      async () => (await call<{ state: string }>(small, 'GET', `/imports/${id}`)).state === 'done',
      300_000,
    );
    longest = Math.max(longest, performance.now() - began);
  }
  return longest;
}

const source = await sourceOf(small, 'small');
const idle = await oneRow(source, 1);
const perFile = Math.round(ROWS / FILES);
const imports: string[] = [];
for (let nth = 0; nth < FILES; nth += 1)
  imports.push(await upload(large, await sourceOf(large, `large ${nth}`), rowsOf(1 + nth * perFile, perFile)));
report(`${FILES} files of ${perFile.toLocaleString('en')} rows are under way`);
const beside = await oneRow(source, 1_001);
const states = await Promise.all(imports.map((id) => call<{ state: string }>(large, 'GET', `/imports/${id}`)));
if (states.some(({ state }) => state === 'done'))
  throw new Error('the large files were done before the small ones: take more rows');
figure('a one-row file, nothing beside', '', `${idle.toFixed(0)} ms`, `the longest of ${SMALL_FILES}`);
figure(
  `the same beside ${ROWS.toLocaleString('en')} rows of another tenant`,
  `+ ≤ ${GOAL_MS} ms`,
  `${beside.toFixed(0)} ms`,
  `the longest of ${SMALL_FILES}, one worker`,
);
await worker.stop();
await api.stop();
process.exit(0);
