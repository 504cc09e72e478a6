import { Database, Refusal, type Tx } from '@tenure/platform';
import { WorkHints } from '@tenure/applications';
import { appendFacts, type Actor } from '@tenure/journal';
import { announceWork } from '../backlog/announce-work.js';
import type { BulkOrder } from './bulk-order.entity.js';
import type { SliceDone } from './bulk-orders.js';
import {
  proposeRejectedAgain,
  retryAccounts,
  retryEntitlements,
  retryMembers,
  type RetriedAccount,
  type RetryFilter,
} from './retry-store.js';

type Cursor = { readonly accountsAfter: string } | { readonly membersAfter: readonly [string, string] | null };

const SLICE = 500;

/** A person's order to try again what failed, or was skipped. */
export class Retries {
  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly now: () => Date,
  ) {}

  /** Tries one account again, and its memberships that were refused. Returns how many. */
  async retry(tenantId: string, by: Actor, accountId: string): Promise<{ retried: number }> {
    return this.database.transaction(tenantId, async (tx) => {
      const filters = (['failed', 'skipped'] as const).map((state): RetryFilter => ({ accountId, state }));
      let retried = 0;
      for (const filter of filters) {
        retried += (await this.accounts(tx, by, filter, null)).length;
        retried += (await this.members(tx, filter, null)).length;
      }
      if (retried === 0) await refuse(tx, accountId);
      return { retried };
    });
  }

  /** The next accounts of an order, then the next memberships. */
  async slice(tx: Tx, by: Actor, { filter: given, cursor }: BulkOrder): Promise<SliceDone> {
    const filter: RetryFilter = { ...given, state: given.state === 'skipped' ? 'skipped' : 'failed' };
    const at = cursor as Cursor | null;
    if (at !== null && 'membersAfter' in at) {
      const members = await this.members(tx, filter, at.membersAfter);
      const last = members.at(-1);
      const more = members.length === SLICE && last !== undefined;
      return { done: members.length, cursor: more ? { membersAfter: last } : null };
    }
    const ids = await this.accounts(tx, by, filter, at?.accountsAfter ?? null);
    const more = ids.length === SLICE;
    return { done: ids.length, cursor: more ? { accountsAfter: ids.at(-1) } : { membersAfter: null } };
  }

  private async accounts(tx: Tx, by: Actor, filter: RetryFilter, after: string | null): Promise<string[]> {
    const accounts = await retryAccounts(tx, filter, after, SLICE);
    const ids = accounts.map(({ id }) => id).sort();
    await proposeRejectedAgain(tx, ids);
    await appendFacts(tx, by, this.now(), accounts.map(retriedFact));
    announceWork(tx, this.hints, accounts);
    return ids;
  }

  private async members(
    tx: Tx,
    filter: RetryFilter,
    after: readonly [string, string] | null,
  ): Promise<(readonly [string, string])[]> {
    const members = await retryMembers(tx, filter, after, SLICE);
    const pairs = members.map(({ entitlementId, accountId }) => [entitlementId, accountId] as const);
    await proposeRejectedAgain(
      tx,
      members.map(({ accountId }) => accountId),
      true,
    );
    announceWork(tx, this.hints, [...members, ...(await retryEntitlements(tx, filter))]);
    return pairs.sort(([a, b], [c, d]) => (a === c ? (b < d ? -1 : 1) : a < c ? -1 : 1));
  }
}

const retriedFact = ({ id, before, errorClass }: RetriedAccount) =>
  ({ verb: 'account.retried', subjectKind: 'account', subjectId: id, payload: { before, errorClass } }) as const;

async function refuse(tx: Tx, accountId: string): Promise<never> {
  const exists = await tx.query('SELECT FROM accounts WHERE tenant_id = $1 AND id = $2', [tx.tenantId, accountId]);
  if (exists.length === 0) throw new Refusal('account_not_found', `There is no account with the id ${accountId}.`);
  throw new Refusal(
    'account_not_failed',
    'Only an account that failed or was skipped can be retried; this one is being worked on, is held or is done.',
  );
}
