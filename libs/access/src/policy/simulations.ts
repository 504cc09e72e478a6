import { Clock, Database, newId, paced, Refusal, type Tx } from '@tenure/platform';
import { Applications, compileMapping, Entitlement, getApplication, type EntitlementRef } from '@tenure/applications';
import { policyFaults, type PolicyText } from './check-policy.js';
import { mappingEffect, policyEffect, unjustifiedBy, type Item } from './decide-effect.js';
import type { ActivePolicy } from '../decide/decide-grants.js';
import {
  loadAccountHolders,
  loadHeldOf,
  loadOtherReasons,
  loadPeople,
  type AccountHolder,
  type PersonRow,
} from '../store/people.js';
import { PolicyCache } from '../decide/policy-cache.js';
import { PolicyVersion, type PolicyGrant } from '../model/policy.entity.js';
import { windowState } from '../decide/policy-window.js';
import { refuseFaults, resolveGrants } from './resolve-grants.js';
import type { MappingChange, RuleChange } from '../model/rule-change.js';
import { SimulationTally, type NamedItem, type PersonEffect, type Simulation } from './simulation.js';
import { planPolicy, type TenantRules } from '../decide/tenant-rules.js';

const SLICE = 5_000;

/** One policy as it is, and as it would be; null: not in force. */
interface PolicyPair {
  readonly rules: TenantRules;
  readonly id: string;
  readonly before: ActivePolicy | null;
  readonly after: ActivePolicy | null;
}

/** What a change of the rules would do, computed by the functions that would do it, over everybody; nothing is written. */
export class Simulations {
  private readonly cache = new PolicyCache();

  constructor(
    private readonly database: Database,
    private readonly applications: Applications,
    private readonly clock: Clock,
  ) {}

  /** A version of a policy, a withdrawal, or another mapping of an application. */
  async ofChange(tenantId: string, change: RuleChange, signal?: AbortSignal): Promise<Simulation> {
    if (change.kind === 'mapping') return this.ofMapping(tenantId, change, signal);
    const pair = await this.database.transaction(tenantId, (tx) => this.pairOf(tx, change));
    return this.ofPolicy(tenantId, pair, signal);
  }

  /** A draft that is not saved: of a new policy, or in the place of one that is there. */
  async ofDraft(
    tenantId: string,
    text: PolicyText,
    policyId: string = newId(),
    signal?: AbortSignal,
  ): Promise<Simulation> {
    refuseFaults(policyFaults(text));
    const pair = await this.database.transaction(tenantId, async (tx) => {
      const rules = await this.cache.rules(tx);
      const { name, condition, priority = 0, overlap = null, request = null } = text;
      const grants = await resolveGrants(tx, text.grants, findEntitlement);
      const before = rules.policiesById.get(policyId) ?? null;
      const version = (before?.version ?? 0) + 1;
      const after = planPolicy({ id: policyId, name, version, condition, grants, priority, overlap, request });
      return { rules, id: policyId, before, after };
    });
    return this.ofPolicy(tenantId, pair, signal);
  }

  private async pairOf(tx: Tx, change: Exclude<RuleChange, { kind: 'mapping' }>): Promise<PolicyPair> {
    const rules = await this.cache.rules(tx);
    const { policyId: id } = change;
    const before = rules.policiesById.get(id) ?? null;
    if (change.kind === 'policy_withdraw') return { rules, id, before, after: null };
    const { version } = change;
    const found = await tx.repository(PolicyVersion).findOneBy({ tenantId: tx.tenantId, policyId: id, version });
    if (!found) throw new Refusal('policy_version_not_found', `The policy ${id} has no version ${version}.`);
    if (windowState(found, this.clock.now()).dormant) return { rules, id, before, after: null };
    return { rules, id, before, after: planPolicy({ ...found, id, name: before?.name ?? '' }) };
  }

  private async ofPolicy(tenantId: string, pair: PolicyPair, signal?: AbortSignal): Promise<Simulation> {
    const tally = new SimulationTally();
    const now = this.clock.now();
    const reads = new Set([pair.before, pair.after].flatMap((policy) => [...(policy?.condition.reads ?? [])]));
    const load = async (tx: Tx, cursor: string | null): Promise<PolicySlice> => {
      const people = await loadPeople(tx, reads, cursor, SLICE);
      return {
        people,
        held: await loadHeldOf(
          tx,
          pair.id,
          people.map((person) => person.id),
        ),
      };
    };
    await this.slices(tenantId, load, async (slice) => {
      tally.look(slice.people.length);
      const effects = await policyEffects(pair, slice, now, signal);
      const others = await this.apart(tenantId, (tx) => otherReasons(tx, pair, effects, now));
      for (const effect of effects) tally.add(justified(effect, others));
    });
    const names = namesOf([...(pair.before?.grants ?? []), ...(pair.after?.grants ?? [])]);
    return this.result(tenantId, tally, { epoch: pair.rules.epoch, of: 'policy' }, pair.rules, names);
  }

  private async ofMapping(
    tenantId: string,
    { applicationId, mapping, besides }: MappingChange,
    signal?: AbortSignal,
  ): Promise<Simulation> {
    const rules = await this.database.transaction(tenantId, async (tx) => {
      this.applications.refuseMapping(await getApplication(tx, applicationId), mapping, besides);
      return this.cache.rules(tx);
    });
    const after = { ...rules, mappings: new Map([...rules.mappings, [applicationId, compileMapping(mapping)]]) };
    const tally = new SimulationTally();
    const now = this.clock.now();
    const load = async (tx: Tx, cursor: string | null): Promise<{ readonly people: readonly AccountHolder[] }> => ({
      people: await loadAccountHolders(tx, applicationId, cursor, SLICE, now),
    });
    await this.slices(tenantId, load, async ({ people }) => {
      tally.look(people.length);
      const effectOf = (holder: AccountHolder): PersonEffect => mappingEffectOf(holder, applicationId, rules, after);
      for (const effect of await paced(people, effectOf, signal)) tally.add(effect);
    });
    return this.result(tenantId, tally, { epoch: rules.epoch, of: 'mapping' }, rules, new Map());
  }

  /** Reads slice after slice, each in its own short transaction, and computes outside of them. */
  private async slices<Slice extends { readonly people: readonly { readonly id: string }[] }>(
    tenantId: string,
    load: (tx: Tx, cursor: string | null) => Promise<Slice>,
    look: (slice: Slice) => Promise<void>,
  ): Promise<void> {
    for (let cursor: string | null = null; ;) {
      const slice: Slice = await this.apart(tenantId, (tx) => load(tx, cursor));
      await look(slice);
      if (slice.people.length < SLICE) return;
      cursor = slice.people.at(-1)?.id ?? null;
    }
  }

  private apart<T>(tenantId: string, read: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.apart(() => this.database.transaction(tenantId, read));
  }

  private async result(
    tenantId: string,
    tally: SimulationTally,
    about: Pick<Simulation, 'epoch' | 'of'>,
    rules: TenantRules,
    names: Map<string, EntitlementRef>,
  ): Promise<Simulation> {
    const unnamed = tally
      .items()
      .flatMap(({ entitlementId }) => (entitlementId === null || names.has(entitlementId) ? [] : [entitlementId]));
    if (unnamed.length > 0) {
      const rows = await this.database.transaction(tenantId, (tx) =>
        tx.query<Pick<Entitlement, 'id' | 'kind' | 'name'>>(
          'SELECT id, kind, name FROM entitlements WHERE tenant_id = $1 AND id = ANY($2)',
          [tenantId, unnamed],
        ),
      );
      for (const { id, kind, name } of rows) names.set(id, { kind, name });
    }
    return tally.result(about, ({ applicationId, entitlementId }: Item): NamedItem => ({
      applicationId,
      application: rules.applications.get(applicationId)?.name ?? applicationId,
      entitlement: entitlementId === null ? null : (names.get(entitlementId) ?? { kind: '', name: entitlementId }),
    }));
  }
}

interface PolicySlice {
  readonly people: readonly PersonRow[];
  readonly held: Awaited<ReturnType<typeof loadHeldOf>>;
}
type OtherReasons = Awaited<ReturnType<typeof loadOtherReasons>>;

/** The people of a slice to whom the policy's change does anything. */
async function policyEffects(
  { before, after }: PolicyPair,
  { people, held }: PolicySlice,
  now: Date,
  signal?: AbortSignal,
): Promise<PersonEffect[]> {
  const effectOf = (person: PersonRow): PersonEffect => ({
    ...{ person, changes: [] },
    ...policyEffect(person, before, after, held.get(person.id) ?? [], now),
  });
  const effects = await paced(people, effectOf, signal);
  return effects.filter((effect) => isMoved(effect) || effect.failed || effect.spared);
}

const isMoved = ({ gains, losses }: PersonEffect): boolean => gains.length + losses.length > 0;

/** What those who gain or lose something have by other policies and grants. */
async function otherReasons(
  tx: Tx,
  { id }: PolicyPair,
  effects: readonly PersonEffect[],
  now: Date,
): Promise<OtherReasons> {
  const moved = effects.filter(isMoved);
  if (moved.length === 0) return new Map();
  return loadOtherReasons(tx, {
    policyId: id,
    ids: moved.map(({ person }) => person.id),
    applicationIds: [
      ...new Set(moved.flatMap(({ gains, losses }) => [...gains, ...losses]).map((item) => item.applicationId)),
    ],
    now,
  });
}

function justified(effect: PersonEffect, others: OtherReasons): PersonEffect {
  if (!isMoved(effect)) return effect;
  const kept = others.get(effect.person.id) ?? [];
  return { ...effect, gains: unjustifiedBy(effect.gains, kept), losses: unjustifiedBy(effect.losses, kept) };
}

function mappingEffectOf(
  holder: AccountHolder,
  applicationId: string,
  before: TenantRules,
  after: Pick<TenantRules, 'mappings' | 'policiesById'>,
): PersonEffect {
  const { accountId, accountProtected, desired, policyIds } = holder;
  const grants = policyIds.map((policyId) => ({ applicationId, entitlementId: null, policyId, policyVersion: null }));
  const account = { id: accountId, applicationId, desired, protectedReason: null };
  const { changes, failed } = mappingEffect(holder, account, grants, before, after);
  const spared = accountProtected !== null && changes.length > 0;
  return { person: holder, gains: [], losses: [], changes: spared ? [] : changes, failed, spared };
}

const namesOf = (grants: readonly PolicyGrant[]): Map<string, EntitlementRef> =>
  new Map(grants.flatMap((grant) => grant.entitlements.map(({ id, kind, name }) => [id, { kind, name }])));

/** An entitlement that nobody has named before has no id yet; a simulation must not make it known. */
async function findEntitlement(
  tx: Tx,
  { id }: { readonly id: string },
  { kind, name }: EntitlementRef,
): Promise<string> {
  const known = await tx.repository(Entitlement).findOneBy({ tenantId: tx.tenantId, applicationId: id, kind, name });
  return known?.id ?? newId();
}
