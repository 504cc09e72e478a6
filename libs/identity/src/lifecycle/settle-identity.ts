import { Clock, newId, sameJson, type Tx } from '@tenure/platform';
import {
  appendFact,
  LifecycleEvents,
  tellSessionsEnded,
  type Actor,
  type Fact,
  type LifecycleEvent,
} from '@tenure/journal';
import { endSessionsOf } from '@tenure/tenancy';
import { closeCases, openCase } from '../cases/cases.js';
import { customKeys, writeKeys } from '../correlation/correlation-store.js';
import { reactionTo } from '../correlation/correlate.js';
import { decideIdentity, type IdentityDecision } from './decide-identity.js';
import type { Identity } from '../model/identity.entity.js';
import { forgetPerson } from './forget-person.js';
import { lockIdentities, writeIdentity, writeIsManager, type LockedIdentity } from './identity-store.js';
import { findManager, hasReports, makeDue, managerNames } from './manager-store.js';
import {
  claimantsAffected,
  keepCircleCase,
  lookForCircle,
  managersAffected,
  othersInCircle,
  type ChangedIdentity,
} from './managers.js';
import { mergePerson } from '../merge/merge-person.js';
import type { Statement } from '../model/statement.js';
import type { Lineage, LifecycleState, Person, PersonField } from '../model/person.js';
import { statementsOf } from '../record/record-store.js';
import type { RuleCache, TenantRules } from '../rules/rule-cache.js';
import type { SourceKind } from '../model/source.entity.js';

/** Nobody in these states is signed in. */
const SHUT_OUT: { readonly [State in LifecycleState]?: State & ('staged' | 'suspended' | 'terminated' | 'purged') } = {
  staged: 'staged',
  suspended: 'suspended',
  terminated: 'terminated',
  purged: 'purged',
};

/** One identity, and everything that its new values follow from. */
interface Subject {
  readonly id: string;
  readonly known: LockedIdentity | null;
  readonly said: readonly Statement[];
  readonly rules: TenantRules;
  /** Somebody else's change may have closed or opened a circle of managers. */
  readonly recheck?: boolean;
  /** Keeps what is said, right behind the identity and before others look at it. */
  readonly keepRecord?: () => Promise<void>;
}

/** Computes identities from what is said of them and from the clock: merge, state, journal, event, and who else changes with them. */
export class SettleIdentity {
  constructor(
    private readonly events: LifecycleEvents,
    private readonly rules: RuleCache,
    private readonly clock: Clock,
  ) {}

  /** Computes one identity anew. Returns the event, or null when nothing happened that others must hear of. */
  async settle(tx: Tx, by: Actor, id: string, recheck = false): Promise<LifecycleEvent | null> {
    const [known] = await lockIdentities(tx, [id]);
    if (known === undefined || known.state === 'purged') return null;
    const rules = await this.rules.of(tx, known.rulesVersion);
    return this.apply(tx, by, { id, known, said: await said(tx, id, rules), rules, recheck });
  }

  /** Computes an identity that the caller has locked, or a new one, from all that is said of it. */
  async apply(tx: Tx, by: Actor, subject: Subject): Promise<LifecycleEvent | null> {
    const { id, known, rules } = subject;
    const now = this.clock.now();
    const before = known && { person: known.attributes, lineage: known.lineage };
    const merged = mergePerson(subject.said, before, rules.compiled.merge, now);
    const { managerEmployeeNumber = null, employeeNumber = null } = merged.person;
    const claim = await findManager(tx, managerEmployeeNumber, managerNames(id, employeeNumber));
    const circle = await lookForCircle(tx, subject, merged.person, claim);
    const managerId = circle.closed ? null : claim.managerId;
    const { settings } = rules;
    const decision = decideIdentity({ known, merged, managerId, override: known?.override ?? null, settings, now });
    await this.write(tx, by, subject, decision, circle.closed);
    await keepCircleCase(tx, by, { id, known, decision, circle }, now);
    await this.settleOthers(tx, by, { id, known, decision, circle });
    return decision.event;
  }

  private async write(
    tx: Tx,
    by: Actor,
    subject: Subject,
    decision: IdentityDecision,
    managerCycle: boolean,
  ): Promise<void> {
    const { id, known } = subject;
    await this.writeDown(tx, by, subject, decision, managerCycle);
    await this.keepCases(tx, by, subject, decision);
    await endOverride(tx, known?.override?.id, decision.overrideEnds, this.clock.now());
    if (decision.event !== null) await this.follow(tx, by, id, decision);
  }

  /** Journal, identity, keys and record go out side by side: in this order, and none needs another's answer. */
  private async writeDown(
    tx: Tx,
    by: Actor,
    { id, known, keepRecord }: Subject,
    decision: IdentityDecision,
    managerCycle: boolean,
  ): Promise<void> {
    const now = this.clock.now();
    const fact = factOf(id, known, decision);
    const factId = newId();
    const cause = decision.event === null ? null : factId;
    const isChanged = decision.written || managerCycle !== (known?.managerCycle ?? false);
    const keys = customKeys(decision.after.person);
    const wereKeys = customKeys(known?.attributes ?? {});
    await Promise.all([
      fact && appendFact(tx, by, now, fact, factId),
      isChanged && writeIdentity(tx, id, decision, { managerCycle, cause, now }),
      !sameJson(wereKeys, keys) && writeKeys(tx, id, keys),
      keepRecord?.(),
    ]);
  }

  /** What a change brings with it at once, whichever door it came through. */
  private async follow(tx: Tx, by: Actor, id: string, { before, after, urgent }: IdentityDecision): Promise<void> {
    const now = this.clock.now();
    const out = SHUT_OUT[after.state];
    if (out !== undefined) await tellSessionsEnded(tx, by, now, await endSessionsOf(tx, id, now), out);
    if (after.state === 'on_leave')
      await tellSessionsEnded(tx, by, now, await endSessionsOf(tx, id, now, 'leave'), 'on_leave');
    if (after.state === 'purged') await forgetPerson(tx, id, before?.person ?? {}, now);
    this.events.announce(tx, id, urgent);
  }

  /** What a person must be asked about this identity, and what need not be asked any more. */
  private async keepCases(
    tx: Tx,
    { actor }: Actor,
    { id, known, rules }: Omit<Subject, 'said'>,
    decision: IdentityDecision,
  ): Promise<void> {
    const now = this.clock.now();
    if (decision.withheld !== null) {
      const reason = `The identity is protected; without that it would be ${decision.withheld} now.`;
      await openCase(tx, now, {
        kind: 'protected',
        subjectId: id,
        reason,
        details: { withheld: decision.withheld, because: decision.stateReason },
      });
    } else if (known?.stateReason?.fact === 'protected') {
      await closeCases(tx, now, { kind: 'protected', subjectId: id }, { actor });
    }
    if (!Object.values(rules.settings.merge).some((rule) => rule.strategy === 'expression')) return;
    const topics = decision.merged.faults.map(({ field }) => `merge:${field}`);
    for (const { field, message } of decision.merged.faults) {
      const reason = `The expression that chooses "${field}" fails for this person: ${message}`;
      await openCase(tx, now, { kind: 'merge', subjectId: id, topic: `merge:${field}`, reason });
    }
    await closeCases(tx, now, { kind: 'merge', subjectId: id, exceptTopics: topics }, { actor });
  }

  /** Who changes with this person: those in a circle with it, those who name it as their manager, and its managers. */
  private async settleOthers(tx: Tx, by: Actor, change: ChangedIdentity): Promise<void> {
    for (const other of await othersInCircle(tx, change)) await this.settle(tx, by, other, true);
    if (change.decision.event === null) return;
    const claimants = await claimantsAffected(tx, change);
    for (const other of claimants.slice(0, SETTLED_AT_ONCE)) await this.settle(tx, by, other, true);
    await makeDue(tx, claimants.slice(SETTLED_AT_ONCE), this.clock.now());
    const managers = await lockIdentities(tx, managersAffected(change));
    for (const manager of managers) await this.settleIsManager(tx, by, manager);
  }

  private async settleIsManager(tx: Tx, by: Actor, { id, isManager: was }: Identity): Promise<void> {
    const isManager = await hasReports(tx, id);
    if (isManager === was) return;
    const now = this.clock.now();
    const payload = { before: { isManager: was }, after: { isManager } };
    const verb = 'identity.changed';
    const cause = await appendFact(tx, by, now, { verb, subjectKind: 'identity', subjectId: id, payload });
    await writeIsManager(tx, id, isManager, cause, now);
    this.events.announce(tx, id, false);
  }
}

/** So many people follow their manager in the same transaction; the others do as soon as the clock looks, slice by slice. */
export const SETTLED_AT_ONCE = 200;

/** The journal's entry: the event, or that a value comes from another source now. */
function factOf(id: string, known: Identity | null, decision: IdentityDecision): Fact | null {
  const { before, after, event, merged, stateReason } = decision;
  const subject = { subjectKind: 'identity', subjectId: id } as const;
  if (event !== null) {
    const origins = pick(merged.lineage, decision.changedFields);
    return { verb: event, ...subject, payload: { before, after, origins, stateReason } };
  }
  const moved = known === null ? {} : movedValues(known.lineage, merged.lineage);
  if (Object.keys(moved).length === 0) return null;
  return { verb: 'identity.lineage_changed', ...subject, payload: { values: moved } };
}

/** Everything that is said of an identity, as the tenant's rules let it count. */
const said = (tx: Tx, id: string, { settings }: TenantRules): Promise<Statement[]> =>
  statementsOf(tx, id, releases(settings.reactions));

/** Whether a removal by a kind of source is believed. */
export const releases =
  (reactions: TenantRules['settings']['reactions']) =>
  (kind: SourceKind): boolean =>
    reactionTo('source_gone', kind, reactions) === 'release';

const pick = (lineage: Lineage, fields: readonly string[]): Lineage =>
  fields.includes('*')
    ? lineage
    : Object.fromEntries(Object.entries(lineage).filter(([field]) => fields.includes(field)));

/** Values that stayed the same and come from another source now. */
function movedValues(before: Lineage, after: Lineage): Partial<Record<PersonField, unknown>> {
  const fields = Object.keys(after) as (keyof Person)[];
  const moved = fields.filter(
    (field) => before[field] !== undefined && before[field].sourceId !== after[field]?.sourceId,
  );
  return Object.fromEntries(moved.map((field) => [field, { before: before[field], after: after[field] }]));
}

/** `expired`: its end has come. `agreed`: the sources say the same by now. */
async function endOverride(tx: Tx, id: string | undefined, why: 'expired' | 'agreed' | null, now: Date): Promise<void> {
  if (id === undefined || why === null) return;
  await tx.query('UPDATE overrides SET ended_at = $3, ended_by = $4 WHERE tenant_id = $1 AND id = $2', [
    tx.tenantId,
    id,
    now,
    why,
  ]);
}
