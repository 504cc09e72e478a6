import { Clock, Database, Queues, Refusal, SlicedWork, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { absenceRule } from './absences.js';
import type { HeldEffect, Hold } from '../cases/hold.entity.js';
import { isOverLimit, openHold } from '../cases/holds.js';
import { Identities } from '../statement/identities.js';
import { lockIdentities } from '../lifecycle/identity-store.js';
import type { Source } from '../model/source.entity.js';

/** `keep`: its last words stay. `release`: they count no more, and what other sources say takes their place. */
export type RetirePeople = 'keep' | 'release';

export interface Retirement {
  readonly retiredAt: Date;
  readonly people: RetirePeople | 'held';
  /** People whom no other source holds, and who would therefore leave. */
  readonly leaving: number;
  readonly holdId?: string;
}

interface LockedSource {
  retired_at: Date | null;
  retire_people: Retirement['people'] | null;
  released_to: string | null;
  released_at: Date | null;
}

const SLICE = 50;
const SAMPLE = 20;

/** Refuses a source that may say nothing any more. */
export function assertSpeaks({ name, retiredAt }: Pick<Source, 'name' | 'retiredAt'>): void {
  if (retiredAt === null) return;
  throw new Refusal(
    'source_retired',
    `The source "${name}" was retired at ${retiredAt.toISOString()} and says nothing any more; make a new source.`,
  );
}

/** Takes sources out of service. The identities stay the same: what changes is where their values come from. */
export class Retirements {
  readonly work: SlicedWork;

  constructor(
    database: Database,
    private readonly identities: Identities,
    queues: Queues,
    private readonly clock: Clock,
  ) {
    this.work = new SlicedWork(database, queues, {
      kind: 'retire',
      timer: 'retirements',
      open: "SELECT tenant_id, id FROM sources WHERE retire_people = 'release' AND released_at IS NULL",
      slice: (tx, id) => this.slice(tx, id),
    });
  }

  /** From the commit on the source says nothing. A source whose people were kept can be released later. */
  async retire(tx: Tx, by: Actor, id: string, people: RetirePeople, reason: string): Promise<Retirement> {
    const now = this.clock.now();
    const source = await lockSource(tx, id);
    if (source.retired_at !== null && !(source.retire_people === 'keep' && people === 'release'))
      throw new Refusal('source_already_retired', 'The source was retired before; nothing is left to do.');
    const effect = await effectOf(tx, id);
    const { limit } = await absenceRule(tx);
    const isHeld = people === 'release' && isOverLimit(limit, effect);
    const becomes = isHeld ? 'held' : people;
    const retiredAt = source.retired_at ?? now;
    await tx.query('UPDATE sources SET retired_at = $3, retire_people = $4 WHERE tenant_id = $1 AND id = $2', [
      tx.tenantId,
      id,
      retiredAt,
      becomes,
    ]);
    await cancelScheduled(tx, id, now);
    const payload = { people, reason, leaving: effect.people };
    await appendFact(tx, by, now, { verb: 'source.retired', subjectKind: 'source', subjectId: id, payload });
    if (becomes === 'release') this.work.announce(tx, id);
    const holdId = isHeld ? await this.hold(tx, by, id, effect) : undefined;
    return { retiredAt, people: becomes, leaving: effect.people, ...(holdId !== undefined && { holdId }) };
  }

  /** After the decision about a hold, in its transaction: released, its people are; rejected, they are kept. */
  async decided(tx: Tx, by: Actor, hold: Hold): Promise<void> {
    const people: RetirePeople = hold.state === 'released' ? 'release' : 'keep';
    const id = hold.subjectId;
    await lockSource(tx, id);
    await tx.query('UPDATE sources SET retire_people = $3 WHERE tenant_id = $1 AND id = $2', [tx.tenantId, id, people]);
    const fact = { verb: 'source.people_decided', subjectKind: 'source', subjectId: id, payload: { people } } as const;
    await appendFact(tx, by, this.clock.now(), fact);
    if (people === 'release') this.work.announce(tx, id);
  }

  private hold(tx: Tx, by: Actor, id: string, effect: HeldEffect): Promise<string> {
    const reason = `${effect.people} of ${effect.of} people are known from this source alone and would leave.`;
    const action = { sourceId: id };
    return openHold(tx, this.clock.now(), {
      kind: 'source_retire',
      subjectId: id,
      reason,
      effect,
      action,
      heldFor: by.actor,
    });
  }

  /** Returns whether there is more. Whoever holds the source's row works on it. */
  private async slice(tx: Tx, id: string): Promise<boolean> {
    const [source] = await tx.query<Pick<LockedSource, 'released_to'>>(
      `SELECT released_to FROM sources WHERE tenant_id = $1 AND id = $2 AND retire_people = 'release' AND released_at IS NULL
       FOR UPDATE SKIP LOCKED`,
      [tx.tenantId, id],
    );
    if (!source) return false;
    const now = this.clock.now();
    const rows = await tx.query<{ id: string; key: string; identity_id: string | null }>(
      `SELECT id, key, identity_id FROM source_records WHERE tenant_id = $1 AND source_id = $2 AND deleted_at IS NULL
         AND ($3::text IS NULL OR key > $3) ORDER BY key LIMIT $4`,
      [tx.tenantId, id, source.released_to, SLICE],
    );
    const identityIds = new Set(rows.flatMap(({ identity_id }) => (identity_id === null ? [] : [identity_id])));
    const identities = await lockIdentities(tx, [...identityIds]);
    await tx.query(
      `UPDATE source_records SET deleted_at = $3, updated_at = $3, version = version + 1, missing_since = NULL, missing_hold = NULL
       WHERE tenant_id = $1 AND id = ANY($2)`,
      [tx.tenantId, rows.map((row) => row.id), now],
    );
    for (const identity of identities)
      await this.identities.settle(tx, { actor: `source:${id}`, door: 'admin' }, identity.id);
    const isDone = rows.length < SLICE;
    await tx.query(
      'UPDATE sources SET released_to = coalesce($3, released_to), released_at = $4 WHERE tenant_id = $1 AND id = $2',
      [tx.tenantId, id, rows.at(-1)?.key ?? null, isDone ? now : null],
    );
    return !isDone;
  }
}

async function lockSource(tx: Tx, id: string): Promise<LockedSource> {
  const [source] = await tx.query<LockedSource>(
    'SELECT retired_at, retire_people, released_to, released_at FROM sources WHERE tenant_id = $1 AND id = $2 FOR UPDATE',
    [tx.tenantId, id],
  );
  if (!source) throw new Refusal('source_not_found', `There is no source with the id ${id}.`);
  return source;
}

/** People who are held by this source and by no other, and so would leave with it. */
async function effectOf(tx: Tx, sourceId: string): Promise<HeldEffect> {
  const [row] = await tx.query<{ of: number; people: number; sample: string[] | null }>(
    `WITH held AS (
       SELECT DISTINCT r.identity_id FROM source_records r JOIN identities i ON i.tenant_id = r.tenant_id AND i.id = r.identity_id
       WHERE r.tenant_id = $1 AND r.source_id = $2 AND r.deleted_at IS NULL AND i.state NOT IN ('terminated', 'purged')),
     alone AS (
       SELECT identity_id FROM held WHERE NOT EXISTS (
         SELECT FROM source_records o JOIN sources s ON s.tenant_id = o.tenant_id AND s.id = o.source_id AND s.kind <> 'saml'
         WHERE o.tenant_id = $1 AND o.identity_id = held.identity_id AND o.source_id <> $2 AND o.deleted_at IS NULL AND NOT o.corrects))
     SELECT (SELECT count(*)::int FROM held) AS of, (SELECT count(*)::int FROM alone) AS people,
       (SELECT array_agg(identity_id) FROM (SELECT identity_id FROM alone ORDER BY identity_id LIMIT $3) first) AS sample`,
    [tx.tenantId, sourceId, SAMPLE],
  );
  return { people: row?.people ?? 0, of: row?.of ?? 0, sample: row?.sample ?? [] };
}

async function cancelScheduled(tx: Tx, sourceId: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE scheduled_statements SET state = 'cancelled', reason = 'its source was retired', settled_at = $3
     WHERE tenant_id = $1 AND source_id = $2 AND state = 'due'`,
    [tx.tenantId, sourceId, now],
  );
}
