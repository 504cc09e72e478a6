// PostgreSQL refuses to run as root. As root it therefore runs as another user, who must be able to reach its files.
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { removeAtEnd } from './processes.mjs';

const NAME = 'postgres';

/** Where data goes that the server's user could not reach inside the checkout. */
export const SYSTEM_DIRECTORY = '/var/lib/tenure';

/**
 * @typedef {{ uid?: number, gid?: number }} ServerUser empty: the user that we are
 */

/** The user to start PostgreSQL as: ourselves or, when we are root, the system user `postgres`, made if it is missing. */
export function serverUserName() {
  if (process.getuid?.() !== 0) return '';
  if (idOf('-u', NAME) === undefined) {
    const made = spawnSync('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      NAME,
    ]);
    if (made.status !== 0) throw new Error(`PostgreSQL cannot run as root, and the user ${NAME} could not be made.`);
  }
  return NAME;
}

/**
 * The ids behind a user's name.
 * @param {string} [name] empty for the user that we are
 * @returns {ServerUser}
 */
export function serverUser(name) {
  if (!name) return {};
  const [uid, gid] = [idOf('-u', name), idOf('-g', name)];
  if (uid === undefined || gid === undefined) throw new Error(`There is no user ${name} on this system.`);
  return { uid, gid };
}

/**
 * Whether a user can enter a folder, found out by trying: modes, ACLs and mount options all have a say.
 * @param {string} directory
 * @param {ServerUser} user
 */
export function canEnter(directory, user) {
  return spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], { ...user, cwd: '/' }).status === 0;
}

/**
 * Makes a folder that belongs to a user and is closed to others.
 * @param {string} directory
 * @param {ServerUser} user
 */
export function makeOwnDirectory(directory, { uid, gid }) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (uid !== undefined) chownSync(directory, uid, gid);
  return directory;
}

/**
 * A folder of a user's own that goes away with this process.
 * @param {string} purpose
 * @param {ServerUser} user
 */
export function temporaryDirectory(purpose, user = {}) {
  const parent = [os.tmpdir(), '/tmp', '/var/tmp'].find((directory) => canEnter(directory, user));
  if (parent === undefined)
    throw new Error('There is no folder for temporary data that the user of PostgreSQL can enter.');
  const directory = mkdtempSync(path.join(parent, `tenure-${purpose}-`));
  removeAtEnd(directory);
  return makeOwnDirectory(directory, user);
}

function idOf(which, name) {
  const { status, stdout } = spawnSync('id', [which, name], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : undefined;
}
