import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './processes.mjs';
import { withSetupLock } from './locks.mjs';

const SOURCES = ['apps', 'libs', 'bench', 'test/peers'];
const SETTINGS = ['nest-cli.json', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/**
 * Compiles the applications into dist/, unless that was done from these very sources.
 * @param {{ root: string, log: (line: string) => void }} options
 */
export async function ensureBuilt({ root, log }) {
  await withSetupLock(root, log, async () => {
    const stamp = path.join(root, 'dist', '.built-from');
    const sources = digestOfSources(root);
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
    log('Building …');
    const nest = path.join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
    const { code, stdout, stderr } = await run({ command: process.execPath, args: [nest, 'build'], cwd: root });
    if (code !== 0) throw new Error(`The build failed:\n${stdout}${stderr}`);
    writeFileSync(stamp, sources);
  });
}

function digestOfSources(root) {
  const digest = createHash('sha256');
  for (const file of [...SETTINGS, ...SOURCES.flatMap((folder) => sourcesIn(root, folder))]) {
    digest.update(file).update(readFileSync(path.join(root, file)));
  }
  return digest.digest('hex');
}

function sourcesIn(root, folder) {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive: true })
    .map((file) => path.join(folder, file))
    .filter((file) => file.endsWith('.ts') && !/\.(int-)?spec\.ts$/.test(file))
    .sort();
}
