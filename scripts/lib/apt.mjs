// Debian's and Ubuntu's packages: installed when we are root, else unpacked into a folder of our own.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { run } from './processes.mjs';

const LOCK = ['-o', 'DPkg::Lock::Timeout=600'];
// A polite signal in the middle would leave dpkg's database broken: an installation is left to end by itself.
const PATIENT = { graceMs: 600_000, signal: 'SIGCONT' };
const POLICY = '/usr/sbin/policy-rc.d';

/** Whether this system has packages of Debian's kind. */
export function hasApt() {
  return spawnSync('apt-get', ['--version']).status === 0;
}

/**
 * Installs packages as root, without starting the services that they bring.
 * @param {string[]} packages
 */
export async function aptInstall(packages) {
  const forbidsStarting = forbidStartingServices();
  try {
    // An old list may name versions that are gone; without network it may still do.
    await apt(['update']);
    await apt(['install', '-y', '--no-install-recommends', ...packages], { mustWork: true });
  } finally {
    if (forbidsStarting) rmSync(POLICY, { force: true });
  }
}

/**
 * Downloads packages without root and unpacks them, dependencies not included.
 * @param {string[]} packages
 * @param {string} target
 */
export async function aptUnpack(packages, target) {
  const downloads = path.join(target, 'downloads');
  const options = privateApt(path.join(target, 'apt'));
  mkdirSync(downloads, { recursive: true });
  await apt([...options, 'update']);
  await apt([...options, 'download', ...packages], { cwd: downloads, mustWork: true });
  for (const file of readdirSync(downloads)) {
    const { code, stderr } = await run({ command: 'dpkg', args: ['-x', path.join(downloads, file), target] });
    if (code !== 0) throw new Error(`dpkg could not unpack ${file}: ${stderr}`);
  }
  for (const folder of ['downloads', 'apt']) rmSync(path.join(target, folder), { recursive: true, force: true });
}

function privateApt(directory) {
  for (const folder of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(path.join(directory, folder), { recursive: true });
  }
  return ['-o', `Dir::State::lists=${directory}/lists`, '-o', `Dir::Cache=${directory}/cache`];
}

async function apt(args, { cwd, mustWork = false } = {}) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const { code, stderr } = await run({ command: 'apt-get', args: [...LOCK, ...args], cwd, env, ...PATIENT });
  if (code !== 0 && mustWork) throw new Error(`apt-get ${args.at(-1)} failed: ${stderr.trim().split('\n').at(-1)}`);
}

// invoke-rc.d(8) asks this program before it starts a service. Ours takes itself away if we are gone before we could.
function forbidStartingServices() {
  if (existsSync(POLICY)) return false;
  const lines = ['#!/bin/sh', `kill -0 ${process.pid} 2>/dev/null && exit 101`, 'rm -f "$0"', 'exit 0', ''];
  writeFileSync(POLICY, lines.join('\n'), { mode: 0o755 });
  return true;
}
