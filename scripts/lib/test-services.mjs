// What the specs find in their environment: shared servers that are thrown away, and the programs to start their own.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { aptInstall, hasApt } from './apt.mjs';
import { ensureAppRole } from './backends.mjs';
import { embeddedPostgres } from './postgres-files.mjs';
import { startPostgres } from './postgres.mjs';
import { password } from './private-files.mjs';
import { redisProgram } from './redis-program.mjs';
import { startRedis } from './redis.mjs';
import { serverUser, serverUserName, temporaryDirectory } from './server-user.mjs';

const POSTGRES_15 = '/usr/lib/postgresql/15/bin';
const SIMPLESAMLPHP = '/usr/share/simplesamlphp/www';
/** Where Debian and Ubuntu put the library that shows programs another time, per architecture. */
const FAKETIME = ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketime.so.1`);

/**
 * Starts one PostgreSQL and one Redis for all specs of a run.
 * @param {{ root: string, log: (line: string) => void }} options
 * @returns {Promise<{ env: Record<string, string>, missing: Record<string, string> }>} `missing`: a variable that specs
 *   may look for and do not find, with the reason
 */
export async function startTestServices({ root, log }) {
  const missing = {};
  const user = serverUserName();
  const binDir = embeddedPostgres({ root, user });
  const redis = await redisProgram({ root, log });
  const oldPostgres = await postgres15({ log, missing });
  const faketime = await movableTime({ log, missing });
  const simpleSaml = await simpleSamlPhp({ log, missing });
  if (redis.command === undefined) missing.TEST_REDIS_BIN = 'Redis runs in a container here: install redis-server';
  log('Starting PostgreSQL and Redis for the tests …');
  const [postgres, shared] = await Promise.all([
    startPostgres({ binDir, user, dataDir: dataDirectory('postgres', user), durable: false }),
    process.env.REDIS_URL
      ? { url: process.env.REDIS_URL }
      : startRedis({ ...redis, dataDir: dataDirectory('redis'), durable: false }),
  ]);
  const appPassword = password();
  await ensureAppRole(postgres.url, appPassword);
  const env = {
    TEST_DATABASE_OWNER_URL: postgres.url,
    TEST_DATABASE_APP_PASSWORD: appPassword,
    TEST_REDIS_URL: shared.url,
    TEST_POSTGRES_BIN: binDir,
    TEST_POSTGRES_USER: user,
    TEST_REDIS_BIN: redis.command,
    TEST_REDIS_LD_LIBRARY_PATH: redis.libraryPath,
    TEST_POSTGRES15_BIN: oldPostgres,
    TEST_FAKETIME_LIB: faketime,
    TEST_SIMPLESAMLPHP: simpleSaml,
    TEST_DIST: path.join(root, 'dist'),
    TEST_MIGRATED_DATA: dataDirectory('migrated', user),
  };
  return { env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)), missing };
}

// The oldest PostgreSQL that is supported; Debian 12 has it.
function postgres15(told) {
  const find = () => (existsSync(path.join(POSTGRES_15, 'initdb')) ? POSTGRES_15 : undefined);
  const install = () => withoutCluster(() => aptInstall(['postgresql-15']));
  return fromDebian({ ...told, name: 'postgresql-15', variable: 'TEST_POSTGRES15_BIN', find, install });
}

// What lets a test move the time of whole processes.
function movableTime(told) {
  const find = () => FAKETIME.find((file) => existsSync(file));
  const install = () => aptInstall(['libfaketime']);
  return fromDebian({ ...told, name: 'libfaketime', variable: 'TEST_FAKETIME_LIB', find, install });
}

// An identity provider that is not ours, and PHP to run it.
function simpleSamlPhp(told) {
  const find = () => (existsSync(SIMPLESAMLPHP) && existsSync('/usr/bin/php') ? SIMPLESAMLPHP : undefined);
  const install = () => aptInstall(['simplesamlphp', 'php-cli', 'php-xml', 'php-mbstring']);
  return fromDebian({ ...told, name: 'simplesamlphp', variable: 'TEST_SIMPLESAMLPHP', find, install });
}

// What is already here, or is installed now; else the reason why not is kept.
async function fromDebian({ name, variable, find, install, log, missing }) {
  const here = find();
  if (here !== undefined) return here;
  try {
    if (!hasApt()) throw new Error('this system has no apt-get');
    if (process.getuid?.() !== 0) throw new Error(`apt-get install ${name} needs root`);
    log(`Installing ${name} (apt-get) …`);
    await install();
    return find();
  } catch (error) {
    missing[variable] = `${name} is not here: ${error.message}`;
    return undefined;
  }
}

// Only its programs are wanted: Debian would make a database cluster, and start it at every boot.
async function withoutCluster(install) {
  const settings = '/etc/postgresql-common/createcluster.d/tenure.conf';
  mkdirSync(path.dirname(settings), { recursive: true });
  writeFileSync(settings, 'create_main_cluster = off\n');
  try {
    await install();
  } finally {
    rmSync(settings);
  }
}

function dataDirectory(purpose, user) {
  return path.join(temporaryDirectory(purpose, serverUser(user)), 'data');
}
