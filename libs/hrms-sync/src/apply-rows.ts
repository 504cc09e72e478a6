import { Clock, Refusal, type Tx } from '@tenure/platform';
import {
  ERASED,
  findRecord,
  Identities,
  mergeStatement,
  momentOf,
  needsZone,
  Schedules,
  waits,
  zonesOf,
  type Source,
} from '@tenure/identity';
import type { Actor } from '@tenure/journal';
import type { RowOutcome, RowToApply } from './import-rows.js';

type Outcome = RowOutcome & { readonly row: number };

const DEFAULT_ZONE = 'UTC';

/** Says the rows of a file, one slice at a time; what takes effect later waits. */
export class RowApplier {
  constructor(
    private readonly identities: Identities,
    private readonly schedules: Schedules,
    private readonly clock: Clock,
  ) {}

  /** A row says all that its columns say; what it does not say any more is unsaid. It is refused before anything is written. */
  async apply(
    tx: Tx,
    by: Actor,
    source: Source,
    rows: readonly RowToApply[],
    saidAt: Date,
  ): Promise<readonly Outcome[]> {
    const later = await this.later(tx, source, rows);
    // A file that speaks of later days and says nothing of the kind of somebody, takes back what an earlier one said.
    const now = rows.filter(({ row, effective }) => effective !== null && !later.has(row)).map(({ key }) => key);
    if (now.length > 0) await this.schedules.withdraw(tx, by, source.id, now);
    const outcomes: Outcome[] = [];
    for (const row of rows)
      outcomes.push({ row: row.row, ...(await this.applyOne(tx, by, source, row, later.get(row.row), saidAt)) });
    return outcomes;
  }

  /** What `apply` would come to, without a write. */
  async preview(tx: Tx, source: Source, rows: readonly RowToApply[]): Promise<readonly Outcome[]> {
    const later = await this.later(tx, source, rows);
    const outcomes: Outcome[] = [];
    for (const row of rows) {
      const outcome = later.has(row.row) ? 'scheduled' : await this.previewOne(tx, source, row);
      outcomes.push({ row: row.row, outcome });
    }
    return outcomes;
  }

  /** When the rows take effect that lie ahead, by row; a day begins where the person is. */
  private async later(tx: Tx, source: Source, rows: readonly RowToApply[]): Promise<ReadonlyMap<number, Date>> {
    const dated = rows.filter(({ effective }) => effective !== null && effective !== '');
    const asking = dated.filter(({ effective, person }) => needsZone(effective ?? '') && !person.timeZone);
    const zones = await zonesOf(
      tx,
      source.id,
      asking.map(({ key }) => key),
    );
    const moments = dated.map(({ row, key, effective, person }): [number, Date] => [
      row,
      momentOf(effective ?? '', person.timeZone ?? zones.get(key) ?? DEFAULT_ZONE),
    ]);
    const now = this.clock.now();
    return new Map(moments.filter(([, at]) => waits(at, now)));
  }

  private async applyOne(
    tx: Tx,
    by: Actor,
    source: Source,
    { key, person }: RowToApply,
    effectiveAt: Date | undefined,
    saidAt: Date,
  ): Promise<RowOutcome> {
    try {
      if (effectiveAt !== undefined)
        return { outcome: (await this.schedules.schedule(tx, by, { source, key, person, effectiveAt })).outcome };
      const told = await this.identities.state(tx, by, { source, key, person, saidAt, replace: true });
      return told.outcome === 'unresolved'
        ? { outcome: 'rejected', reason: told.reason ?? '' }
        : { outcome: told.outcome };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { outcome: 'rejected', reason: error.message, ...(error.code === ERASED && { erased: true }) };
    }
  }

  private async previewOne(tx: Tx, source: Source, { key, person }: RowToApply): Promise<RowOutcome['outcome']> {
    const known = await findRecord(tx, source.id, key);
    if (known === null) return 'created';
    const before = { person: known.attributes, fieldTimes: known.fieldTimes };
    return mergeStatement(before, person, this.clock.now(), true).changed ? 'changed' : 'unchanged';
  }
}
