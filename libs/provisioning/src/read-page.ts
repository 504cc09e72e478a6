import { newId, type Tx } from '@tenure/platform';
import { ConnectorError, type Call, type Connector, type ObservedEntitlement } from '@tenure/connectors';
import type { Application } from '@tenure/applications';
import { classify, WritingStopped } from './attempt.js';
import { matchTargetsOf } from './find-account.js';
import type { PaceLane } from './pace-lane.js';
import { settledSince, stageAccounts, type ClaimedScan, type ScanStep, type Sighting } from './scan-store.js';

/** What one call, or a few, brought: to be written in the transaction that ends the slice. */
export type PageWrite = (tx: Tx) => Promise<ScanStep>;

/** What the database says of the next page before anything is asked of the application. */
export interface PageTarget {
  readonly entitlement?: {
    readonly id: string;
    readonly kind: string;
    readonly name: string;
    readonly remoteId: string | null;
  };
  /** Accounts that were not listed, to be looked for one by one. */
  readonly unlisted?: readonly { readonly id: string; readonly remoteId: string }[];
}

const UNLISTED = 20;

/** Which entitlement's members come next, or which accounts are to be looked for. */
export async function targetOf(tx: Tx, scan: ClaimedScan, kinds: readonly string[]): Promise<PageTarget> {
  if (scan.phase === 'members') return nextEntitlement(tx, scan, kinds);
  if (scan.phase !== 'absent') return {};
  const unlisted = await tx.query<{ id: string; remoteId: string }>(
    `SELECT a.id, a.remote_id AS "remoteId" FROM accounts a
     WHERE a.tenant_id = $1 AND a.application_id = $2 AND a.remote_id IS NOT NULL AND ($3::uuid IS NULL OR a.id > $3)
       AND ${settledSince('$4')} AND (a.desired->>'enabled')::boolean
       AND NOT EXISTS (SELECT FROM scanned_accounts s WHERE s.tenant_id = $1 AND s.scan_id = $5 AND s.remote_id = a.remote_id)
     ORDER BY a.id LIMIT ${UNLISTED}`,
    [tx.tenantId, scan.applicationId, scan.cursor, scan.startedAt, scan.id],
  );
  return { unlisted };
}

async function nextEntitlement(tx: Tx, scan: ClaimedScan, kinds: readonly string[]): Promise<PageTarget> {
  const [id = null, page] = readCursor(scan.cursor);
  const [entitlement] = await tx.query<NonNullable<PageTarget['entitlement']>>(
    `SELECT e.id, e.kind, e.name, s.remote_id AS "remoteId" FROM entitlements e
     LEFT JOIN scanned_entitlements s ON s.tenant_id = e.tenant_id AND s.scan_id = $4 AND s.entitlement_id = e.id
     WHERE e.tenant_id = $1 AND e.application_id = $2 AND e.kind = ANY($5)
       AND ($3::uuid IS NULL OR CASE WHEN $6 THEN e.id = $3 ELSE e.id > $3 END)
     ORDER BY e.id LIMIT 1`,
    [tx.tenantId, scan.applicationId, id, scan.id, kinds, page !== undefined],
  );
  return entitlement ? { entitlement } : {};
}

/** `<entitlement>` when it is done, `<entitlement>|<page>` within it. */
function readCursor(cursor: string | null): [id?: string, page?: string] {
  if (cursor === null) return [];
  const at = cursor.indexOf('|');
  return at < 0 ? [cursor] : [cursor.slice(0, at), cursor.slice(at + 1)];
}

/** Asks the application for the next page of a scan. Nothing is written yet, and no transaction is open. */
export class PageReader {
  private readonly signal: AbortSignal;
  private readonly endsAt: number;

  constructor(
    private readonly connector: Connector,
    private readonly scan: ClaimedScan,
    private readonly application: Application,
    private readonly lane: PaceLane,
    private readonly mayCall: () => Promise<boolean>,
    withinMs: number,
  ) {
    this.signal = AbortSignal.timeout(withinMs);
    this.endsAt = performance.now() + withinMs;
  }

  read(target: PageTarget): Promise<PageWrite> {
    switch (this.scan.phase) {
      case 'accounts':
        return this.accounts();
      case 'entitlements':
        return this.entitlements();
      case 'members':
        return this.members(target);
      default:
        return this.unlisted(target.unlisted ?? []);
    }
  }

  private call(): Call {
    const { signal, lane, endsAt, mayCall } = this;
    return {
      signal,
      idempotencyKey: newId(),
      record: () => undefined,
      pace: async (of) => {
        await lane.pace(of, endsAt);
        if (!(await mayCall())) throw new WritingStopped(false);
      },
      limits: (hint) => lane.limits(hint),
    };
  }

  private async accounts(): Promise<PageWrite> {
    const { scan, connector, application } = this;
    const { items, next } = await connector.list(this.call(), scan.cursor ?? undefined);
    refuseCircle(scan.cursor, next);
    const sightings = items.map((observed): Sighting => ({ remoteId: observed.id, observed }));
    return async (tx) => {
      await stageAccounts(tx, scan, sightings, matchTargetsOf(application, connector.capabilities));
      const counts = { pages: 1, listed: items.length };
      return next === undefined ? { phase: 'entitlements', counts } : { cursor: next, counts };
    };
  }

  private async entitlements(): Promise<PageWrite> {
    const { scan, connector } = this;
    if (connector.listEntitlements === undefined) return () => Promise.resolve({ phase: 'members' });
    const { items, next } = await connector.listEntitlements(this.call(), scan.cursor ?? undefined);
    refuseCircle(scan.cursor, next);
    return async (tx) => {
      await stageEntitlements(tx, scan, items);
      return next === undefined ? { phase: 'members' } : { cursor: next };
    };
  }

  private async members({ entitlement }: PageTarget): Promise<PageWrite> {
    const { scan } = this;
    if (entitlement === undefined)
      return () => Promise.resolve({ phase: scan.kind === 'report' ? 'compare' : 'judge' });
    const [, page] = readCursor(scan.cursor);
    const found = await this.found(entitlement);
    const { items, next } = found === null ? { items: [] } : await this.pageOf(found, page);
    refuseCircle(page ?? null, next);
    return async (tx) => {
      await stageMembers(tx, scan, entitlement.id, found?.id ?? null, items, page === undefined);
      return {
        cursor: next === undefined ? entitlement.id : `${entitlement.id}|${next}`,
        counts: { members: items.length },
      };
    };
  }

  /** One that was not listed is asked for by its name: pages shift while they are read. */
  private async found(entitlement: NonNullable<PageTarget['entitlement']>): Promise<ObservedEntitlement | null> {
    const { kind, name, remoteId } = entitlement;
    return remoteId === null
      ? this.connector.findEntitlement(this.call(), { kind, name })
      : { id: remoteId, kind, name };
  }

  private async pageOf(
    found: ObservedEntitlement,
    page?: string,
  ): Promise<{ items: readonly string[]; next?: string }> {
    try {
      return await this.connector.listMembers(this.call(), found, page);
    } catch (error) {
      // Removed since it was listed: it has no members.
      if (classify(error).errorClass === 'not_found') return { items: [] };
      throw error;
    }
  }

  private async unlisted(accounts: NonNullable<PageTarget['unlisted']>): Promise<PageWrite> {
    const sightings: Sighting[] = [];
    for (const { remoteId } of accounts)
      sightings.push({ remoteId, observed: await this.connector.get(this.call(), remoteId) });
    const { scan, connector, application } = this;
    return async (tx) => {
      await stageAccounts(tx, scan, sightings, matchTargetsOf(application, connector.capabilities));
      const last = accounts.at(-1);
      return last === undefined ? { phase: 'compare' } : { cursor: last.id };
    };
  }
}

function refuseCircle(cursor: string | null, next: string | undefined): void {
  if (next !== undefined && next === cursor)
    throw new ConnectorError('permanent', 'The application’s list does not end: it gives the same page again.');
}

async function stageEntitlements(tx: Tx, scan: ClaimedScan, items: readonly ObservedEntitlement[]): Promise<void> {
  await tx.query(
    `INSERT INTO scanned_entitlements (tenant_id, scan_id, entitlement_id, remote_id)
     SELECT DISTINCT ON (e.id) $1, $2, e.id, r.id FROM jsonb_to_recordset($4) AS r (id text, kind text, name text)
     JOIN entitlements e ON e.tenant_id = $1 AND e.application_id = $3 AND (e.remote_id = r.id OR (e.remote_id IS NULL AND e.kind = r.kind AND e.name = r.name))
     ORDER BY e.id ON CONFLICT DO NOTHING`,
    [tx.tenantId, scan.id, scan.applicationId, JSON.stringify(items)],
  );
}

async function stageMembers(
  tx: Tx,
  scan: ClaimedScan,
  entitlementId: string,
  remoteId: string | null,
  items: readonly string[],
  isFirst: boolean,
): Promise<void> {
  const params = [tx.tenantId, scan.id, entitlementId];
  if (isFirst)
    await tx.query(
      `INSERT INTO scanned_entitlements (tenant_id, scan_id, entitlement_id, remote_id, read_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_id, scan_id, entitlement_id) DO UPDATE SET remote_id = excluded.remote_id, read_at = excluded.read_at`,
      [...params, remoteId, scan.readAt],
    );
  await tx.query(
    `INSERT INTO scanned_members (tenant_id, scan_id, entitlement_id, remote_id) SELECT $1, $2, $3, m FROM unnest($4::text[]) AS m
     ON CONFLICT DO NOTHING`,
    [...params, items],
  );
}
