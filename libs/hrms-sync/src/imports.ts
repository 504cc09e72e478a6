import { Clock, Database, newId, Queues, Refusal, SlicedWork, type Tx } from '@tenure/platform';
import { Absences, assertSpeaks, getSource, supersedeEmptied, type Hold } from '@tenure/identity';
import { appendFact, type Actor } from '@tenure/journal';
import { RowApplier } from './apply-rows.js';
import { Import } from './import.entity.js';
import { noteDecided, reopenRows, rowsAfter, unknownManagers, writeOutcomes, writeRows } from './import-rows.js';
import { countMissing, listedAfter } from './missing-people.js';
import { parseCsv } from './parse-csv.js';
import { readPeople } from './read-people.js';
import { holdStrangeList } from './strange-list.js';

/** How a file is to be taken. */
export interface ImportOptions {
  readonly preview: boolean;
  /** `full`: it names everybody, and who is not in it is missing. */
  readonly scope: 'full' | 'partial';
}

interface OpenImport {
  id: string;
  cursor: number;
  source_id: string;
  preview: boolean;
  scope: ImportOptions['scope'];
  state: 'running' | 'marking';
  actor: string;
  started_at: Date;
  missing: number | null;
  hold_id: string | null;
  marked_to: string;
}

const SLICE = 50;
/** Larger, for most who are marked cost one update; it is the look for them that costs. */
const MARK_SLICE = 200;

/** Files of people: read and checked at once, applied slice by slice, resumable by the cursor. */
export class Imports {
  readonly work: SlicedWork;

  constructor(
    private readonly database: Database,
    private readonly rows: RowApplier,
    private readonly absences: Absences,
    queues: Queues,
    private readonly clock: Clock,
  ) {
    this.work = new SlicedWork(database, queues, {
      kind: 'import',
      timer: 'imports',
      open: "SELECT tenant_id, id FROM imports WHERE state NOT IN ('held', 'done') AND started_at < clock_timestamp() - interval '2 seconds'",
      slice: (tx, id) => this.slice(tx, id),
    });
  }

  /** Keeps every row of the file with what is wrong with it, and starts to apply the good ones (or to preview them). */
  async begin(tenantId: string, by: Actor, sourceId: string, file: Buffer, options: ImportOptions): Promise<string> {
    const source = await this.database.transaction(tenantId, (tx) => getSource(tx, sourceId, 'csv'));
    assertSpeaks(source);
    const read = readPeople(parseCsv(file), source.mapping);
    const id = newId();
    await this.database.transaction(tenantId, async (tx) => {
      const rejects = [...read.rejects, ...(await unknownManagers(tx, read.managers, read.keys))];
      await tx.repository(Import).insert({
        tenantId,
        id,
        sourceId,
        ...options,
        actor: by.actor,
        total: new Set([...read.rows, ...rejects].map(({ row }) => row)).size,
        rejected: new Set(rejects.map(({ row }) => row)).size,
      });
      await writeRows(tx, id, read.rows, rejects);
      const asks = options.scope === 'full' && !options.preview;
      const list = { importId: id, sourceId, keys: new Set(read.rows.map(({ key }) => key)) };
      const holdId = asks ? await holdStrangeList(tx, by, this.clock.now(), list) : null;
      if (holdId === null) this.work.announce(tx, id);
      else await tx.repository(Import).update({ tenantId, id }, { state: 'held', holdId });
    });
    return id;
  }

  /** After the decision about a held list, in its transaction: released, it acts; rejected, none of its rows does. */
  async decided(tx: Tx, { state, subjectId: id }: Hold): Promise<void> {
    const { tenantId } = tx;
    if (state === 'released') {
      await tx.repository(Import).update({ tenantId, id, state: 'held' }, { state: 'running', holdId: null });
      this.work.announce(tx, id);
      return;
    }
    const reason = 'the list was held and rejected';
    const rows = await tx.query(
      "UPDATE import_rows SET outcome = 'rejected', reason = $3 WHERE tenant_id = $1 AND import_id = $2 AND outcome IS NULL RETURNING row",
      [tenantId, id, reason],
    );
    await tx.query(
      "UPDATE imports SET state = 'done', done_at = clock_timestamp(), rejected = rejected + $3 WHERE tenant_id = $1 AND id = $2 AND state = 'held'",
      [tenantId, id, rows.length],
    );
  }

  /** Applies again the rows that were rejected although they could be read. Returns how many. */
  async retry(tenantId: string, by: Actor, id: string): Promise<{ retried: number }> {
    return this.database.transaction(tenantId, async (tx) => {
      await tx.query('SELECT FROM imports WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tenantId, id]);
      const found = await tx.repository(Import).findOneBy({ tenantId, id });
      if (!found) throw new Refusal('import_not_found', `There is no import with the id ${id}.`);
      if (found.preview) throw new Refusal('import_is_preview', 'A preview applies nothing; send the file without it.');
      if (found.state !== 'done')
        throw new Refusal('import_running', 'The import is not done yet; ask again in a moment.');
      if (found.rowsDeletedAt !== null)
        throw new Refusal('import_rows_deleted', 'Its rows were deleted 30 days after its end; send the file again.');
      const rows = await reopenRows(tx, id);
      if (rows === 0)
        throw new Refusal(
          'import_nothing_to_retry',
          'No row was rejected that could be read; correct the file and send it again.',
        );
      await tx
        .repository(Import)
        .update({ tenantId, id }, { state: 'running', cursor: 0, rejected: found.rejected - rows, doneAt: null });
      const payload = { rows };
      const fact = { verb: 'import.retried', subjectKind: 'import', subjectId: id, payload } as const;
      await appendFact(tx, by, this.clock.now(), fact);
      this.work.announce(tx, id);
      return { retried: rows };
    });
  }

  /** Returns whether there is more. Whoever holds the import's row works on it; others leave it. */
  private async slice(tx: Tx, id: string): Promise<boolean> {
    const [open] = await tx.query<OpenImport>(
      `SELECT id, cursor, source_id, preview, scope, state, actor, started_at, missing, hold_id, marked_to FROM imports
       WHERE tenant_id = $1 AND id = $2 AND state NOT IN ('held', 'done') FOR UPDATE SKIP LOCKED`,
      [tx.tenantId, id],
    );
    if (!open) return false;
    return open.state === 'running' ? this.applySlice(tx, open) : this.markSlice(tx, open);
  }

  private async applySlice(tx: Tx, open: OpenImport): Promise<boolean> {
    const { id, preview } = open;
    const source = await getSource(tx, open.source_id);
    const rows = await rowsAfter(tx, id, open.cursor, SLICE);
    const outcomes =
      source.retiredAt !== null
        ? rows.map(({ row }) => ({ row, outcome: 'rejected' as const, reason: 'the source was retired' }))
        : preview
          ? await this.rows.preview(tx, source, rows)
          : await this.rows.apply(tx, actorOf(open), source, rows, open.started_at);
    await writeOutcomes(tx, id, outcomes, rows.at(-1)?.place ?? open.cursor);
    if (rows.length === SLICE) return true;
    if (!preview) await noteDecided(tx, id, open.started_at);
    // Judged once: rows that are tried again say nothing new about who is missing.
    return open.missing === null ? this.judge(tx, open, source.retiredAt !== null) : this.finish(tx, open);
  }

  /** All rows are said. Decides about everybody who is missing, before the first of them is marked. */
  private async judge(tx: Tx, open: OpenImport, isRetired: boolean): Promise<boolean> {
    const { id, preview, scope, source_id: sourceId } = open;
    const { missing, newly, of, sample, unreadable, outdated } = await countMissing(tx, id);
    const marks = scope === 'full' && !preview && !isRetired && !outdated;
    const counted = { importId: id, sourceId, people: newly, of, sample, unreadable };
    const holdId = marks ? await this.absences.judge(tx, actorOf(open), counted) : null;
    await tx.repository(Import).update({ tenantId: tx.tenantId, id }, { missing, holdId });
    if (!marks) return this.finish(tx, open);
    await tx.repository(Import).update({ tenantId: tx.tenantId, id }, { state: 'marking' });
    return true;
  }

  /** Who is missing is marked, and who is named again is not any more. */
  private async markSlice(tx: Tx, open: OpenImport): Promise<boolean> {
    const { id } = open;
    const { records, lastKey } = await listedAfter(tx, id, open.marked_to, MARK_SLICE);
    await this.absences.mark(tx, actorOf(open), id, open.hold_id, records);
    if (lastKey === null) return this.finish(tx, open);
    await tx.repository(Import).update({ tenantId: tx.tenantId, id }, { markedTo: lastKey });
    return true;
  }

  private async finish(tx: Tx, { id, source_id: sourceId, preview }: OpenImport): Promise<false> {
    if (!preview) await supersedeEmptied(tx, this.clock.now(), sourceId);
    await tx.query("UPDATE imports SET state = 'done', done_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2", [
      tx.tenantId,
      id,
    ]);
    return false;
  }
}

const actorOf = ({ actor }: OpenImport): Actor => ({ actor, door: 'csv' });
