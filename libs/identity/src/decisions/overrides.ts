import { Clock, newId, Refusal, type Tx, type ErrorCode } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { Identities } from '../statement/identities.js';
import { lockIdentities, type LockedIdentity } from '../lifecycle/identity-store.js';
import { refuseUnfit } from './links.js';
import { Override, type OverrideState } from '../model/override.entity.js';

export interface OverrideInput {
  readonly state: OverrideState;
  readonly reason: string;
  readonly startsAt?: Date;
  readonly endsAt?: Date;
}

/** An admin's word on a person's state, and people whom nothing but an admin may disable. */
export class Overrides {
  constructor(
    private readonly identities: Identities,
    private readonly clock: Clock,
  ) {}

  /** Sets the state over what sources say; an override that stands is replaced. It acts at once, through the one way of leaving. */
  async set(tx: Tx, by: Actor, identityId: string, input: OverrideInput): Promise<Override> {
    const now = this.clock.now();
    refuseFaulty(input, now);
    const known = await this.locked(tx, identityId);
    if (known.override !== null) await this.end(tx, known.override.id, by.actor);
    const override: Override = {
      tenantId: tx.tenantId,
      id: newId(),
      identityId,
      state: input.state,
      reason: input.reason,
      startsAt: input.startsAt ?? now,
      endsAt: input.endsAt ?? null,
      createdBy: by.actor,
      endedAt: null,
      endedBy: null,
    };
    await tx.repository(Override).insert(override);
    const { state, reason, startsAt, endsAt } = override;
    const cause = await this.tell(tx, by, identityId, 'identity.override_set', { state, reason, startsAt, endsAt });
    await this.identities.settle(tx, { ...by, cause }, identityId);
    return override;
  }

  /** Ends the override: the sources decide again, at once. */
  async lift(tx: Tx, by: Actor, identityId: string, reason: string): Promise<void> {
    const { override } = await this.locked(tx, identityId);
    if (override === null)
      throw new Refusal('no_override', 'No override stands on this identity; its sources decide already.');
    await this.end(tx, override.id, by.actor);
    const cause = await this.tell(tx, by, identityId, 'identity.override_lifted', { overrideId: override.id, reason });
    await this.identities.settle(tx, { ...by, cause }, identityId);
  }

  /** From now on no source, policy or date may disable this person; what they would do becomes a case. */
  async protect(tx: Tx, by: Actor, identityId: string, reason: string): Promise<void> {
    await this.locked(tx, identityId);
    await this.writeProtection(tx, by, identityId, reason, 'identity.protected');
  }

  /** Ends the protection: what sources say takes effect at once. */
  async unprotect(tx: Tx, by: Actor, identityId: string): Promise<void> {
    const known = await this.locked(tx, identityId);
    if (known.protectedReason === null) return;
    await this.writeProtection(tx, by, identityId, null, 'identity.unprotected');
  }

  private async writeProtection(
    tx: Tx,
    by: Actor,
    identityId: string,
    reason: string | null,
    verb: string,
  ): Promise<void> {
    // Access follows from the protection too, so the version is raised whatever the state becomes.
    await tx.query(
      `UPDATE identities SET protected_reason = $3, version = version + 1, changed_fields = '{*}', behind_since = clock_timestamp()
       WHERE tenant_id = $1 AND id = $2`,
      [tx.tenantId, identityId, reason],
    );
    const cause = await this.tell(tx, by, identityId, verb, { reason });
    await this.identities.settle(tx, { ...by, cause }, identityId);
  }

  private async locked(tx: Tx, identityId: string): Promise<LockedIdentity> {
    const [known] = await lockIdentities(tx, [identityId]);
    refuseUnfit(known, identityId);
    return known;
  }

  private async end(tx: Tx, id: string, actor: string): Promise<void> {
    await tx.repository(Override).update({ tenantId: tx.tenantId, id }, { endedAt: this.clock.now(), endedBy: actor });
  }

  private tell(tx: Tx, by: Actor, subjectId: string, verb: string, payload: unknown): Promise<string> {
    return appendFact(tx, by, this.clock.now(), { verb, subjectKind: 'identity', subjectId, payload });
  }
}

function refuseFaulty({ state, reason, startsAt, endsAt }: OverrideInput, now: Date): void {
  const refuse = (code: ErrorCode, words: string): never => {
    throw new Refusal(code, words);
  };
  if (reason.trim() === '') refuse('reason_missing', 'Say why: an override without a reason helps nobody later.');
  if (endsAt !== undefined && endsAt <= (startsAt ?? now))
    refuse('override_ends_early', 'The end of the override must lie after its beginning, and ahead.');
  if (state === 'terminated' && endsAt !== undefined) {
    refuse('termination_ends', 'A termination has no end; suspend the person until then instead, or lift it later.');
  }
  if (state === 'active' && endsAt === undefined) {
    refuse('override_endless', 'Keeping somebody active against the sources needs an end; correct the source by then.');
  }
}
