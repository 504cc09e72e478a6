import { groupBy, newId, type Tx } from '@tenure/platform';
import { Identity } from '@tenure/identity';
import { shardOf, type DesiredAccount } from '@tenure/applications';
import type { AccountChangeDecision, KnownAccount } from './decide-accounts.js';
import type { DecidedGrant } from './decide-grants.js';
import type { KnownMember, MemberDecision } from './decide-members.js';

export interface KnownGrant extends DecidedGrant {
  readonly id: string;
}

/** What the identities hold until now, by identity. */
export interface Holdings {
  readonly grants: ReadonlyMap<string, KnownGrant[]>;
  readonly accounts: ReadonlyMap<string, KnownAccount[]>;
  readonly members: ReadonlyMap<string, KnownMember[]>;
}

type OfIdentity<T> = T & { readonly identityId: string };
const identityOf = (row: { readonly identityId: string }): string => row.identityId;

export async function loadHoldings(tx: Tx, ids: readonly string[]): Promise<Holdings> {
  const params = [tx.tenantId, ids];
  const grants = await tx.query<OfIdentity<KnownGrant>>(
    `SELECT id, identity_id AS "identityId", application_id AS "applicationId", entitlement_id AS "entitlementId",
       policy_id AS "policyId", policy_version AS "policyVersion" FROM grants WHERE tenant_id = $1 AND identity_id = ANY($2)`,
    params,
  );
  const accounts = await tx.query<OfIdentity<KnownAccount>>(
    `SELECT id, identity_id AS "identityId", application_id AS "applicationId", desired
     FROM accounts WHERE tenant_id = $1 AND identity_id = ANY($2)`,
    params,
  );
  const members = await tx.query<OfIdentity<KnownMember>>(
    `SELECT a.identity_id AS "identityId", m.account_id AS "accountId", m.application_id AS "applicationId", m.entitlement_id AS "entitlementId", m.wanted
     FROM accounts a JOIN entitlement_members m ON m.tenant_id = a.tenant_id AND m.account_id = a.id
     WHERE a.tenant_id = $1 AND a.identity_id = ANY($2)`,
    params,
  );
  return {
    grants: groupBy(grants, identityOf),
    accounts: groupBy(accounts, identityOf),
    members: groupBy(members, identityOf),
  };
}

export interface GrantRow extends DecidedGrant {
  readonly identityId: string;
  readonly cause: string | null;
}

export async function writeGrants(
  tx: Tx,
  added: readonly GrantRow[],
  removedIds: readonly string[],
  now: Date,
): Promise<void> {
  if (removedIds.length > 0)
    await tx.query('DELETE FROM grants WHERE tenant_id = $1 AND id = ANY($2)', [tx.tenantId, removedIds]);
  if (added.length === 0) return;
  await tx.query(
    `INSERT INTO grants (tenant_id, id, identity_id, application_id, entitlement_id, policy_id, policy_version, cause, since)
     SELECT $1, g.id, g."identityId", g."applicationId", g."entitlementId", g."policyId", g."policyVersion", g.cause, $3
     FROM jsonb_to_recordset($2) AS g (id uuid, "identityId" uuid, "applicationId" uuid, "entitlementId" uuid, "policyId" uuid, "policyVersion" int, cause uuid)
     ON CONFLICT DO NOTHING`,
    [tx.tenantId, JSON.stringify(added.map((grant) => ({ ...grant, id: newId() }))), now],
  );
}

export interface AccountRow extends AccountChangeDecision {
  readonly identityId: string;
  readonly cause: string | null;
  /** When the change was committed that this follows from. */
  readonly since: Date;
  readonly shards: number;
}

interface AccountWrite {
  readonly id: string;
  readonly applicationId: string;
  readonly identityId: string;
  readonly shard: number;
  readonly desired: DesiredAccount;
  readonly cause: string | null;
  readonly priority: number;
  readonly since: Date;
}

/** What one more desired version means for the account: it is behind, runnable at once, and its tries begin anew. */
export async function writeAccounts(tx: Tx, changes: readonly AccountRow[]): Promise<AccountWrite[]> {
  if (changes.length === 0) return [];
  const writes = changes.map(({ id = newId(), applicationId, identityId, desired, cause, urgent, since, shards }): AccountWrite => ({
    id, applicationId, identityId, shard: shardOf(id, shards), desired, cause, priority: urgent ? 0 : 5, since,
  })); // prettier-ignore
  await tx.query(
    `INSERT INTO accounts AS account (tenant_id, id, application_id, identity_id, shard, desired, desired_at, cause, priority)
     SELECT $1, c.id, c."applicationId", c."identityId", c.shard, c.desired, c.since, c.cause, c.priority
     FROM jsonb_to_recordset($2) AS c (id uuid, since timestamptz, "applicationId" uuid, "identityId" uuid, shard int, desired jsonb, cause uuid, priority int)
     ON CONFLICT (tenant_id, id) DO UPDATE SET
       desired = excluded.desired, desired_version = account.desired_version + 1, desired_at = excluded.desired_at,
       cause = excluded.cause, priority = excluded.priority, state = 'pending', runnable = true,
       due_at = CASE WHEN account.look_first THEN account.due_at ELSE '-infinity' END, attempts = 0, error = NULL, plan = NULL`,
    [tx.tenantId, JSON.stringify(writes)],
  );
  return writes;
}

export interface MemberRow extends MemberDecision {
  readonly cause: string | null;
  readonly since: Date;
}

/** Returns the shards of the entitlements that have work now. */
export async function writeMembers(
  tx: Tx,
  rows: readonly MemberRow[],
): Promise<{ applicationId: string; shard: number }[]> {
  if (rows.length === 0) return [];
  await tx.query(
    `INSERT INTO entitlement_members AS member (tenant_id, entitlement_id, account_id, application_id, wanted, priority, changed_at, cause)
     SELECT $1, m."entitlementId", m."accountId", m."applicationId", m.wanted, CASE WHEN m.wanted THEN 5 ELSE 0 END, m.since, m.cause
     FROM jsonb_to_recordset($2) AS m ("entitlementId" uuid, "accountId" uuid, "applicationId" uuid, wanted boolean, cause uuid, since timestamptz)
     ORDER BY 2, 3
     ON CONFLICT (tenant_id, entitlement_id, account_id) DO UPDATE SET
       wanted = excluded.wanted, priority = excluded.priority, version = member.version + 1, changed_at = excluded.changed_at, cause = excluded.cause,
       runnable = true, error = NULL`,
    [tx.tenantId, JSON.stringify(rows)],
  );
  const entitlementIds = [...new Set(rows.map((row) => row.entitlementId))];
  return tx.query(
    `SELECT DISTINCT application_id AS "applicationId", shard FROM entitlements WHERE tenant_id = $1 AND id = ANY($2) AND runnable`,
    [tx.tenantId, entitlementIds],
  );
}

export async function markComputed(tx: Tx, identities: readonly Identity[]): Promise<void> {
  await tx.query(
    'UPDATE identities SET access_version = version, urgent = false WHERE tenant_id = $1 AND id = ANY($2)',
    [tx.tenantId, identities.map((identity) => identity.id)],
  );
}
