import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './process-identity.mjs';

/**
 * What is needed to stop a process, also from another process than the one that started it.
 * @typedef {{ name: string, pid: number, startTime?: string, signal: NodeJS.Signals, graceMs: number, backend?: boolean }} Stoppable
 */

/**
 * Asks a process to stop, and kills it when it has not stopped within its grace; what it has left behind in its
 * process group is killed too.
 * @param {Stoppable} target
 */
export async function stopProcess(target) {
  if (!isAlive(target)) return;
  send(target.pid, target.signal);
  await isGone(target, target.graceMs);
  send(-target.pid, 'SIGKILL');
  await isGone(target, 5_000);
}

/**
 * Kills a process and its group at once.
 * @param {Stoppable} target
 */
export function killProcess(target) {
  if (isAlive(target)) send(-target.pid, 'SIGKILL');
}

/**
 * Stops processes one after the other: the last started first, databases after all that may use them.
 * @param {Iterable<Stoppable>} targets in the order they were started
 */
export async function stopInOrder(targets) {
  const last = [...targets].reverse();
  for (const target of last.filter(({ backend }) => !backend)) await stopProcess(target);
  for (const target of last.filter(({ backend }) => backend)) await stopProcess(target);
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

async function isGone(target, withinMs) {
  for (const end = Date.now() + withinMs; isAlive(target); await delay(20)) {
    if (Date.now() > end) return false;
  }
  return true;
}
