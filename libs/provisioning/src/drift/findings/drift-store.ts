import { newId, type Tx } from '@tenure/platform';
import { setsOf, type AccountEvent } from '@tenure/applications';
import type { Attributes, ObservedAccount } from '@tenure/connectors';
import type { DriftFinding } from './drift-finding.entity.js';

/** A finding to be written; the id of one that stands is kept. */
export type FindingRow = Pick<
  DriftFinding,
  | 'applicationId'
  | 'accountId'
  | 'identityId'
  | 'entitlementId'
  | 'kind'
  | 'attribute'
  | 'desired'
  | 'applied'
  | 'observed'
  | 'cause'
  | 'state'
> & { readonly id?: string | undefined; readonly by: string | null };

/** Writes what was found; closes first what is gone, so that its place is free. */
export async function writeFindings(
  tx: Tx,
  scanId: string | null,
  now: Date,
  rows: readonly FindingRow[],
  closedIds: readonly string[] = [],
): Promise<void> {
  if (closedIds.length > 0)
    await tx.query(
      "UPDATE drift_findings SET state = 'closed', decided_at = $3 WHERE tenant_id = $1 AND id = ANY($2)",
      [tx.tenantId, closedIds, now],
    );
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO drift_findings AS f (tenant_id, id, application_id, account_id, identity_id, entitlement_id, kind, attribute, desired, applied,
       observed, cause, state, scan_id, found_at, seen_at, decided_at, decided_by)
     SELECT $1, r.id, r."applicationId", r."accountId", r."identityId", r."entitlementId", r.kind, r.attribute, r.desired, r.applied,
       r.observed, r.cause, r.state, $3, $4, $4, CASE WHEN r.by IS NOT NULL THEN $4::timestamptz END, r.by
     FROM jsonb_to_recordset($2) AS r (id uuid, "applicationId" uuid, "accountId" uuid, "identityId" uuid, "entitlementId" uuid, kind text,
       attribute text, desired jsonb, applied jsonb, observed jsonb, cause text, state text, by text)
     ON CONFLICT (tenant_id, id) DO UPDATE SET state = excluded.state, desired = excluded.desired, applied = excluded.applied,
       cause = excluded.cause, scan_id = excluded.scan_id, seen_at = excluded.seen_at,
       decided_at = coalesce(excluded.decided_at, f.decided_at), decided_by = coalesce(excluded.decided_by, f.decided_by)`,
    [tx.tenantId, JSON.stringify(rows.map((row) => ({ ...row, id: row.id ?? newId() }))), scanId, now],
  );
}

/** An account whose observed state is what the application shows now, and which therefore has work. */
export interface Reversion {
  readonly accountId: string;
  /** Null: it is not there, and is made again. */
  readonly observed: ObservedAccount | null;
  readonly priority: number;
  readonly cause: string;
}

/**
 * Leaves accounts behind, so that the engine repairs them as it does everything. One that is gone is looked for before it
 * is made again, and has no memberships any more.
 */
export async function revertAccounts(tx: Tx, rows: readonly Reversion[]): Promise<void> {
  if (rows.length === 0) return;
  const [there, gone] = [
    rows.filter(({ observed }) => observed !== null),
    rows.filter(({ observed }) => observed === null),
  ];
  await writeReversions(tx, 'reverted', there, 'observed = r.observed');
  await writeReversions(tx, 'vanished', gone, 'observed = NULL, remote_id = NULL');
  await loseMemberships(
    tx,
    gone.map(({ accountId }) => accountId),
  );
}

async function writeReversions(
  tx: Tx,
  event: Extract<AccountEvent, 'reverted' | 'vanished'>,
  rows: readonly Reversion[],
  seen: string,
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `UPDATE accounts a SET ${setsOf(event)}, ${seen}, observed_at = clock_timestamp(), desired_at = clock_timestamp(),
       cause = r.cause, priority = r.priority
     FROM jsonb_to_recordset($2) AS r ("accountId" uuid, observed jsonb, priority int, cause uuid)
     WHERE a.tenant_id = $1 AND a.id = r."accountId"`,
    [tx.tenantId, JSON.stringify(rows)],
  );
}

/** What is gone is no member of anything: what is wanted is given again when the account is there. */
export async function loseMemberships(tx: Tx, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length === 0) return;
  await tx.query(
    `UPDATE entitlement_members SET held = false, applied_at = clock_timestamp(), runnable = runnable OR error->>'class' = 'not_found',
       error = CASE WHEN error->>'class' = 'not_found' THEN NULL ELSE error END
     WHERE tenant_id = $1 AND account_id = ANY($2) AND held IS DISTINCT FROM false`,
    [tx.tenantId, accountIds],
  );
}

/** Takes values over: they are what is desired, and was applied, from now on. */
export async function adoptValues(
  tx: Tx,
  rows: readonly { readonly accountId: string; readonly attributes: Attributes }[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `UPDATE accounts a SET adopted = adopted || r.attributes,
       desired = jsonb_set(desired, '{attributes}', coalesce(desired->'attributes', '{}') || r.attributes),
       applied = CASE WHEN applied IS NULL THEN NULL ELSE jsonb_set(applied, '{attributes}', coalesce(applied->'attributes', '{}') || r.attributes) END,
       observed = CASE WHEN observed IS NULL THEN NULL ELSE jsonb_set(observed, '{attributes}', coalesce(observed->'attributes', '{}') || r.attributes) END
     FROM jsonb_to_recordset($2) AS r ("accountId" uuid, attributes jsonb) WHERE a.tenant_id = $1 AND a.id = r."accountId"`,
    [tx.tenantId, JSON.stringify(rows)],
  );
}

/** A membership that is not as it was made. */
export interface MemberReversion {
  readonly applicationId: string;
  readonly entitlementId: string;
  readonly accountId: string;
  /** What the application shows. */
  readonly held: boolean;
  readonly priority: number;
  readonly cause: string;
}

/** Writes what the application shows; what is wanted differs from it, and is carried out as ever. */
export async function revertMembers(tx: Tx, rows: readonly MemberReversion[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO entitlement_members AS m (tenant_id, entitlement_id, account_id, application_id, wanted, held, priority, changed_at, cause)
     SELECT $1, r."entitlementId", r."accountId", r."applicationId", NOT r.held, r.held, r.priority, clock_timestamp(), r.cause
     FROM jsonb_to_recordset($2) AS r ("entitlementId" uuid, "accountId" uuid, "applicationId" uuid, held boolean, priority int, cause uuid)
     ORDER BY 2, 3
     ON CONFLICT (tenant_id, entitlement_id, account_id) DO UPDATE SET held = excluded.held, priority = excluded.priority,
       version = m.version + 1, changed_at = excluded.changed_at, cause = excluded.cause, runnable = true, error = NULL`,
    [tx.tenantId, JSON.stringify(rows)],
  );
}
