import type { Tx } from '@tenure/platform';
import { BEHIND, restOf, type Application, type WorkError } from '@tenure/applications';
import type { Attributes, ObservedAccount } from '@tenure/connectors';
import { keyOf } from '@tenure/identity';
import type { Scan, ScanCounts, ScanPhase, ScanState } from './scan.entity.js';
import { APPLICATION_COLUMNS } from '../../backlog/take-batch.js';

/** A scan that this worker alone carries on until its lease ends. */
export type ClaimedScan = Pick<
  Scan,
  | 'id'
  | 'applicationId'
  | 'kind'
  | 'targetMode'
  | 'phase'
  | 'cursor'
  | 'startedAt'
  | 'acceptedAt'
  | 'attempts'
  | 'fence'
> & {
  readonly counts: ScanCounts;
  /** From before anything is asked of the application. */
  readonly readAt: string;
};

/** The next slice of a scan, where its application may be asked now. A lease that ran out costs the page that it was for. */
export async function claimScan(
  tx: Tx,
  id: string,
  leaseMs: number,
  now: Date,
): Promise<{ scan: ClaimedScan; application: Application } | null> {
  const [application] = await tx.query<Application>(
    `SELECT ${APPLICATION_COLUMNS} FROM scans s JOIN applications a ON a.tenant_id = s.tenant_id AND a.id = s.application_id
     WHERE s.tenant_id = $1 AND s.id = $2`,
    [tx.tenantId, id],
  );
  if (application === undefined || restOf(application, now) !== null) return null;
  const [scan] = await tx.query<ClaimedScan>(
    `UPDATE scans AS s SET lease_until = clock_timestamp() + make_interval(secs => $3::float8 / 1000), fence = fence + 1
     FROM tenants t WHERE s.tenant_id = $1 AND s.id = $2 AND s.state = 'running' AND s.due_at <= clock_timestamp()
       AND (s.lease_until IS NULL OR s.lease_until < clock_timestamp())
       AND t.id = s.tenant_id AND t.stopped_at IS NULL
     RETURNING s.id, s.application_id AS "applicationId", s.kind, s.target_mode AS "targetMode", s.phase, s.cursor,
       s.started_at AS "startedAt", s.accepted_at AS "acceptedAt", s.counts, s.attempts, s.fence, clock_timestamp()::text AS "readAt"`,
    [tx.tenantId, id, leaseMs],
  );
  return scan ? { scan, application } : null;
}

/** How a slice leaves its scan. */
export interface ScanStep {
  readonly state?: ScanState;
  readonly phase?: ScanPhase;
  /** Null: from the beginning of the phase. */
  readonly cursor?: string | null;
  /** Added to what was counted. */
  readonly counts?: ScanCounts;
  readonly retry?: { readonly attempts: number; readonly delayMs: number; readonly error: WorkError };
}

/** Somebody else carries the scan on: what this slice did is taken back. */
export class LeaseLost extends Error {}

/** Ends the slice's lease, in the transaction that writes what it did. */
export async function releaseScan(tx: Tx, scan: ClaimedScan, step: ScanStep): Promise<void> {
  const { state = 'running', phase = scan.phase, cursor = null, counts = {}, retry } = step;
  const rows = await tx.query(
    `UPDATE scans SET state = $4, phase = $5, cursor = $6, counts = $7, attempts = $8, error = $9, lease_until = NULL,
       due_at = clock_timestamp() + make_interval(secs => $10::float8 / 1000), ended_at = CASE WHEN $4 <> 'running' THEN clock_timestamp() END
     WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 'running' RETURNING id`,
    [
      tx.tenantId,
      scan.id,
      scan.fence,
      state,
      phase,
      retry ? scan.cursor : cursor,
      JSON.stringify(added(scan.counts, counts)),
      retry?.attempts ?? 0,
      retry ? JSON.stringify(retry.error) : null,
      retry?.delayMs ?? 0,
    ],
  );
  if (rows.length === 0) throw new LeaseLost();
}

const added = (before: ScanCounts, more: ScanCounts): ScanCounts => ({
  ...before,
  ...Object.fromEntries(Object.entries(more).map(([name, count]) => [name, (before[name] ?? 0) + count])),
});

/** What was seen, or (null) looked for and not seen, under the application's id. */
export interface Sighting {
  readonly remoteId: string;
  readonly observed: ObservedAccount | null;
}

export async function stageAccounts(
  tx: Tx,
  scan: ClaimedScan,
  sightings: readonly Sighting[],
  matchBy: readonly string[],
): Promise<void> {
  if (sightings.length === 0) return;
  const once = new Map(sightings.map((sighting) => [sighting.remoteId, sighting]));
  const rows = [...once.values()].map(({ remoteId, observed }) => ({
    remoteId,
    externalId: observed?.externalId ?? null,
    matchKeys: observed === null ? [] : matchKeysOf(observed.attributes, matchBy),
    observed,
  }));
  await tx.query(
    `INSERT INTO scanned_accounts (tenant_id, scan_id, remote_id, external_id, match_keys, observed, read_at)
     SELECT $1, $2, r."remoteId", r."externalId", r."matchKeys", coalesce(r.observed, 'null'), $4
     FROM jsonb_to_recordset($3) AS r ("remoteId" text, "externalId" text, "matchKeys" text[], observed jsonb)
     ON CONFLICT (tenant_id, scan_id, remote_id) DO UPDATE SET external_id = excluded.external_id, match_keys = excluded.match_keys,
       observed = excluded.observed, read_at = excluded.read_at`,
    [tx.tenantId, scan.id, JSON.stringify(rows), scan.readAt],
  );
}

/** By what an account is matched, best first: `<target>=<value>`, as it is compared. */
export const matchKeysOf = (attributes: Attributes, matchBy: readonly string[]): readonly string[] =>
  matchBy.flatMap((target) => {
    const value = attributes[target];
    const key = keyOf(typeof value === 'string' || typeof value === 'number' ? String(value) : null);
    return key === null ? [] : [`${target}=${key}`];
  });

/** Accounts that nobody is working on, and that nothing was written of since `$readAt`. */
export const settledSince = (readAt: string): string =>
  `NOT ${BEHIND} AND (a.lease_until IS NULL OR a.lease_until < clock_timestamp()) AND a.state IN ('active', 'disabled')
   AND greatest(a.observed_at, a.applied_at, a.desired_at) < ${readAt}`;
