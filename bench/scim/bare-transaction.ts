import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../identity/bench.js';
import { AT_ONCE } from './stage.js';

const DEBIAN = '/usr/lib/postgresql';

/** PostgreSQL's own benchmark program; null where it is not installed. */
function findPgbench(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const found = versions.map((version) => join(DEBIAN, version, 'bin', 'pgbench')).filter(existsSync);
  return found.at(-1) ?? null;
}

/** The rows that one POST of a user wrote. */
const ROWS: readonly (readonly [table: string, where: string])[] = [
  ['identities', `id = (SELECT identity_id FROM source_records WHERE id = $1)`],
  ['source_records', 'id = $1'],
  ['journal', `subject_id = (SELECT identity_id FROM source_records WHERE id = $1) ORDER BY id DESC LIMIT 1`],
  ['journal_payloads', `journal_id = (SELECT id FROM journal WHERE subject_id = (SELECT identity_id FROM source_records WHERE id = $1) ORDER BY id DESC LIMIT 1)`], // prettier-ignore
];

/** Transactions per second of a bare transaction that writes the same rows, without reading or checking anything. */
export async function bareTransactions(bench: Bench, recordId: string, seconds: number): Promise<number | null> {
  const pgbench = findPgbench();
  if (pgbench === null) return null;
  const ids = new Map<string, string>();
  const statements: string[] = [];
  for (const [table, where] of ROWS) {
    const { rows } = await bench.owner.query<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${where}`,
      [recordId],
    );
    const [found] = rows;
    if (found) statements.push(insertOf(table, found.row, ids));
  }
  const script = join(mkdtempSync(join(tmpdir(), 'tenure-pgbench-')), 'post.sql');
  const draws = '\\set a random(10000000, 99999999)\n\\set b random(100000000, 999999999)';
  writeFileSync(script, `${draws}\nBEGIN;\n${statements.join('\n')}\nCOMMIT;\n`);
  const url = new URL(process.env.DATABASE_OWNER_URL ?? '');
  const options = ['-n', '-M', 'simple', '-c', String(AT_ONCE), '-j', '2', '-T', String(seconds), '-f', script];
  const said = execFileSync(pgbench, [...options, url.href], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return Number(/tps = ([\d.]+)/.exec(said)?.[1]);
}

const NEW = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** What belongs to a row of its own; every other id (the tenant's, the source's) stays. */
const OWN = new Set(['id', 'journal_id', 'identity_id', 'subject_id', 'key']);
const NAMES = new Set(['external_id', 'user_name_key', 'user_name', 'email', 'digest', 'employee_number']);

/** An INSERT of the same row with other ids; pgbench puts its random numbers in. */
function insertOf(table: string, row: Readonly<Record<string, unknown>>, ids: Map<string, string>): string {
  const entries = Object.entries(row).filter(([, value]) => value !== null);
  const values = entries.map(([name, value]) => literal(name, value, ids));
  return `INSERT INTO ${table} (${entries.map(([name]) => name).join(', ')}) VALUES (${values.join(', ')});`;
}

function literal(name: string, value: unknown, ids: Map<string, string>): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (OWN.has(name) && NEW.test(text)) {
    const known = ids.get(text) ?? `:a-0000-7000-800${ids.size}-000:b`;
    ids.set(text, known);
    return `'${known}'`;
  }
  const escaped = text.replaceAll("'", "''").replaceAll(':', "' || chr(58) || '");
  return NAMES.has(name) ? `'${escaped}:a:b'` : castOf(escaped, value);
}

const castOf = (escaped: string, value: unknown): string =>
  typeof value === 'object' ? `('${escaped}')::jsonb` : typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? `('${escaped}')::timestamptz` : `'${escaped}'`; // prettier-ignore
