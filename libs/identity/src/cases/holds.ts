import { newId, Refusal, type Tx } from '@tenure/platform';
import { Hold, type HeldEffect } from './hold.entity.js';

/** The most people that one cause may take something from without a person's word: held when it is more than both. */
export interface EffectLimit {
  readonly people: number;
  /** Of everybody who could be meant, 0 to 100. */
  readonly percent: number;
}

/** Whether an effect is over the limit, and must be held. */
export const isOverLimit = (limit: EffectLimit, { people, of }: Pick<HeldEffect, 'people' | 'of'>): boolean =>
  people > limit.people && people * 100 > limit.percent * of;

export interface HoldInput {
  readonly kind: string;
  readonly subjectId: string;
  readonly reason: string;
  readonly effect: HeldEffect;
  readonly action: Readonly<Record<string, unknown>>;
  readonly heldFor: string;
}

/** Holds a cause. An older hold of the same cause that nobody decided is superseded. Returns the hold's id. */
export async function openHold(tx: Tx, at: Date, input: HoldInput): Promise<string> {
  const { kind, subjectId, reason, effect, action, heldFor } = input;
  await tx.query(
    `UPDATE holds SET state = 'superseded', decided_at = $4 WHERE tenant_id = $1 AND kind = $2 AND subject_id = $3 AND state = 'held'`,
    [tx.tenantId, kind, subjectId, at],
  );
  const id = newId();
  await tx
    .repository(Hold)
    .insert({ tenantId: tx.tenantId, id, kind, subjectId, reason, effect, action, heldFor, heldAt: at });
  return id;
}

/** Takes the decision about a hold, locked; the caller does what was held. Refuses one that was decided before. */
export async function decideHold(
  tx: Tx,
  at: Date,
  id: string,
  decision: { readonly state: 'released' | 'rejected'; readonly by: string; readonly reason: string | null },
): Promise<Hold> {
  await tx.query('SELECT FROM holds WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tx.tenantId, id]);
  const hold = await tx.repository(Hold).findOneBy({ tenantId: tx.tenantId, id });
  if (!hold) throw new Refusal('hold_not_found', `There is no hold with the id ${id}.`);
  if (hold.state !== 'held')
    throw new Refusal('hold_decided', `The hold was ${hold.state} before; nothing is left to decide.`);
  const change = { state: decision.state, decidedAt: at, decidedBy: decision.by, decisionReason: decision.reason };
  await tx.repository(Hold).update({ tenantId: tx.tenantId, id }, change);
  return { ...hold, ...change };
}
