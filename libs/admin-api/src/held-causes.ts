import type { Tx } from '@tenure/platform';
import { Absences, Retirements, type Hold } from '@tenure/identity';
import { RuleChanges } from '@tenure/access';
import { appendFact, type Actor } from '@tenure/journal';

/** Carries out, or lets fall, what a hold kept back: each kind by the lib that held it. */
export class HeldCauses {
  constructor(
    private readonly absences: Absences,
    private readonly retirements: Retirements,
    private readonly rules: RuleChanges,
  ) {}

  /** In the transaction of the decision. */
  async decided(tx: Tx, by: Actor, hold: Hold): Promise<void> {
    switch (hold.kind) {
      case 'absence':
        return this.absences.decided(tx, by, hold);
      case 'source_retire':
        return this.retirements.decided(tx, by, hold);
      default:
        return hold.state === 'released' ? this.rules.release(tx, by, hold) : rejectChange(tx, by, hold);
    }
  }
}

/** The rules stay as they are: only that it was said is kept. */
async function rejectChange(
  tx: Tx,
  by: Actor,
  { id, kind, subjectId, decidedAt, decisionReason }: Hold,
): Promise<void> {
  const subjectKind = kind === 'mapping' ? 'application' : 'policy';
  const payload = { holdId: id, kind, reason: decisionReason };
  const fact = { verb: `${subjectKind}.hold_rejected`, subjectKind, subjectId, payload } as const;
  await appendFact(tx, by, decidedAt ?? new Date(), fact);
}
