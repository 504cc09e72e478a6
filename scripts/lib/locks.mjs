// Notes in a folder that say which process holds it.
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readJson } from './private-files.mjs';
import { isAlive, startTimeOf } from './process-identity.mjs';

/**
 * Leaves a note that this process holds something.
 * @param {string} file
 * @returns {{ pid: number, startTime?: string, [more: string]: unknown } | undefined} the note of whoever holds it already
 */
export function takeNote(file) {
  const draft = `${file}.${process.pid}`;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o711 });
  writeFileSync(draft, JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) }), { mode: 0o600 });
  try {
    linkSync(draft, file); // unlike a write, all or nothing
    return undefined;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return readJson(file) ?? takeNote(file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Runs a step of the set-up while no other script of this checkout is at it.
 * @template T
 * @param {string} root
 * @param {(line: string) => void} log
 * @param {() => Promise<T>} step
 * @returns {Promise<T>}
 */
export async function withSetupLock(root, log, step) {
  const file = path.join(root, '.tenure', 'setup.json');
  let told = false;
  for (let holder = takeNote(file); holder !== undefined; holder = takeNote(file)) {
    if (!isAlive(holder)) rmSync(file, { force: true });
    else if (!told) log('Waiting for another script that is setting up this checkout …');
    told = true;
    await delay(100);
  }
  try {
    return await step();
  } finally {
    rmSync(file, { force: true });
  }
}
