import type { Tx } from '@tenure/platform';
import { Absences, Retirements, type Hold } from '@tenure/identity';
import { RULE_CHANGE_KINDS, RuleChanges } from '@tenure/access';
import { Imports } from '@tenure/hrms-sync';
import type { Actor } from '@tenure/journal';

/** Every kind of hold. */
export const HELD_KINDS = ['absence', 'import', 'source_retire', ...RULE_CHANGE_KINDS];

/** Carries out, or lets fall, what a hold kept back: each kind by the lib that held it. */
export class HeldCauses {
  constructor(
    private readonly absences: Absences,
    private readonly retirements: Retirements,
    private readonly imports: Imports,
    private readonly rules: RuleChanges,
  ) {}

  /** In the transaction of the decision. */
  async decided(tx: Tx, by: Actor, hold: Hold): Promise<void> {
    switch (hold.kind) {
      case 'absence':
        return this.absences.decided(tx, hold);
      case 'import':
        return this.imports.decided(tx, hold);
      case 'source_retire':
        return this.retirements.decided(tx, by, hold);
      default:
        // Rules that are rejected stay as they are.
        if (hold.state === 'released') await this.rules.release(tx, by, hold);
    }
  }
}
