import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Writes JSON that only its owner can read, all or nothing.
 * @param {string} file
 * @param {unknown} value
 */
export function writePrivateJson(file, value) {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/**
 * Reads JSON; undefined when there is no such file.
 * @param {string} file
 */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`${file} cannot be read: ${error.message}`, { cause: error });
  }
}

/**
 * The secrets of an embedded stack, made on the first start and kept (mode 600) with its data.
 * @param {string} dataDir
 * @returns {{ secretKey: string, postgres: string, app: string, redis: string }}
 */
export function secretsOf(dataDir) {
  const file = path.join(dataDir, 'secrets.json');
  const kept = readJson(file);
  if (kept !== undefined) return kept;
  const secrets = {
    secretKey: randomBytes(32).toString('base64'),
    postgres: password(),
    app: password(),
    redis: password(),
  };
  writePrivateJson(file, secrets);
  return secrets;
}

/** A password that needs no escaping in a URL, in SQL or in a configuration file. */
export function password() {
  return randomBytes(24).toString('base64url');
}
