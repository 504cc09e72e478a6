import type { Tx } from '@tenure/platform';
import type { Effective, Person } from '@tenure/identity';
import type { PeopleReject, PersonRow } from './read-people.js';

/** A row that waits to be applied. */
export interface RowToApply {
  readonly row: number;
  /** Its turn among the rows of the file. */
  readonly place: number;
  readonly key: string;
  readonly person: Person;
  /** Absent (null): the file has no such column; empty: at once. */
  readonly effective: Effective | null;
}

export interface RowOutcome {
  readonly outcome: 'created' | 'changed' | 'unchanged' | 'scheduled' | 'rejected';
  readonly reason?: string;
  /** Nothing of the row is kept: it tells of somebody who was erased. */
  readonly erased?: boolean;
}

export const OUTCOMES = ['created', 'changed', 'unchanged', 'scheduled', 'rejected'] as const;

/** Managers who are neither in the file nor known: the row is refused, with the number that nobody has. */
export async function unknownManagers(
  tx: Tx,
  managers: ReadonlyMap<number, string>,
  inFile: ReadonlySet<string>,
): Promise<{ row: number; reason: string }[]> {
  const outside = [...managers].filter(([, number]) => !inFile.has(number));
  const known = await tx.query<{ employee_number: string }>(
    'SELECT employee_number FROM identities WHERE tenant_id = $1 AND employee_number = ANY($2)',
    [tx.tenantId, outside.map(([, number]) => number)],
  );
  const numbers = new Set(known.map((row) => row.employee_number));
  return outside
    .filter(([, number]) => !numbers.has(number))
    .map(([row, number]) => ({ row, reason: `names the manager ${number}, whom nobody knows` }));
}

/** Keeps every row; one that was rejected after it could be read keeps what it says, and can be tried again. */
export async function writeRows(
  tx: Tx,
  id: string,
  rows: readonly PersonRow[],
  rejects: readonly PeopleReject[],
): Promise<void> {
  const reasons = new Map(rejects.map(({ row, reason }) => [row, reason]));
  const read = new Set(rows.map(({ row }) => row));
  const all = [
    ...rows.map((row) => ({ ...row, reason: reasons.get(row.row) ?? null })),
    ...rejects.filter(({ row }) => !read.has(row)),
  ];
  // A new employment of a person is known before the old one ends, whichever row stands first: so there is no gap.
  const placed = [...all.filter((row) => !isEnd(row)), ...all.filter(isEnd)].map((row, index) => ({
    ...row,
    place: index + 1,
  }));
  await tx.query(
    `INSERT INTO import_rows (tenant_id, import_id, row, place, key, person, effective, outcome, reason)
     SELECT $1, $2, r.row, r.place, r.key, r.person, r.effective, CASE WHEN r.reason IS NOT NULL THEN 'rejected' END, r.reason
     FROM jsonb_to_recordset($3) AS r (row int, place int, key text, person jsonb, effective text, reason text)`,
    [tx.tenantId, id, JSON.stringify(placed)],
  );
}

/** A row that says an end: of an employment that another row may follow. */
const isEnd = (row: object): boolean => {
  const person = 'person' in row ? (row.person as Person) : {};
  return person.status === 'terminated' || person.endDate != null;
};

/** The next rows that are not applied. */
export const rowsAfter = (tx: Tx, id: string, cursor: number, limit: number): Promise<RowToApply[]> =>
  tx.query<RowToApply>(
    `SELECT row, place, key, person, effective FROM import_rows WHERE tenant_id = $1 AND import_id = $2 AND place > $3 AND outcome IS NULL
     ORDER BY place LIMIT $4`,
    [tx.tenantId, id, cursor, limit],
  );

/** Writes what became of a slice of rows, and moves the cursor. */
export async function writeOutcomes(
  tx: Tx,
  id: string,
  outcomes: readonly (RowOutcome & { readonly row: number })[],
  cursor: number,
): Promise<void> {
  await tx.query(
    `UPDATE import_rows r SET outcome = o.outcome, reason = o.reason, person = CASE WHEN o.erased THEN NULL ELSE r.person END,
       key = CASE WHEN o.erased THEN '' ELSE r.key END
     FROM jsonb_to_recordset($3) AS o (row int, outcome text, reason text, erased boolean)
     WHERE r.tenant_id = $1 AND r.import_id = $2 AND r.row = o.row`,
    [tx.tenantId, id, JSON.stringify(outcomes)],
  );
  const counts = OUTCOMES.map((name) => outcomes.filter(({ outcome }) => outcome === name).length);
  await tx.query(
    `UPDATE imports SET cursor = $3, created = created + $4, changed = changed + $5, unchanged = unchanged + $6, scheduled = scheduled + $7,
       rejected = rejected + $8
     WHERE tenant_id = $1 AND id = $2`,
    [tx.tenantId, id, cursor, ...counts],
  );
}

/** Rows whose records waited when they were said, and that later rows have decided: they are applied by now. */
export async function noteDecided(tx: Tx, id: string, saidAt: Date): Promise<void> {
  const decided = await tx.query(
    `UPDATE import_rows w SET outcome = 'changed', reason = NULL FROM imports i, source_records r
     WHERE w.tenant_id = $1 AND w.import_id = $2 AND w.outcome = 'rejected' AND w.person IS NOT NULL AND i.tenant_id = $1 AND i.id = $2
       AND r.tenant_id = $1 AND r.source_id = i.source_id AND r.key = w.key AND r.identity_id IS NOT NULL AND r.field_times ->> '*' = $3
     RETURNING w.row`,
    [tx.tenantId, id, saidAt.toISOString()],
  );
  await tx.query(
    'UPDATE imports SET changed = changed + $3, rejected = rejected - $3 WHERE tenant_id = $1 AND id = $2',
    [tx.tenantId, id, decided.length],
  );
}

/** Makes the rows wait again that were rejected although they could be read, but for those whose manager nobody knows still. */
export async function reopenRows(tx: Tx, id: string): Promise<number> {
  const rejected = await tx.query<{ row: number; manager: string | null }>(
    `SELECT row, person ->> 'managerEmployeeNumber' AS manager FROM import_rows
     WHERE tenant_id = $1 AND import_id = $2 AND outcome = 'rejected' AND person IS NOT NULL`,
    [tx.tenantId, id],
  );
  const named = await tx.query<{ key: string }>(
    'SELECT DISTINCT key FROM import_rows WHERE tenant_id = $1 AND import_id = $2 AND key = ANY($3)',
    [tx.tenantId, id, rejected.flatMap(({ manager }) => manager ?? [])],
  );
  const managers = new Map(rejected.flatMap(({ row, manager }) => (manager === null ? [] : [[row, manager] as const])));
  const unknown = await unknownManagers(tx, managers, new Set(named.map(({ key }) => key)));
  const without = new Set(unknown.map(({ row }) => row));
  const rows = rejected.filter(({ row }) => !without.has(row)).map(({ row }) => row);
  await tx.query(
    'UPDATE import_rows SET outcome = NULL, reason = NULL WHERE tenant_id = $1 AND import_id = $2 AND row = ANY($3)',
    [tx.tenantId, id, rows],
  );
  return rows.length;
}
