import { sameJson, type Tx } from '@tenure/platform';
import { markBehind } from '../store/access-store.js';
import { decideAccounts } from '../decide/decide-accounts.js';
import { decideGrants, type ActivePolicy, type GrantsDecision, type HeldGrant } from '../decide/decide-grants.js';
import type { Recompute } from '../model/grant.entity.js';
import { loadAccountHolders, loadHeldOf, loadPeople } from '../store/people.js';
import { PolicyVersion } from '../model/policy.entity.js';
import type { TenantRules } from '../decide/tenant-rules.js';

/** An open recomputation, at the person where it stands. */
export type Slice = Pick<Recompute, 'cursor' | 'cause' | 'policyId' | 'applicationId'>;

interface Marked {
  /** Who is behind now. */
  readonly behind: readonly string[];
  readonly cursor: string | null;
  readonly more: boolean;
}

const SLICE = 2_000;

/**
 * Looks at the next people and leaves those behind whose access the changed rule changes. It only reads the others, which is
 * enough: nobody computes with the old rules any more (see `lockRules`).
 */
export async function markSlice(tx: Tx, slice: Slice, rules: TenantRules, now: Date): Promise<Marked> {
  const { ids, behind } = await look(tx, slice, rules, now);
  if (behind.length > 0) await markBehind(tx, behind, { cause: slice.cause, urgent: false });
  return { behind, cursor: ids.at(-1) ?? null, more: ids.length === SLICE };
}

type Looked = Readonly<Record<'ids' | 'behind', readonly string[]>>;

function look(tx: Tx, slice: Slice, rules: TenantRules, now: Date): Promise<Looked> {
  if (slice.policyId !== null) return lookAtPolicy(tx, slice.policyId, slice.cursor, rules, now);
  if (slice.applicationId !== null) return lookAtApplication(tx, slice.applicationId, slice.cursor, rules, now);
  return lookAtEverybody(tx, slice.cursor);
}

async function lookAtEverybody(tx: Tx, cursor: string | null): Promise<Looked> {
  const rows = await tx.query<{ id: string }>(
    'SELECT id FROM identities WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3',
    [tx.tenantId, cursor, SLICE],
  );
  const ids = rows.map(({ id }) => id);
  return { ids, behind: ids };
}

async function lookAtPolicy(
  tx: Tx,
  policyId: string,
  cursor: string | null,
  rules: TenantRules,
  now: Date,
): Promise<Looked> {
  const policy = rules.policiesById.get(policyId);
  const people = await loadPeople(tx, policy?.condition.reads ?? [], cursor, SLICE);
  const ids = people.map(({ id }) => id);
  const held = await loadHeldOf(tx, policyId, ids);
  const behind: string[] = [];
  const renewed: { id: string; versions: readonly (number | null)[] }[] = [];
  for (const person of people) {
    const grants = held.get(person.id) ?? [];
    const decision = decideGrants(person, policy ? [policy] : [], grants, now);
    if (changesGrants(decision, grants)) behind.push(person.id);
    else if (decision.changed.length > 0)
      renewed.push({ id: person.id, versions: grants.map((grant) => grant.policyVersion) });
  }
  if (policy && renewed.length > 0) behind.push(...(await renew(tx, policy, renewed)));
  return { ids, behind };
}

/** Whether anything begins, ends or gets another end; that a policy gives the same under another version is no change. */
function changesGrants({ added, ended, changed }: GrantsDecision, held: readonly HeldGrant[]): boolean {
  if (added.length + ended.length > 0) return true;
  const endsAt = new Map(held.map((grant) => [grant.id, grant.endsAt?.getTime()]));
  return changed.some((grant) => endsAt.get(grant.id) !== grant.endsAt?.getTime());
}

/** Writes the version under which people hold the same as before; returns those whose attributes may get other values. */
async function renew(
  tx: Tx,
  policy: ActivePolicy,
  renewed: readonly { readonly id: string; readonly versions: readonly (number | null)[] }[],
): Promise<string[]> {
  const versions = await tx.repository(PolicyVersion).findBy({ tenantId: tx.tenantId, policyId: policy.id });
  const now = versions.find(({ version }) => version === policy.version);
  const sameValues = new Set(
    versions.filter((before) => now && sameJson(valuesOf(before), valuesOf(now))).map(({ version }) => version),
  );
  await tx.query(
    `UPDATE grants SET policy_version = $4 WHERE tenant_id = $1 AND identity_id = ANY($2) AND policy_id = $3 AND origin = 'policy'
       AND ends_at IS NULL AND policy_version <> $4`,
    [tx.tenantId, renewed.map(({ id }) => id), policy.id, policy.version],
  );
  return renewed
    .filter(({ versions: held }) => held.some((version) => version !== null && !sameValues.has(version)))
    .map(({ id }) => id);
}

/** What a version says of attributes; without any, its priority is of no account. */
function valuesOf({ grants, priority }: Pick<PolicyVersion, 'grants' | 'priority'>): unknown {
  const given = grants.filter(({ attributes }) => attributes !== undefined);
  return given.length === 0
    ? null
    : [priority, given.map(({ applicationId, attributes }) => [applicationId, attributes])];
}

async function lookAtApplication(
  tx: Tx,
  applicationId: string,
  cursor: string | null,
  rules: TenantRules,
  now: Date,
): Promise<Looked> {
  const holders = await loadAccountHolders(tx, applicationId, cursor, SLICE, now);
  const behind = holders.filter((holder) => {
    const { accountId: id, accountProtected: protectedReason, desired, policyIds } = holder;
    const grants = policyIds.map((policyId) => ({ applicationId, entitlementId: null, policyId, policyVersion: null }));
    return decideAccounts(holder, grants, [{ id, applicationId, desired, protectedReason }], rules).changes.length > 0;
  });
  return { ids: holders.map(({ id }) => id), behind: behind.map(({ id }) => id) };
}
