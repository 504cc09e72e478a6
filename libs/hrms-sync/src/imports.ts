import {
  Clock,
  Database,
  newId,
  Queues,
  Refusal,
  SYNC_QUEUE,
  type HintData,
  type Timer,
  type Tx,
} from '@tenure/platform';
import { findRecord, getSource, Identities, mergeStatement, type Person, type Source } from '@tenure/identity';
import type { Actor } from '@tenure/journal';
import { Import } from './import.entity.js';
import { parseCsv } from './parse-csv.js';
import { readPeople, type PersonRow } from './read-people.js';

export interface ImportHint extends HintData {
  readonly kind: 'import';
  readonly tenantId: string;
  readonly id: string;
}

const SLICE = 50;

interface RowToApply {
  row: number;
  key: string;
  person: Person;
}

interface RowOutcome {
  readonly outcome: 'created' | 'changed' | 'unchanged' | 'rejected';
  readonly reason?: string;
}

/** Files of people: read and checked at once, applied slice by slice, resumable by the cursor. */
export class Imports {
  constructor(
    private readonly database: Database,
    private readonly identities: Identities,
    private readonly queues: Queues,
    private readonly clock: Clock,
  ) {}

  /** Keeps every row of the file with what is wrong with it, and starts to apply the good ones (or to preview them). */
  async begin(tenantId: string, by: Actor, sourceId: string, file: Buffer, preview: boolean): Promise<string> {
    const source = await this.database.transaction(tenantId, (tx) => getSource(tx, sourceId, 'csv'));
    const read = readPeople(parseCsv(file), source.mapping);
    const id = newId();
    await this.database.transaction(tenantId, async (tx) => {
      const unknown = await unknownManagers(tx, read.managers, read.keys);
      const rejects = [...read.rejects, ...unknown];
      const bad = new Set(rejects.map((reject) => reject.row));
      const good = read.rows.filter(({ row }) => !bad.has(row));
      await tx.repository(Import).insert({
        tenantId,
        id,
        sourceId,
        preview,
        actor: by.actor,
        total: good.length + rejects.length,
        rejected: rejects.length,
      });
      await writeRows(tx, id, good, rejects);
      tx.afterCommit(() => this.hint({ kind: 'import', tenantId, id }));
    });
    return id;
  }

  /** Applies slices until the end; may be run again from anywhere. */
  async run({ tenantId, id }: ImportHint): Promise<void> {
    while (await this.database.transaction(tenantId, (tx) => this.slice(tx, id)));
  }

  /** Announces imports that were begun and not ended. */
  timer(): Timer {
    return {
      name: 'imports',
      everyMs: 1_000,
      run: async (tx) => {
        const open = await tx.query<{ tenant_id: string; id: string }>(
          "SELECT tenant_id, id FROM imports WHERE state = 'running' AND started_at < clock_timestamp() - interval '2 seconds' LIMIT 100",
        );
        for (const { tenant_id: tenantId, id } of open)
          tx.afterCommit(() => this.hint({ kind: 'import', tenantId, id }));
      },
    };
  }

  private hint(hint: ImportHint): Promise<void> {
    return this.queues.hint(SYNC_QUEUE, hint, `import-${hint.id}`);
  }

  /** Returns whether there is more. Whoever holds the import's row works on it; others leave it. */
  private async slice(tx: Tx, id: string): Promise<boolean> {
    const [open] = await tx.query<{
      cursor: number;
      source_id: string;
      preview: boolean;
      actor: string;
      started_at: Date;
    }>(
      "SELECT cursor, source_id, preview, actor, started_at FROM imports WHERE tenant_id = $1 AND id = $2 AND state = 'running' FOR UPDATE SKIP LOCKED",
      [tx.tenantId, id],
    );
    if (!open) return false;
    const source = await getSource(tx, open.source_id);
    const rows = await tx.query<RowToApply>(
      'SELECT row, key, person FROM import_rows WHERE tenant_id = $1 AND import_id = $2 AND row > $3 AND outcome IS NULL ORDER BY row LIMIT $4',
      [tx.tenantId, id, open.cursor, SLICE],
    );
    const outcomes: (RowOutcome & { row: number })[] = [];
    for (const row of rows) {
      const outcome = open.preview
        ? await this.previewRow(tx, source, row)
        : await this.applyRow(tx, source, row, open.actor, open.started_at);
      outcomes.push({ row: row.row, ...outcome });
    }
    await this.writeSlice(tx, id, outcomes, rows.at(-1)?.row ?? open.cursor, rows.length < SLICE);
    return rows.length === SLICE;
  }

  /** A row says all that its columns say; what it does not say any more is unsaid. It is refused before anything is written. */
  private async applyRow(
    tx: Tx,
    source: Source,
    { key, person }: RowToApply,
    actor: string,
    saidAt: Date,
  ): Promise<RowOutcome> {
    try {
      const told = await this.identities.state(
        tx,
        { actor, door: 'csv' },
        { source, key, person, saidAt, replace: true },
      );
      return told.outcome === 'unresolved'
        ? { outcome: 'rejected', reason: told.reason ?? '' }
        : { outcome: told.outcome };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { outcome: 'rejected', reason: error.message };
    }
  }

  private async previewRow(tx: Tx, source: Source, { key, person }: RowToApply): Promise<RowOutcome> {
    const known = await findRecord(tx, source.id, key);
    if (known === null) return { outcome: 'created' };
    const said = mergeStatement(
      { person: known.attributes, fieldTimes: known.fieldTimes },
      person,
      this.clock.now(),
      true,
    );
    return { outcome: said.changed ? 'changed' : 'unchanged' };
  }

  private async writeSlice(
    tx: Tx,
    id: string,
    outcomes: readonly (RowOutcome & { row: number })[],
    cursor: number,
    done: boolean,
  ): Promise<void> {
    await tx.query(
      `UPDATE import_rows r SET outcome = o.outcome, reason = o.reason FROM jsonb_to_recordset($3) AS o (row int, outcome text, reason text)
       WHERE r.tenant_id = $1 AND r.import_id = $2 AND r.row = o.row`,
      [tx.tenantId, id, JSON.stringify(outcomes)],
    );
    const count = (outcome: RowOutcome['outcome']): number => outcomes.filter((row) => row.outcome === outcome).length;
    await tx.query(
      `UPDATE imports SET cursor = $3, created = created + $4, changed = changed + $5, unchanged = unchanged + $6, rejected = rejected + $7,
         state = CASE WHEN $8 THEN 'done' ELSE state END, done_at = CASE WHEN $8 THEN clock_timestamp() END
       WHERE tenant_id = $1 AND id = $2`,
      [tx.tenantId, id, cursor, count('created'), count('changed'), count('unchanged'), count('rejected'), done],
    );
    if (done) await countMissing(tx, id);
  }
}

/** Managers who are neither in the file nor known: the row is refused, with the number that nobody has. */
async function unknownManagers(
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

async function writeRows(
  tx: Tx,
  id: string,
  rows: readonly PersonRow[],
  rejects: readonly { row: number; reason: string }[],
): Promise<void> {
  const all = [
    ...rows.map((row) => ({ ...row, outcome: null })),
    ...rejects.map((reject) => ({ ...reject, outcome: 'rejected' })),
  ];
  await tx.query(
    `INSERT INTO import_rows (tenant_id, import_id, row, key, person, outcome, reason)
     SELECT $1, $2, r.row, r.key, r.person, r.outcome, r.reason
     FROM jsonb_to_recordset($3) AS r (row int, key text, person jsonb, outcome text, reason text)`,
    [tx.tenantId, id, JSON.stringify(all)],
  );
}

/** Absence is not termination: people whom this file does not name any more are counted, and nothing else. */
async function countMissing(tx: Tx, id: string): Promise<void> {
  await tx.query(
    `UPDATE imports i SET missing = (
       SELECT count(*) FROM source_records r WHERE r.tenant_id = i.tenant_id AND r.source_id = i.source_id AND r.deleted_at IS NULL
         AND NOT EXISTS (SELECT FROM import_rows w WHERE w.tenant_id = i.tenant_id AND w.import_id = i.id AND w.key = r.key))
     WHERE i.tenant_id = $1 AND i.id = $2`,
    [tx.tenantId, id],
  );
}
