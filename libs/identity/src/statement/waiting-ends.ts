import type { Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import type { Person } from '../model/person.js';
import { UNKNOWN_END } from './unknown-end.js';

/** An end that came before its hire: it is kept among the scheduled statements, as failed with `UNKNOWN_END`. */
interface WaitingEnd {
  readonly id: string;
  readonly person: Person;
  readonly effectiveAt: Date;
  readonly by: Actor;
}

type SettledState = 'applied' | 'cancelled' | 'failed';

/** Sources that schedule statements; no other says an end of a number that nobody has. */
const SCHEDULES: ReadonlySet<string> = new Set(['hrms', 'csv']);

/** The ends that wait for the first record of this key, in the order in which they take effect. The record is locked. */
export async function waitingEnds(
  tx: Tx,
  source: { readonly id: string; readonly kind: string },
  key: string,
): Promise<WaitingEnd[]> {
  if (!SCHEDULES.has(source.kind)) return [];
  const rows = await tx.query<Omit<WaitingEnd, 'by'> & Actor>(
    `SELECT id, person, effective_at AS "effectiveAt", actor, door FROM scheduled_statements
     WHERE tenant_id = $1 AND source_id = $2 AND key = $3 AND state = 'failed' AND reason = $4
     ORDER BY effective_at, received_at FOR UPDATE`,
    [tx.tenantId, source.id, key, UNKNOWN_END],
  );
  return rows.map(({ actor, door, ...end }) => ({ ...end, by: { actor, door } }));
}

/** Records what became of a scheduled statement. */
export async function settleScheduled(
  tx: Tx,
  by: Actor,
  now: Date,
  { id, state, reason }: { readonly id: string; readonly state: SettledState; readonly reason: string | null },
): Promise<void> {
  await tx.query(
    'UPDATE scheduled_statements SET state = $3, reason = $4, settled_at = $5 WHERE tenant_id = $1 AND id = $2',
    [tx.tenantId, id, state, reason, now],
  );
  const verb = `scheduled_change.${state}`;
  await appendFact(tx, by, now, { verb, subjectKind: 'scheduled_change', subjectId: id, payload: { reason } });
}
