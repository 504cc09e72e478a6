import type { Tx } from '@tenure/platform';
import type { Application, Work } from '@tenure/applications';
import type { Connector } from '@tenure/connectors';
import { leaseAccounts, roomFor, type LeasedAccount } from './account-leases.js';
import { letWait } from './wait-for-others.js';
import { leaseEntitlement, takeMembers, type LeasedEntitlement, type LeasedMember } from './entitlement-leases.js';

/** What one worker does next in one shard of an application, leased to it. */
export interface Batch {
  readonly accounts: readonly LeasedAccount[];
  /** There were no more accounts than these, although the limit would have taken more. */
  readonly isDry: boolean;
  readonly entitlement: LeasedEntitlement | null;
  readonly members: readonly LeasedMember[];
}

/** An application as a worker needs it. */
export type WorkedApplication = Application & {
  /** Others wait for accounts here to be applied. */
  readonly hasDependents: boolean;
};

/** The columns of an application `a`. */
export const APPLICATION_COLUMNS = `a.tenant_id AS "tenantId", a.id, a.name, connector, mode, config, sealed_credentials AS "sealedCredentials", mapping,
  mapping_version AS "mappingVersion", shards, concurrency, quarantined_until AS "quarantinedUntil", quarantine_reason AS "quarantineReason",
  quarantine_tries AS "quarantineTries", paused_until AS "pausedUntil", owner_id AS "ownerId",
  verify, match, initial_credential AS "initialCredential", depends_on AS "dependsOn",
  EXISTS (SELECT FROM applications d WHERE d.tenant_id = a.tenant_id AND a.id = ANY(d.depends_on)) AS "hasDependents", playbook, budgets, drift, limits, maintenance, pause, a.created_at AS "createdAt"`;

/** An application whose turn it is, and what time it is in PostgreSQL. */
export interface Entered {
  readonly application: WorkedApplication;
  readonly now: Date;
}

/**
 * The application of a hint, and the turn at its shard: leases of one shard, of both lanes, are taken one after another, so
 * that limits hold; where the application takes fewer at once than it has shards, leases of all of them. Null while the tenant is stopped: the work stays where it is, and the timer finds it afterwards.
 */
export async function enterShard(tx: Tx, { applicationId, shard }: Work): Promise<Entered | null> {
  const [row] = await tx.prepared<WorkedApplication & { now: Date }>(
    `SELECT ${APPLICATION_COLUMNS}, clock_timestamp() AS now,
       pg_advisory_xact_lock(hashtextextended(CASE WHEN a.concurrency < a.shards THEN $3 ELSE $4 END, 0))
     FROM applications a JOIN tenants t ON t.id = a.tenant_id
     WHERE a.tenant_id = $1 AND a.id = $2 AND t.stopped_at IS NULL`,
    [tx.tenantId, applicationId, `lease|${applicationId}`, `lease|${applicationId}|${shard}`],
  );
  if (row === undefined) return null;
  const { now, ...application } = row;
  return { application, now };
}

/** Takes the probe that is due: true for one of all workers, and nobody else works on the application for so long. */
export async function claimProbe(tx: Tx, application: Application, ms: number): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE applications SET quarantined_until = clock_timestamp() + make_interval(secs => $3::float8 / 1000)
     WHERE tenant_id = $1 AND id = $2 AND quarantined_until <= clock_timestamp() RETURNING id`,
    [tx.tenantId, application.id, ms],
  );
  return rows.length > 0;
}

/** So many accounts at once one slice has under way, at most: what more the application takes is for other workers. */
export const WINDOW = 8;

/** So many accounts and entitlements of one shard may be under way at once, over all workers and both lanes. */
const limitOf = ({ concurrency, shards }: Application): number =>
  concurrency < shards ? concurrency : Math.floor(concurrency / shards);

/** So many slices have something to do in one shard, each with a window of its own. */
export const seatsOf = (application: Application): number => Math.ceil(limitOf(application) / WINDOW);

export interface BatchRequest {
  readonly shard: number;
  readonly urgent: boolean;
  readonly leaseMs: number;
  /** So many accounts, at most: there is place for them, and their calls may begin soon. */
  readonly room: number;
  /** An entitlement's members too; only one is changed at once. */
  readonly members: boolean;
}

/** Leases the most urgent accounts that are behind, and one entitlement whose members are. */
export async function takeBatch(
  tx: Tx,
  application: WorkedApplication,
  connector: Connector,
  { room, members: withMembers, ...work }: BatchRequest,
): Promise<Batch> {
  const { id: applicationId, mode, concurrency, shards } = application;
  const limit = limitOf(application);
  const wanted = Math.max(1, Math.min(room, limit));
  const scope = { applicationId, shard: work.shard, limit, allShards: concurrency < shards };
  const [entitlement, free, leased] = await Promise.all([
    mode === 'observe' || !withMembers ? null : leaseEntitlement(tx, { ...work, ...scope, mode }),
    roomFor(tx, scope),
    leaseAccounts(tx, { ...work, ...scope, wanted }),
  ]);
  const accounts = await letWait(tx, application, leased);
  const members =
    entitlement === null
      ? []
      : await takeMembers(tx, applicationId, entitlement.id, mode, connector.capabilities.memberBatch);
  return { accounts, isDry: leased.length < Math.min(wanted, free), entitlement, members };
}
