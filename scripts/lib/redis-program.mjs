// Where a Redis comes from when nobody gives us one: the PATH, the distribution's packages, or a container.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { aptInstall, aptUnpack, hasApt } from './apt.mjs';

/**
 * A Redis that can be started: a program, or (without `command`) the image of one.
 * @typedef {{ command?: string, libraryPath?: string, image?: string }} RedisProgram
 */

const NEEDED = [6, 2];
const PACKAGES = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];
// Most systems have these; the names differ between releases.
const PERHAPS_MISSING = { 'libssl.so.3': ['libssl3', 'libssl3t64'], 'libsystemd.so.0': ['libsystemd0'] };
const IMAGE = 'redis:7';

/**
 * Finds a Redis, or gets one.
 * @param {{ root: string, log: (line: string) => void }} options
 * @returns {Promise<RedisProgram>}
 */
export async function redisProgram({ root, log }) {
  const unpacked = path.join(root, '.tenure', 'redis');
  const failures = [];
  const found = onPath() ?? inFolder(unpacked) ?? (await fromPackages(unpacked, log, failures)) ?? inContainer();
  if (found !== undefined) return found;
  throw new Error(
    ['Tenure needs Redis 6.2 or later, and could not get one here.', ...failures]
      .concat('Install redis-server or valkey-server (or Docker), or set REDIS_URL to a running one.')
      .join('\n'),
  );
}

function onPath() {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  for (const name of ['redis-server', 'valkey-server']) {
    const command = folders.map((folder) => path.join(folder, name)).find((file) => isUsable({ command: file }));
    if (command !== undefined) return { command };
  }
  return undefined;
}

function inFolder(folder) {
  const program = { command: path.join(folder, 'usr/bin/redis-server'), libraryPath: libraryPath(folder) };
  return isUsable(program) ? program : undefined;
}

async function fromPackages(unpacked, log, failures) {
  if (!hasApt()) return undefined;
  try {
    return process.getuid?.() === 0 ? await installed(log) : await downloaded(unpacked, log);
  } catch (error) {
    failures.push(error.message);
    return undefined;
  }
}

async function installed(log) {
  log('Installing redis-server (apt-get) …');
  await aptInstall(['redis-server']);
  // Only the program is wanted: the distribution's own service stays off, also after the next boot.
  spawnSync('systemctl', ['disable', '--now', 'redis-server.service']);
  spawnSync('update-rc.d', ['redis-server', 'disable']);
  return onPath();
}

async function downloaded(folder, log) {
  log(`Unpacking Debian's redis-server into ${folder} …`);
  rmSync(folder, { recursive: true, force: true });
  await aptUnpack(PACKAGES, folder);
  for (const [library, names] of Object.entries(PERHAPS_MISSING)) {
    if (missingLibraries(folder).includes(library)) await unpackFirst(names, folder);
  }
  return inFolder(folder);
}

async function unpackFirst([name, ...others], folder) {
  try {
    await aptUnpack([name], folder);
  } catch (error) {
    if (others.length === 0) throw error;
    await unpackFirst(others, folder);
  }
}

function missingLibraries(folder) {
  const env = { ...process.env, LD_LIBRARY_PATH: libraryPath(folder) };
  const { stdout } = spawnSync('ldd', [path.join(folder, 'usr/bin/redis-server')], { env, encoding: 'utf8' });
  return [...(stdout ?? '').matchAll(/^\s*(\S+) => not found/gm)].map(([, library]) => library);
}

function inContainer() {
  return spawnSync('docker', ['info'], { timeout: 10_000 }).status === 0 ? { image: IMAGE } : undefined;
}

function libraryPath(folder) {
  return ['usr/lib', 'lib']
    .map((name) => path.join(folder, name))
    .filter(existsSync)
    .flatMap((directory) => readdirSync(directory).map((name) => path.join(directory, name)))
    .filter((directory) => path.basename(directory).includes('linux-gnu'))
    .join(':');
}

function isUsable({ command, libraryPath: libraries }) {
  if (!existsSync(command)) return false;
  const env = libraries ? { ...process.env, LD_LIBRARY_PATH: libraries } : process.env;
  const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8', env });
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
  return Number(major) > NEEDED[0] || (Number(major) === NEEDED[0] && Number(minor) >= NEEDED[1]);
}
