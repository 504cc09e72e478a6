// The folder of one stack: its database, its queue, its secrets and logs, and the note of who runs on it.
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { takeNote } from './locks.mjs';
import { readJson, writePrivateJson } from './private-files.mjs';
import { isAlive } from './process-identity.mjs';
import { onProcessesChanged } from './processes.mjs';
import { stopInOrder } from './stop-process.mjs';

const CONTENTS = ['postgres', 'postgres-location.json', 'redis-data', 'logs', 'secrets.json', 'credentials.json'];

/**
 * Takes a data folder for one stack. Refuses while another stack runs on it; what a killed one left behind is stopped.
 * @param {string} dataDir
 * @returns {Promise<{ announce(url: string): void, release(): void }>}
 */
export async function takeDataFolder(dataDir) {
  const file = path.join(dataDir, 'stack.json');
  for (let holder = takeNote(file); holder !== undefined; holder = takeNote(file)) {
    if (isAlive(holder)) throw new Error(alreadyRunning(dataDir, holder));
    await stopInOrder(holder.processes ?? []);
    rmSync(file, { force: true });
  }
  const update = (changes) => writePrivateJson(file, { ...readJson(file), ...changes });
  const endUpdates = onProcessesChanged((processes) => update({ processes }));
  const release = () => {
    endUpdates();
    rmSync(file, { force: true });
  };
  process.once('exit', release);
  return { announce: (url) => update({ url }), release };
}

/**
 * Forgets what earlier starts left: the next one begins with nothing.
 * @param {string} dataDir
 */
export function emptyDataFolder(dataDir) {
  if (process.env.DATABASE_URL)
    throw new Error('--fresh empties only the embedded database: DATABASE_URL names another one.');
  const elsewhere = readJson(path.join(dataDir, 'postgres-location.json'));
  if (elsewhere !== undefined) rmSync(path.dirname(elsewhere.directory), { recursive: true, force: true });
  for (const name of CONTENTS) rmSync(path.join(dataDir, name), { recursive: true, force: true });
}

/**
 * Sets the logs of the last run aside as `<name>.log.1`.
 * @param {string} dataDir
 */
export function keepOldLogs(dataDir) {
  const logs = path.join(dataDir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(logs).filter((file) => file.endsWith('.log'))) {
    renameSync(path.join(logs, name), path.join(logs, `${name}.1`));
  }
}

/** A log that is larger (bytes) goes on from nothing; what it held is kept beside it, in the place of what was kept before. */
const MOST_OF_A_LOG = 50 * 1024 * 1024;
const LOOK_AT_LOGS_MS = 60_000;

/**
 * Keeps the logs of running programs small. They hold their files open for appending, so a file is copied and cut, not renamed:
 * what is written in that very moment may be in neither.
 * @param {string} dataDir
 * @returns {() => void} ends it
 */
export function keepLogsSmall(dataDir) {
  const timer = setInterval(() => cutLogs(path.join(dataDir, 'logs')), LOOK_AT_LOGS_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * @param {string} folder
 * @param {number} [most] bytes
 */
export function cutLogs(folder, most = MOST_OF_A_LOG) {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
    const file = path.join(folder, name);
    if (statSync(file).size <= most) continue;
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  }
}

function alreadyRunning(dataDir, { pid, url }) {
  return `Tenure already runs on ${dataDir}: ${url ?? 'it is just starting'} (process ${pid}). Stop that one first.`;
}
