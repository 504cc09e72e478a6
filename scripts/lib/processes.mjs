// Children that never outlive this process: each is stopped by us on the way out, or by the guardian if we are killed.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startTimeOf } from './process-identity.mjs';
import { killProcess, stopInOrder, stopProcess } from './stop-process.mjs';

/** @typedef {import('./processes.d.mts').Service} Service */
/** @typedef {import('./processes.d.mts').ServiceOptions} ServiceOptions */
/** @typedef {import('./processes.d.mts').RunOptions} RunOptions */
/** @typedef {import('./stop-process.mjs').Stoppable} Stoppable */

/** @type {Map<number, Stoppable>} */
const running = new Map();
const directories = new Set();
const listeners = new Set();
let guardian;
let closing = false;

/**
 * Starts a child that runs until it is stopped; what it prints goes to `logFile`.
 * @param {ServiceOptions} options
 * @returns {Service}
 */
export function spawnService({ logFile, input, stdio, onCrash, ...options }) {
  const log = logFile === undefined ? 'ignore' : openSync(logFile, 'a', 0o600);
  const { child, stoppable } = start({
    ...options,
    stdio: stdio ?? [input === undefined ? 'ignore' : 'pipe', log, log],
  });
  if (log !== 'ignore') closeSync(log);
  child.stdin?.on('error', () => {}).end(input);
  let wanted = false;
  const service = {
    name: options.name,
    pid: child.pid,
    exited: endOf(child, 'exit'),
    get running() {
      return running.has(child.pid);
    },
    async stop() {
      wanted = true;
      await stopProcess(stoppable);
      return service.exited;
    },
    kill() {
      wanted = true;
      killProcess(stoppable);
      return service.exited;
    },
    lastLines: (count = 20) => (logFile === undefined ? '' : lastLines(logFile, count)),
  };
  if (onCrash) void service.exited.then(() => wanted || closing || onCrash(service));
  return service;
}

/**
 * Runs a command to its end and gives back what it printed.
 * @param {RunOptions} options
 * @returns {Promise<{ code: number | null, stdout: string, stderr: string, error?: Error }>}
 */
export async function run({ stdio = ['ignore', 'pipe', 'pipe'], ...options }) {
  const { child } = start({ name: options.command, ...options, stdio });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) {
    child[stream]?.setEncoding('utf8').on('data', (text) => (output[stream] += text));
  }
  return { ...(await endOf(child, 'close')), ...output };
}

/**
 * A temporary folder that is removed when this process ends, however it ends.
 * @param {string} path
 */
export function removeAtEnd(path) {
  directories.add(path);
  tellGuardian('directory', path);
}

/** Stops all children, the last one first, and removes the temporary folders. No child can be started after this. */
export async function stopEverything() {
  closing = true;
  await stopInOrder(running.values());
  for (const path of directories) rmSync(path, { recursive: true, force: true });
}

/** Kills all children at once. */
export function killEverything() {
  closing = true;
  for (const stoppable of running.values()) killProcess(stoppable);
}

/**
 * Tells on every change what would have to be stopped if this process and its guardian were both killed.
 * @param {(processes: Stoppable[]) => void} listener
 * @returns {() => void} ends the telling
 */
export function onProcessesChanged(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Each child gets a process group of its own: Ctrl-C then reaches only us, and we stop things in order.
function start({ name, command, args = [], signal = 'SIGTERM', graceMs = 10_000, backend = false, ...spawnOptions }) {
  if (closing) throw new Error(`${name} was not started: everything is being stopped`);
  const child = spawn(command, args, { ...spawnOptions, detached: true });
  const stoppable = { name, pid: child.pid, signal, graceMs, backend, startTime: child.pid && startTimeOf(child.pid) };
  if (child.pid === undefined) return { child, stoppable };
  running.set(child.pid, stoppable);
  tellGuardian('started', stoppable);
  tellListeners();
  child.once('exit', () => {
    running.delete(child.pid);
    tellGuardian('ended', child.pid);
    tellListeners();
  });
  return { child, stoppable };
}

function endOf(child, event) {
  return new Promise((resolve) => {
    child.once(event, (code, signal) => resolve({ code, signal }));
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
  });
}

function tellListeners() {
  for (const listener of listeners) listener([...running.values()]);
}

function tellGuardian(kind, value) {
  guardian ??= startGuardian();
  guardian.stdin.write(`${JSON.stringify([kind, value])}\n`);
}

function startGuardian() {
  const program = fileURLToPath(new URL('guardian.mjs', import.meta.url));
  const process_ = spawn(process.execPath, [program], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  process_.stdin.on('error', () => {});
  process_.stdin.unref();
  process_.unref();
  return process_;
}

function lastLines(file, count) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}
