import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './processes.mjs';
import { withSetupLock } from './locks.mjs';

/**
 * Installs the dependencies, unless node_modules already holds what package-lock.json asks for.
 * @param {{ root: string, log: (line: string) => void }} options
 */
export async function ensureInstalled({ root, log }) {
  await withSetupLock(root, log, async () => {
    const lock = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
    const stamp = path.join(root, 'node_modules', '.tenure-installed');
    const wanted = createHash('sha256').update(lock).digest('hex');
    if (textOf(stamp) === wanted) return;
    if (!isInstalled(JSON.parse(lock), textOf(path.join(root, 'node_modules', '.package-lock.json')))) {
      log('Installing the dependencies (npm ci) …');
      await installFromLock(root);
    }
    writeFileSync(stamp, wanted);
  });
}

// npm writes the hidden lock file when an installation has ended well, so a `npm ci` by hand counts and half a one does not.
function isInstalled(lock, hiddenLock) {
  if (hiddenLock === undefined) return false;
  const present = JSON.parse(hiddenLock).packages;
  return Object.entries(lock.packages).every(
    ([location, { version, optional, peer }]) =>
      location === '' ||
      present[location]?.version === version ||
      (present[location] === undefined && (optional || peer)),
  );
}

async function installFromLock(root) {
  // NODE_ENV=production in the user's shell would leave out the compiler.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  const command = npm?.endsWith('.js') ? { command: process.execPath, args: [npm, ...args] } : { command: 'npm', args };
  const { code, error } = await run({ ...command, cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (code !== 0) throw new Error('npm ci failed: what it printed says why.', { cause: error });
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
