// One PostgreSQL server: started, stopped, killed and started again. For the stack, and for tests that break it.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync, chownSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './ports.mjs';
import { majorVersion } from './postgres-files.mjs';
import { password as newPassword } from './private-files.mjs';
import { commandLineOf, isAlive } from './process-identity.mjs';
import { run, spawnService } from './processes.mjs';
import { makeOwnDirectory, serverUser } from './server-user.mjs';
import { stopProcess } from './stop-process.mjs';
import { waitFor } from './wait-for.mjs';

/** @typedef {import('./postgres.d.mts').PostgresOptions} PostgresOptions */
/** @typedef {import('./postgres.d.mts').PostgresServer} PostgresServer */

const SUPERUSER = 'postgres';

// TCP on the loopback address only: a socket's path may be too long, or in a folder that the server cannot enter.
const ALWAYS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  timezone: 'UTC',
  log_timezone: 'UTC',
};

// The first import fills tables that PostgreSQL knows nothing of, and until it has counted them it takes any index for as good as
// another: a record by its id then reads all of its source. It looks once a minute unless it is told to.
const DURABLE = { autovacuum_naptime: '10s' };

// Half the time of a test run would go into making throw-away data safe.
const EPHEMERAL = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '30min',
  jit: 'off',
};

/**
 * Starts a PostgreSQL server, on new data or on data that an earlier start left.
 * @param {PostgresOptions} options
 * @returns {Promise<PostgresServer>}
 */
export async function startPostgres(options) {
  const { dataDir, user = '', durable = true, password = newPassword() } = options;
  const logFile = options.logFile ?? `${dataDir}.log`;
  const port = options.port ?? (await freePort());
  const server = { ...options, user, durable, password, logFile, port, ids: serverUser(user) };
  if (!existsSync(dataDir)) await initialise(server);
  else refuseOtherVersion(server);
  let service = await launch(server);
  return {
    url: databaseUrl({ user: SUPERUSER, password, port, database: 'postgres' }),
    port,
    password,
    stop: async () => void (await service.stop()),
    kill: async () => void (await service.kill()),
    async start() {
      if (!service.running) service = await launch(server);
    },
    async restart() {
      await service.stop();
      service = await launch(server);
    },
  };
}

/**
 * The address of a database on an embedded server.
 * @param {{ user: string, password: string, port: number, database: string }} parts
 */
export function databaseUrl({ user, password, port, database }) {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * Runs statements, one after the other, on one connection.
 * @param {string} url
 * @param {string[]} statements
 * @returns {Promise<Record<string, unknown>[]>} the rows of the last one
 */
export async function query(url, ...statements) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // a broken connection also rejects the statement that is waiting
  try {
    await client.connect();
    let rows = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end().catch(() => {});
  }
}

// Made beside its place and renamed, so that an interrupted start leaves no half a cluster behind.
async function initialise({ binDir, dataDir, durable, password, ids }) {
  const draft = `${dataDir}.new`;
  rmSync(draft, { recursive: true, force: true });
  makeOwnDirectory(draft, ids);
  const passwordFile = path.join(draft, '..', `.${path.basename(dataDir)}-password`);
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (ids.uid !== undefined) chownSync(passwordFile, ids.uid, ids.gid);
  const args = [`--pgdata=${draft}`, `--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  args.push(
    '--encoding=UTF8',
    '--no-instructions',
    ...localeArguments(majorVersion(binDir)),
    ...(durable ? [] : ['--no-sync']),
  );
  try {
    const { code, stdout, stderr } = await run({ command: path.join(binDir, 'initdb'), args, ...surroundings(ids) });
    if (code !== 0) throw new Error(`PostgreSQL could not create its data in ${dataDir}:\n${stdout}${stderr}`);
    renameSync(draft, dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

// PostgreSQL's own C.UTF-8 sorts alike on every system, and never changes with the C library.
function localeArguments(major) {
  return major >= 17 ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : ['--locale=C'];
}

async function launch(server) {
  await clearStalePidFile(server);
  for (let attempt = 1; ; attempt += 1) {
    const service = spawnServer(server);
    try {
      await waitFor(() => query(databaseUrl({ ...server, user: SUPERUSER, database: 'postgres' }), 'select 1'), {
        service,
        withinMs: 60_000,
      });
      return service;
    } catch (error) {
      await service.kill();
      // The processes of a server that was killed need a moment to notice.
      if (attempt === 50 || !/shared memory block|lock file/.test(error.message)) throw error;
      await delay(100);
    }
  }
}

function spawnServer({ binDir, dataDir, port, durable, settings, logFile, onCrash, ids, env }) {
  const all = { ...ALWAYS, ...(durable ? DURABLE : EPHEMERAL), port, ...settings };
  return spawnService({
    name: 'PostgreSQL',
    command: path.join(binDir, 'postgres'),
    args: ['-D', dataDir, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    signal: 'SIGINT', // fast shutdown: sessions are ended, the data is left clean
    graceMs: 30_000,
    backend: true,
    logFile,
    onCrash,
    ...surroundings(ids, env),
  });
}

// A user of its own cannot enter our folder, nor read our home; and messages are searched for, so they are in English.
function surroundings(ids, env = {}) {
  return { ...ids, cwd: '/', env: { PATH: process.env.PATH, TMPDIR: os.tmpdir(), LC_ALL: 'C', ...env } };
}

// After a crash the noted process id may be somebody else's by now, or a server that nobody watches over any more.
async function clearStalePidFile({ dataDir }) {
  const file = path.join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n', 1)[0]);
  const ours = isAlive({ pid }) && commandLineOf(pid).includes(dataDir);
  if (ours) await stopProcess({ name: 'PostgreSQL', pid, signal: 'SIGINT', graceMs: 30_000 });
  else rmSync(file, { force: true });
}

function refuseOtherVersion({ binDir, dataDir }) {
  const data = Number(readFileSync(path.join(dataDir, 'PG_VERSION'), 'utf8'));
  const program = majorVersion(binDir);
  if (data !== program)
    throw new Error(
      `${dataDir} was made by PostgreSQL ${data}, this is ${program}: use --fresh, or dump and restore it.`,
    );
}
