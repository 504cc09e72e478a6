import { hasLeft, type Identity, type LifecycleState } from '@tenure/identity';
import { groupBy, type CompiledExpression } from '@tenure/platform';
import type { GrantOrigin } from '../model/grant.entity.js';
import type { Overlap, PolicyGrant, RequestTerms } from '../model/policy.entity.js';
import { Subject, type Condition, type Verdict } from './test-condition.js';

/** A policy in force, its expressions planned. */
export interface ActivePolicy {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly condition: Condition;
  readonly grants: readonly PolicyGrant[];
  readonly priority: number;
  readonly overlap: Overlap | null;
  /** Not a birthright: whom the condition matches may ask. */
  readonly request: RequestTerms | null;
  /** Application → target attribute → value. */
  readonly attributes: ReadonlyMap<string, ReadonlyMap<string, CompiledExpression>>;
}

/** A reason to hold an account (no entitlement) or an entitlement, in force now. */
export interface DecidedGrant {
  readonly applicationId: string;
  readonly entitlementId: string | null;
  readonly policyId: string | null;
  readonly policyVersion: number | null;
}

/** A grant as it stands until now. */
export interface HeldGrant extends DecidedGrant {
  readonly id: string;
  readonly origin: GrantOrigin;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly requestId: string | null;
}

/** Why a grant ends: the person left, no longer matches, the policy is another one or gone, its time is over. */
export type EndReason = 'left' | 'unmatched' | 'policy_changed' | 'overlap_over' | 'over';

/** A policy's grant that goes on under another version, begins to run out, or does not any more. */
export interface ChangedGrant {
  readonly id: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly endsAt: Date | null;
  /** The manager is to be asked whether it may stay. */
  readonly ask: boolean;
}

export interface GrantsDecision {
  /** What holds now. */
  readonly holds: readonly DecidedGrant[];
  readonly added: readonly DecidedGrant[];
  readonly changed: readonly ChangedGrant[];
  readonly ended: readonly { readonly grant: HeldGrant; readonly reason: EndReason }[];
  /** When time alone changes anything next. */
  readonly dueAt: Date | null;
  /** What the conditions said that were evaluated. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

/** States in which a person has access. Leave and suspension keep the grants, and the accounts are disabled. */
const EMPLOYED: ReadonlySet<LifecycleState> = new Set<LifecycleState>(['active', 'on_leave', 'suspended']);
const DAY_MS = 86_400_000;

export type DecidingIdentity = Pick<
  Identity,
  'id' | 'state' | 'stateReason' | 'attributes' | 'managerId' | 'isManager' | 'protectedReason'
>;

/** No policy, source or date takes anything from a protected person. An admin's override does: it is the last word. */
export const isSpared = ({
  protectedReason,
  stateReason,
}: Pick<Identity, 'protectedReason' | 'stateReason'>): boolean =>
  protectedReason !== null && stateReason?.fact !== 'override';

/** Which policies must be evaluated; the others say what they said before, which is what is held of them. */
export type Evaluates = (policyId: string) => boolean;

/**
 * What a person holds from now on, each with its reason, and what must be added, changed and ended for it. A leaver loses
 * everything at once; a protected person loses nothing.
 */
export function decideGrants(
  identity: DecidingIdentity,
  policies: readonly ActivePolicy[],
  held: readonly HeldGrant[],
  now: Date,
  evaluates: Evaluates = () => true,
): GrantsDecision {
  const deciding = new Deciding(identity, now);
  const ofPolicy = groupBy(
    held.filter((grant) => grant.origin === 'policy'),
    (grant) => grant.policyId ?? '',
  );
  const subject = new Subject(identity);
  for (const policy of policies) {
    if (policy.request !== null) continue;
    const kept = ofPolicy.get(policy.id) ?? [];
    ofPolicy.delete(policy.id);
    if (!EMPLOYED.has(identity.state)) deciding.endAll(kept, 'left');
    else if (matches(policy, kept)) deciding.give(policy, kept);
    else deciding.takeBack(policy, kept);
  }
  for (const kept of ofPolicy.values()) deciding.endAll(kept, hasLeft(identity) ? 'left' : 'policy_changed');
  for (const grant of held) if (grant.origin !== 'policy') deciding.direct(grant);
  return deciding;

  function matches(policy: ActivePolicy, kept: readonly HeldGrant[]): boolean {
    if (!evaluates(policy.id) && kept.every((grant) => grant.policyVersion === policy.version))
      return kept.some((grant) => grant.endsAt === null);
    const verdict = policy.condition.test(subject);
    deciding.verdicts.set(policy.id, verdict);
    return verdict === 'yes';
  }
}

const itemOf = (grant: Pick<DecidedGrant, 'applicationId' | 'entitlementId'>): string =>
  `${grant.applicationId}|${grant.entitlementId ?? ''}`;

/** What the policy gives: the account, and each entitlement, once. */
export function itemsOf(policy: Pick<ActivePolicy, 'id' | 'version' | 'grants'>): DecidedGrant[] {
  const items = policy.grants.flatMap(({ applicationId, entitlements }) =>
    [null, ...entitlements.map((entitlement) => entitlement.id)].map((entitlementId) => ({
      applicationId,
      entitlementId,
      policyId: policy.id,
      policyVersion: policy.version,
    })),
  );
  return [...new Map(items.map((item) => [itemOf(item), item])).values()];
}

/** The decision as it grows. */
class Deciding implements GrantsDecision {
  readonly holds: DecidedGrant[] = [];
  readonly added: DecidedGrant[] = [];
  readonly changed: ChangedGrant[] = [];
  readonly ended: { grant: HeldGrant; reason: EndReason }[] = [];
  readonly verdicts = new Map<string, Verdict>();
  dueAt: Date | null = null;

  constructor(
    private readonly identity: DecidingIdentity,
    private readonly now: Date,
  ) {}

  /** The policy matches: what it gives is held, also what was about to end. */
  give(policy: ActivePolicy, kept: readonly HeldGrant[]): void {
    const before = new Map(kept.map((grant) => [itemOf(grant), grant]));
    for (const item of itemsOf(policy)) {
      const grant = before.get(itemOf(item));
      before.delete(itemOf(item));
      this.holds.push(item);
      if (grant === undefined) this.added.push(item);
      else if (grant.policyVersion !== policy.version || grant.endsAt !== null)
        this.changed.push({
          id: grant.id,
          policyId: policy.id,
          policyVersion: policy.version,
          endsAt: null,
          ask: false,
        });
    }
    this.endAll([...before.values()], 'policy_changed');
  }

  /** The policy does not match any more. Its overlap is for those who moved, not for a rule that is another one now. */
  takeBack(policy: ActivePolicy, kept: readonly HeldGrant[]): void {
    for (const grant of kept) {
      if (grant.policyVersion !== policy.version) this.end(grant, 'policy_changed');
      else if (policy.overlap === null) this.end(grant, grant.endsAt === null ? 'unmatched' : 'policy_changed');
      else if (this.isProtected) this.keep(grant);
      else if (grant.endsAt === null) this.runOut(grant, policy, policy.overlap);
      else if (grant.endsAt > this.now) this.keep(grant);
      else this.end(grant, 'overlap_over');
    }
  }

  endAll(grants: readonly HeldGrant[], reason: EndReason): void {
    for (const grant of grants) this.end(grant, reason);
  }

  /** What was given to this person: from its start to its end. */
  direct(grant: HeldGrant): void {
    if (hasLeft(this.identity)) this.end(grant, 'left');
    // Also of a protected person: what was given for a time was never meant to stay.
    else if (grant.endsAt !== null && grant.endsAt <= this.now) this.ended.push({ grant, reason: 'over' });
    else if (grant.startsAt !== null && grant.startsAt > this.now) this.dueBy(grant.startsAt);
    else if (EMPLOYED.has(this.identity.state)) this.keep(grant);
    else this.dueBy(grant.endsAt);
  }

  private get isProtected(): boolean {
    return isSpared(this.identity);
  }

  private runOut(grant: HeldGrant, policy: ActivePolicy, { days, then }: Overlap): void {
    const endsAt = new Date(this.now.getTime() + days * DAY_MS);
    const ask = then === 'ask_manager';
    this.changed.push({ id: grant.id, policyId: policy.id, policyVersion: policy.version, endsAt, ask });
    this.keep({ ...grant, endsAt });
  }

  private keep(grant: HeldGrant): void {
    const { applicationId, entitlementId, policyId, policyVersion } = grant;
    this.holds.push({ applicationId, entitlementId, policyId, policyVersion });
    if (grant.endsAt !== null && grant.endsAt > this.now) this.dueBy(grant.endsAt);
  }

  private end(grant: HeldGrant, reason: EndReason): void {
    if (this.isProtected) this.keep(grant);
    else this.ended.push({ grant, reason });
  }

  private dueBy(at: Date | null): void {
    if (at !== null && (this.dueAt === null || at < this.dueAt)) this.dueAt = at;
  }
}
