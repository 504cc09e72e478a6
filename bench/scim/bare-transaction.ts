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
  [
    'journal_payloads',
    `journal_id = (SELECT id FROM journal WHERE subject_id = (SELECT identity_id FROM source_records WHERE id = $1) ORDER BY id DESC LIMIT 1)`,
  ],
];

/** Transactions per second of a bare transaction that writes the same rows, without reading or checking anything. */
export async function bareTransactions(bench: Bench, recordId: string, seconds: number): Promise<number | null> {
  const pgbench = findPgbench();
  if (pgbench === null) return null;
  const ids = new Map<string, string>();
  const statements: string[] = [];
  for (const [table, where] of ROWS) {
    const row = await textsOf(bench, table, where, recordId);
    if (row) statements.push(insertOf(table, row, ids));
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
const NAMES = new Set(['external_id', 'user_name_key', 'user_name', 'email', 'employee_number']);

type Row = Readonly<Record<string, string | null>>;

/** A row as PostgreSQL writes its values, so that they can be written again as they are. */
async function textsOf({ owner }: Bench, table: string, where: string, id: string): Promise<Row | undefined> {
  const columns = await owner.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    [table],
  );
  const texts = columns.rows.map(({ name }) => `${name}::text AS ${name}`).join(', ');
  const { rows } = await owner.query<Row>(`SELECT ${texts} FROM ${table} WHERE ${where}`, [id]);
  return rows[0];
}

/** An INSERT of the same row with other ids; pgbench puts its random numbers in. */
function insertOf(table: string, row: Row, ids: Map<string, string>): string {
  const entries = Object.entries(row).flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[name, value]],
  );
  const values = entries.map(([name, value]) => literal(name, value, ids));
  return `INSERT INTO ${table} (${entries.map(([name]) => name).join(', ')}) VALUES (${values.join(', ')});`;
}

function literal(name: string, value: string, ids: Map<string, string>): string {
  if (OWN.has(name) && NEW.test(value)) {
    const known = ids.get(value) ?? `:a-0000-7000-800${ids.size}-000:b`;
    ids.set(value, known);
    return `'${known}'`;
  }
  return `'${value.replaceAll("'", "''")}${NAMES.has(name) ? ':a:b' : ''}'`;
}
