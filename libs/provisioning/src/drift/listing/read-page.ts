import { newId, type Tx } from '@tenure/platform';
import { ConnectorError, type Call, type Connector, type ObservedEntitlement, type Page } from '@tenure/connectors';
import type { Application } from '@tenure/applications';
import { classify, WritingStopped } from '../../attempt/attempt.js';
import { signalAfter } from '../../attempt/signal-after.js';
import { matchTargetsOf } from '../../reconcile/find-account.js';
import type { PaceLane } from '../../attempt/pace-lane.js';
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
  /** Members whom a list that may be cut does not show, and who should be there: some of them are asked about. */
  readonly missing?: readonly string[];
  /** Accounts that were not listed, to be looked for one by one. */
  readonly unlisted?: readonly { readonly id: string; readonly remoteId: string }[];
}

const UNLISTED = 20;
/** So many members are asked about, one by one, before a list is believed that may be cut. */
const PROBED = 20;
/** In place of a page: the list was read, and is to be asked about. */
const PROBE = '?';

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
  if (entitlement === undefined) return {};
  return page === PROBE ? { entitlement, missing: await missingOf(tx, scan, entitlement.id) } : { entitlement };
}

async function missingOf(tx: Tx, scan: ClaimedScan, entitlementId: string): Promise<readonly string[]> {
  const rows = await tx.query<{ remoteId: string }>(
    `SELECT a.remote_id AS "remoteId" FROM entitlement_members m JOIN accounts a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
     WHERE m.tenant_id = $1 AND m.entitlement_id = $2 AND m.held AND a.remote_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM scanned_members s WHERE s.tenant_id = $1 AND s.scan_id = $3 AND s.entitlement_id = $2 AND s.remote_id = a.remote_id)
     ORDER BY a.id LIMIT ${PROBED + 1}`,
    [tx.tenantId, entitlementId, scan.id],
  );
  return rows.map(({ remoteId }) => remoteId);
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
    this.signal = signalAfter(withinMs);
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

  private async members({ entitlement, missing }: PageTarget): Promise<PageWrite> {
    const { scan } = this;
    if (entitlement === undefined)
      return () => Promise.resolve({ phase: scan.kind === 'report' ? 'compare' : 'judge' });
    if (missing !== undefined) return this.probe(entitlement, missing);
    const [, page] = readCursor(scan.cursor);
    const found = await this.found(entitlement);
    const { items, next, partial = false } = found === null ? { items: [] } : await this.pageOf(found, page);
    refuseCircle(page ?? null, next);
    return async (tx) => {
      await stageMembers(tx, scan, entitlement.id, found?.id ?? null, items, page === undefined);
      const further = next ?? (partial ? PROBE : undefined);
      return {
        cursor: further === undefined ? entitlement.id : `${entitlement.id}|${further}`,
        counts: { members: items.length },
      };
    };
  }

  /**
   * A list that may be cut is believed when nobody of those who are missing is a member after all. Those who are count as seen; when
   * there are more to ask about, or nobody can tell, nothing is said of this entitlement.
   */
  private async probe(
    { id, remoteId }: NonNullable<PageTarget['entitlement']>,
    missing: readonly string[],
  ): Promise<PageWrite> {
    const asked = missing.slice(0, PROBED);
    const members: string[] = [];
    let isTold = true;
    for (const one of asked) {
      const isMember = await this.isMember(one, remoteId);
      if (isMember === true) members.push(one);
      isTold &&= isMember !== 'unknown';
    }
    const isBelieved = isTold && (members.length === 0 || asked.length === missing.length);
    const { scan } = this;
    return async (tx) => {
      await stageMembers(tx, scan, id, remoteId, members, false);
      if (!isBelieved) await forgetList(tx, scan, id);
      return { cursor: id, counts: { members: members.length, ...(!isBelieved && { unreadLists: 1 }) } };
    };
  }

  private async isMember(accountId: string, remoteId: string | null): Promise<boolean | 'unknown'> {
    const { entitlementsOf } = this.connector;
    if (entitlementsOf === undefined) return 'unknown';
    try {
      const held = await entitlementsOf.call(this.connector, this.call(), accountId);
      return held.some(({ id }) => id === remoteId);
    } catch (error) {
      const { errorClass } = classify(error);
      if (errorClass === 'not_found') return false;
      if (errorClass === 'unsupported') return 'unknown';
      throw error;
    }
  }

  /** One that was not listed is asked for by its name: pages shift while they are read. */
  private async found(entitlement: NonNullable<PageTarget['entitlement']>): Promise<ObservedEntitlement | null> {
    const { kind, name, remoteId } = entitlement;
    return remoteId === null
      ? this.connector.findEntitlement(this.call(), { kind, name })
      : { id: remoteId, kind, name };
  }

  private async pageOf(found: ObservedEntitlement, page?: string): Promise<Page<string>> {
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

/** What was read of an entitlement's members says nothing of who is missing. */
async function forgetList(tx: Tx, scan: ClaimedScan, entitlementId: string): Promise<void> {
  await tx.query(
    'UPDATE scanned_entitlements SET read_at = NULL WHERE tenant_id = $1 AND scan_id = $2 AND entitlement_id = $3',
    [tx.tenantId, scan.id, entitlementId],
  );
}
