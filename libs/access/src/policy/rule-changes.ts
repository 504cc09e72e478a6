import { Clock, Database, Refusal, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { readSetting } from '@tenure/tenancy';
import { openHold, type HeldEffect, type Hold } from '@tenure/identity';
import { Applications } from '@tenure/applications';
import { ACCESS_SETTINGS_SECTION, readAccessSettings } from '../model/access-settings.js';
import { readEpoch } from '../decide/policy-cache.js';
import { Policy, PolicyVersion } from '../model/policy.entity.js';
import { windowState } from '../decide/policy-window.js';
import { Recomputes } from './recomputes.js';
import type { RuleChange } from '../model/rule-change.js';
import { judgeRuleChange } from './judge-rule-change.js';
import { lockRules } from '../model/rules-lock.js';
import { effectOf, type Simulation } from './simulation.js';
import { Simulations } from './simulations.js';

/** A change that waits for somebody's word, and what it would do. */
export interface Held {
  readonly holdId: string;
  readonly effect: HeldEffect;
}

const TRIES = 5;
/** What a hold of a change of the rules is named after. */
export const RULE_CHANGE_KINDS: readonly string[] = [
  'policy_publish',
  'policy_withdraw',
  'mapping',
] satisfies RuleChange['kind'][];
const WORDS: Readonly<Record<RuleChange['kind'], string>> = {
  policy_publish: 'Publishing this version of the policy',
  policy_withdraw: 'Withdrawing the policy',
  mapping: 'The changed mapping',
};

/** The one way in which rules of access come into force: looked at first, held when they take too much, then carried out. */
export class RuleChanges {
  constructor(
    private readonly database: Database,
    private readonly recomputes: Recomputes,
    private readonly simulations: Simulations,
    private readonly applications: Applications,
    private readonly clock: Clock,
  ) {}

  /**
   * Carries a change out, or holds it. It is simulated outside of the transaction, for that takes long; what was simulated
   * counts only while the rules are the same.
   */
  async carryOut(tenantId: string, by: Actor, change: RuleChange): Promise<Held | null> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const simulation = await this.simulations.ofChange(tenantId, change);
      const done = await this.database.transaction(tenantId, async (tx) => {
        await lockRules(tx);
        if ((await readEpoch(tx)) !== simulation.epoch) return undefined;
        const held = await this.hold(tx, by, change, simulation);
        if (held === null) await this.apply(tx, by, change);
        return held;
      });
      if (done !== undefined) return done;
    }
    throw new Refusal('rules_changing', 'Others are changing policies or mappings right now; try again.');
  }

  /** Puts a change into force in the caller's transaction, whatever its effect. Nothing happens when it is in force. */
  async apply(tx: Tx, by: Actor, change: RuleChange): Promise<void> {
    await lockRules(tx);
    await supersedeHolds(tx, change, this.clock.now());
    if (change.kind === 'policy_publish') return this.publish(tx, by, change);
    if (change.kind === 'policy_withdraw') return this.withdraw(tx, by, change.policyId);
    const { applicationId, mapping, besides } = change;
    const { cause, mappingChanged } = await this.applications.update(tx, by, applicationId, { ...besides, mapping });
    if (mappingChanged) await this.recomputes.begin(tx, cause, { applicationId });
    else await this.recomputes.forget(tx);
  }

  /** Carries out what a hold kept back, once it was decided to release it; the caller has decided the hold. */
  async release(tx: Tx, by: Actor, hold: Hold): Promise<void> {
    if (!RULE_CHANGE_KINDS.includes(hold.kind)) throw new Error(`access holds nothing of the kind ${hold.kind}`);
    await this.apply(tx, by, hold.action as unknown as RuleChange);
  }

  private async hold(tx: Tx, by: Actor, change: RuleChange, simulation: Simulation): Promise<Held | null> {
    const { settings } = readAccessSettings((await readSetting(tx, ACCESS_SETTINGS_SECTION)).value);
    const effect = effectOf(simulation);
    const losing = simulation.losingIn.map(({ applicationId }) => applicationId);
    const accounts = await accountsIn(tx, losing);
    const over = judgeRuleChange(simulation, accounts, settings.publishLimit);
    if (over === null) return null;
    const subjectId = change.kind === 'mapping' ? change.applicationId : change.policyId;
    const reason = `${WORDS[change.kind]} ${over}`;
    const now = this.clock.now();
    const { besides, ...action } = { besides: undefined, ...change };
    if (besides !== undefined && Object.keys(besides).length > 0) {
      await this.applications.update(tx, by, subjectId, besides);
      await this.recomputes.forget(tx);
    }
    const holdId = await openHold(tx, now, { kind: change.kind, subjectId, reason, effect, action, heldFor: by.actor });
    await appendFact(tx, by, now, {
      verb: change.kind === 'mapping' ? 'application.mapping_held' : 'policy.held',
      subjectKind: change.kind === 'mapping' ? 'application' : 'policy',
      subjectId,
      payload: { holdId, reason, action },
    });
    return { holdId, effect };
  }

  private async publish(
    tx: Tx,
    by: Actor,
    { policyId, version }: { policyId: string; version: number },
  ): Promise<void> {
    const found = await tx.repository(PolicyVersion).findOneBy({ tenantId: tx.tenantId, policyId, version });
    const policy = await tx.repository(Policy).findOneBy({ tenantId: tx.tenantId, id: policyId });
    if (!found || !policy) throw new Refusal('policy_not_found', `There is no policy with the id ${policyId}.`);
    if (policy.publishedVersion === version) return;
    const now = this.clock.now();
    const { over, ...state } = windowState(found, now);
    if (over)
      throw new Refusal('policy_window_over', 'The policy’s window is over; give it a later enabledUntil.', [
        { path: 'enabledUntil', message: 'must lie ahead when the policy is published' },
      ]);
    await tx
      .repository(Policy)
      .update({ tenantId: tx.tenantId, id: policyId }, { publishedVersion: version, ...state });
    const { condition, grants } = found;
    const payload = { version, before: policy.publishedVersion, name: policy.name, condition, grants };
    await this.recomputes.begin(tx, await this.tell(tx, by, 'policy.published', policyId, payload), { policyId });
  }

  private async withdraw(tx: Tx, by: Actor, policyId: string): Promise<void> {
    const change = { publishedVersion: null, dormant: false, windowDueAt: null };
    await tx.repository(Policy).update({ tenantId: tx.tenantId, id: policyId }, change);
    await this.recomputes.begin(tx, await this.tell(tx, by, 'policy.withdrawn', policyId, {}), { policyId });
  }

  private tell(tx: Tx, by: Actor, verb: string, subjectId: string, payload: object): Promise<string> {
    return appendFact(tx, by, this.clock.now(), { verb, subjectKind: 'policy', subjectId, payload });
  }
}

/** What was held of the same policy or application is no more what anybody wants: releasing it later would undo this. */
async function supersedeHolds(tx: Tx, change: RuleChange, now: Date): Promise<void> {
  await tx.query(
    `UPDATE holds SET state = 'superseded', decided_at = $4
     WHERE tenant_id = $1 AND subject_id = $2 AND kind = ANY($3) AND state = 'held'`,
    [tx.tenantId, change.kind === 'mapping' ? change.applicationId : change.policyId, RULE_CHANGE_KINDS, now],
  );
}

/** How many enabled accounts each of the applications has. */
async function accountsIn(tx: Tx, applicationIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.query<{ id: string; n: number }>(
    `SELECT application_id AS id, count(*)::int AS n FROM accounts
     WHERE tenant_id = $1 AND application_id = ANY($2) AND desired ->> 'enabled' = 'true' GROUP BY 1`,
    [tx.tenantId, applicationIds],
  );
  return new Map(rows.map(({ id, n }) => [id, n]));
}
