import type { Tx } from '@tenure/platform';
import { Absences, Retirements, type Hold } from '@tenure/identity';
import type { Actor } from '@tenure/journal';

/** Carries out, or lets fall, what a hold kept back: each kind by the lib that held it. */
export class HeldCauses {
  constructor(
    private readonly absences: Absences,
    private readonly retirements: Retirements,
  ) {}

  /** In the transaction of the decision. */
  async decided(tx: Tx, by: Actor, hold: Hold): Promise<void> {
    switch (hold.kind) {
      case 'absence':
        return this.absences.decided(tx, by, hold);
      case 'source_retire':
        return this.retirements.decided(tx, by, hold);
      default:
        throw new Error(`nobody carries out what a hold of the kind ${hold.kind} kept back`);
    }
  }
}
