import { Clock, Database, Queues, SlicedWork, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { judgeAbsence, type AbsenceFacts } from './absences-judge.js';
import type { Hold } from '../cases/hold.entity.js';
import { openHold } from '../cases/holds.js';
import { Identities } from '../statement/identities.js';
import type { AbsenceRule } from '../rules/identity-settings.js';
import { lockIdentities } from '../lifecycle/identity-store.js';
import { readRules } from '../rules/rule-cache.js';

/** A full list of a source, and whom it misses. */
export interface MissingPeople extends AbsenceFacts {
  readonly importId: string;
  readonly sourceId: string;
  readonly sample: readonly string[];
}

/** One record that a full list names again, or does not name any more. */
export interface ListedRecord {
  readonly recordId: string;
  readonly identityId: string | null;
  readonly named: boolean;
}

interface HeldRecord {
  id: string;
  identity_id: string | null;
}

const SLICE = 50;

/** Absence is not termination: who is missing in a full list is marked, and acts after a grace, and not while it is held. */
export class Absences {
  /** Carries out decisions about holds; the records themselves tell what is left. */
  readonly work: SlicedWork;

  constructor(
    database: Database,
    private readonly identities: Identities,
    queues: Queues,
    private readonly clock: Clock,
  ) {
    this.work = new SlicedWork(database, queues, {
      kind: 'absence',
      timer: 'absences',
      open: `SELECT h.tenant_id, h.id FROM holds h WHERE h.kind = 'absence' AND h.state IN ('released', 'rejected')
        AND EXISTS (SELECT FROM source_records r WHERE r.tenant_id = h.tenant_id AND r.missing_hold = h.id)`,
      slice: (tx, id) => this.slice(tx, id),
    });
  }

  /** Decides about a whole list before anybody is marked. Returns the hold that they are marked under, if any. */
  async judge(tx: Tx, by: Actor, missing: MissingPeople): Promise<string | null> {
    const { limit } = await absenceRule(tx);
    const reason = judgeAbsence(missing, limit);
    if (reason === null) return null;
    const now = this.clock.now();
    const { importId, sourceId, people, of, sample, unreadable } = missing;
    const held = { kind: 'absence', subjectId: importId, reason, heldFor: by.actor } as const;
    const holdId = await openHold(tx, now, {
      ...held,
      effect: { people, of, sample, unreadable },
      action: { sourceId, importId },
    });
    const payload = { holdId, reason, people, of };
    await appendFact(tx, by, now, { verb: 'import.held', subjectKind: 'import', subjectId: importId, payload });
    return holdId;
  }

  /** Marks a slice of a list, in the transaction that moves its cursor; whom it changes is settled. */
  async mark(
    tx: Tx,
    by: Actor,
    importId: string,
    holdId: string | null,
    records: readonly ListedRecord[],
  ): Promise<void> {
    if (records.length === 0) return;
    const now = this.clock.now();
    const settled = records.filter(({ named }) => named || holdId === null);
    const identityIds = await lockOf(tx, settled);
    await tx.query(
      `UPDATE source_records r SET missing_since = CASE WHEN n.named THEN NULL ELSE $3::timestamptz END,
         missing_hold = CASE WHEN n.named THEN NULL ELSE $4::uuid END
       FROM jsonb_to_recordset($2) AS n ("recordId" uuid, named boolean) WHERE r.tenant_id = $1 AND r.id = n."recordId"`,
      [tx.tenantId, JSON.stringify(records), now, holdId],
    );
    const idsOf = (named: boolean): string[] => records.filter((one) => one.named === named).map((one) => one.recordId);
    const payload = { missing: idsOf(false), named: idsOf(true), holdId };
    const fact = { verb: 'import.absences_marked', subjectKind: 'import', subjectId: importId, payload } as const;
    const cause = await appendFact(tx, by, now, fact);
    const missing = records.flatMap(({ named, identityId }) => (named || identityId === null ? [] : [identityId]));
    // Whom the list names under a new number is not missing: that is decided before an absence acts.
    await this.identities.retryWaitingFor(tx, { ...by, cause }, missing);
    for (const id of identityIds) await this.identities.settle(tx, { ...by, cause }, id);
  }

  /** After the decision about a hold, in its transaction: released, its people's grace counts; rejected, nobody was missing. */
  decided(tx: Tx, { id }: Hold): void {
    this.work.announce(tx, id);
  }

  /** Returns whether there is more. Whoever holds the hold's row works on it. */
  private async slice(tx: Tx, holdId: string): Promise<boolean> {
    const [hold] = await tx.query<{ state: string; decided_by: string | null }>(
      `SELECT state, decided_by FROM holds WHERE tenant_id = $1 AND id = $2 AND state IN ('released', 'rejected') FOR UPDATE SKIP LOCKED`,
      [tx.tenantId, holdId],
    );
    if (!hold) return false;
    const rows = await tx.query<HeldRecord>(
      'SELECT id, identity_id FROM source_records WHERE tenant_id = $1 AND missing_hold = $2 ORDER BY id LIMIT $3',
      [tx.tenantId, holdId, SLICE],
    );
    const released = hold.state === 'released';
    // What is held has no effect, so a rejection changes nobody.
    const identityIds = released
      ? await lockOf(
          tx,
          rows.map(({ identity_id }) => ({ identityId: identity_id })),
        )
      : [];
    await tx.query(
      `UPDATE source_records SET missing_hold = NULL, missing_since = CASE WHEN $4 THEN missing_since END
       WHERE tenant_id = $1 AND missing_hold = $2 AND id = ANY($3)`,
      [tx.tenantId, holdId, rows.map(({ id }) => id), released],
    );
    const by: Actor = { actor: hold.decided_by ?? 'clock', door: 'admin' };
    for (const id of identityIds) await this.identities.settle(tx, by, id);
    return rows.length === SLICE;
  }
}

/** Holds of a source's absences in which nobody is left, because later lists name them again, wait for nobody. */
export async function supersedeEmptied(tx: Tx, at: Date, sourceId: string): Promise<void> {
  await tx.query(
    `UPDATE holds h SET state = 'superseded', decided_at = $3 WHERE h.tenant_id = $1 AND h.kind = 'absence' AND h.state = 'held'
       AND h.action ->> 'sourceId' = $2
       AND NOT EXISTS (SELECT FROM source_records r WHERE r.tenant_id = h.tenant_id AND r.missing_hold = h.id)`,
    [tx.tenantId, sourceId, at],
  );
}

/** Locked before their records are written, as statements do: two ways through the same rows would wait for each other. */
async function lockOf(tx: Tx, records: readonly Pick<ListedRecord, 'identityId'>[]): Promise<string[]> {
  const ids = new Set(records.flatMap(({ identityId }) => (identityId === null ? [] : [identityId])));
  return (await lockIdentities(tx, [...ids])).map(({ id }) => id);
}

/** The tenant's rule of absence, with the defaults where it says nothing. */
export const absenceRule = async (tx: Tx): Promise<AbsenceRule> => (await readRules(tx)).settings.absence;
