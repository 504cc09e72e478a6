import { Database, newId, Queues, SlicedWork, type Log, type Tx } from '@tenure/platform';
import type { Actor } from '@tenure/journal';
import { Identities } from '../statement/identities.js';
import { Settlement } from './settlement.entity.js';

const SLICE = 100;

/** Settles everybody anew after the tenant's rules changed, then weighs the records that wait; slice by slice, resumable. */
export class Settlements {
  readonly work: SlicedWork;

  constructor(
    database: Database,
    private readonly identities: Identities,
    queues: Queues,
    private readonly log: Log,
  ) {
    this.work = new SlicedWork(database, queues, {
      kind: 'settlement',
      timer: 'settlements',
      open: "SELECT tenant_id, id FROM settlements WHERE done_at IS NULL AND started_at < clock_timestamp() - interval '2 seconds'",
      slice: (tx, id) => this.slice(tx, id),
    });
  }

  /** Starts in the caller's transaction, together with what changed. */
  async everybody(tx: Tx, cause: string): Promise<void> {
    const id = newId();
    await tx.repository(Settlement).insert({ tenantId: tx.tenantId, id, cause });
    this.work.announce(tx, id);
  }

  /** Returns whether there is more. Identities come first: a record that waits then meets people as the new rules see them. */
  private async slice(tx: Tx, id: string): Promise<boolean> {
    const [open] = await tx.query<{ phase: 'identities' | 'records'; cursor: string | null; cause: string | null }>(
      'SELECT phase, cursor, cause FROM settlements WHERE tenant_id = $1 AND id = $2 AND done_at IS NULL FOR UPDATE SKIP LOCKED',
      [tx.tenantId, id],
    );
    if (!open) return false;
    const by: Actor = { actor: 'rules', door: 'admin', ...(open.cause !== null && { cause: open.cause }) };
    const ids =
      open.phase === 'identities' ? await nextIdentities(tx, open.cursor) : await nextRecords(tx, open.cursor);
    for (const each of ids) {
      if (open.phase === 'identities') await this.identities.settle(tx, by, each);
      else await this.identities.retry(tx, by, each, 'keeps waiting');
    }
    const phaseEnds = ids.length < SLICE;
    const ends = phaseEnds && open.phase === 'records';
    await tx.query(
      `UPDATE settlements SET phase = $3, cursor = $4, done_at = CASE WHEN $5 THEN clock_timestamp() END WHERE tenant_id = $1 AND id = $2`,
      [tx.tenantId, id, phaseEnds ? 'records' : open.phase, phaseEnds ? null : (ids.at(-1) ?? null), ends],
    );
    if (ends) this.log.info({ event: 'settlement.done', tenantId: tx.tenantId, settlementId: id });
    return !ends;
  }
}

const nextIdentities = (tx: Tx, after: string | null): Promise<string[]> =>
  next(
    tx,
    "SELECT id FROM identities WHERE tenant_id = $1 AND state <> 'purged' AND ($2::uuid IS NULL OR id > $2)",
    after,
  );

const nextRecords = (tx: Tx, after: string | null): Promise<string[]> =>
  next(
    tx,
    "SELECT id FROM source_records WHERE tenant_id = $1 AND (unresolved IS NOT NULL OR disputed <> '{}') AND ($2::uuid IS NULL OR id > $2)",
    after,
  );

async function next(tx: Tx, sql: string, after: string | null): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(`${sql} ORDER BY id LIMIT ${SLICE}`, [tx.tenantId, after]);
  return rows.map((row) => row.id);
}
