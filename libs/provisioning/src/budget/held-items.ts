import { Clock, Database, Refusal, type Tx } from '@tenure/platform';
import { WorkHints } from '@tenure/applications';
import { appendFacts, type Actor } from '@tenure/journal';
import { announceWork } from '../backlog/announce-work.js';
import type { BulkOrder } from '../orders/bulk-order.entity.js';
import type { OrderSlice, SliceDone } from '../orders/bulk-orders.js';
import { judgeRelease, openness, type ReleaseVerdict } from './decide-release.js';
import {
  heldIds,
  leaveUndone,
  letRun,
  lockItems,
  runAgain,
  writeApproval,
  writeDecision,
  type LockedItem,
} from './held-item-store.js';
import { provisioningSettings } from './provisioning-settings.js';

/** Why something is not to be done, and whether ever. */
export interface Rejection {
  readonly reason: string;
  readonly doNotProposeAgain: boolean;
}

const SLICE = 500;

/** People's decisions about what safety budgets keep back. */
export class HeldItems {
  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly clock: Clock,
  ) {}

  /** Lets one run at once; where the tenant wants two persons, the first release is an approval. */
  async release(tenantId: string, by: Actor, id: string, reason: string | null): Promise<void> {
    await this.database.transaction(tenantId, async (tx) => {
      const verdicts = await this.releaseItems(tx, by, [id], reason);
      refuseUndecidable(id, verdicts.get(id));
    });
  }

  /** Does not do one, nor, when told so, any later one of its kind. */
  async reject(tenantId: string, by: Actor, id: string, rejection: Rejection): Promise<void> {
    await this.database.transaction(tenantId, async (tx) => {
      const [item] = await lockItems(tx, [id]);
      const open = item === undefined ? undefined : openness(item);
      refuseUndecidable(id, open === 'open' ? 'release' : open);
      if (item) await this.rejectItems(tx, by, [item], rejection);
    });
  }

  /** Lifts "do not propose again": what is behind is looked at anew. */
  async proposeAgain(tenantId: string, by: Actor, id: string): Promise<void> {
    await this.database.transaction(tenantId, async (tx) => {
      const [item] = await lockItems(tx, [id]);
      if (item === undefined) throw notFound(id);
      if (!item.barsLater) throw new Refusal('held_item_not_barred', 'Nothing keeps this from being proposed again.');
      const decision = { by: by.actor, at: this.clock.now(), reason: 'It may be proposed again.' };
      await writeDecision(tx, [item], { ...decision, state: 'superseded' });
      await runAgain(tx, [item], 'retried');
      await this.tell(tx, by, [item], 'held_item.proposed_again', {});
      announceWork(tx, this.hints, [item]);
    });
  }

  /** The slices of orders for many. */
  slices(): Readonly<Record<'release' | 'reject', OrderSlice>> {
    return {
      release: (tx, by, order) =>
        slice(tx, order, async (ids) => {
          const verdicts = [...(await this.releaseItems(tx, by, ids, reasonOf(order))).values()];
          const count = (kind: ReleaseVerdict): number => verdicts.filter((verdict) => verdict === kind).length;
          return { done: count('release'), approved: count('approve') };
        }),
      reject: (tx, by, order) =>
        slice(tx, order, async (ids) => {
          const open = (await lockItems(tx, ids)).filter((item) => openness(item) === 'open');
          const doNotProposeAgain = order.said.doNotProposeAgain === true;
          await this.rejectItems(tx, by, open, { reason: reasonOf(order) ?? '', doNotProposeAgain });
          return { done: open.length };
        }),
    };
  }

  /** Ends what nobody decided in time, and what newer versions have overtaken. Called by the clock. */
  async settle(tx: Tx, ids: readonly string[]): Promise<void> {
    const now = this.clock.now();
    const items = await lockItems(tx, ids);
    const by: Actor = { actor: 'clock', door: 'clock' };
    const decision = { by: by.actor, at: now, reason: null };
    const superseded = items.filter((item) => item.state === 'held' && openness(item) === 'superseded');
    const expired = items.filter((item) => openness(item) === 'open');
    await writeDecision(tx, superseded, { ...decision, state: 'superseded' });
    await writeDecision(tx, expired, { ...decision, state: 'expired' });
    await leaveUndone(tx, expired, 'Nobody decided in time, so it was not done.');
    await this.tell(tx, by, expired, 'held_item.expired', {});
  }

  private async releaseItems(
    tx: Tx,
    by: Actor,
    ids: readonly string[],
    reason: string | null,
  ): Promise<ReadonlyMap<string, ReleaseVerdict>> {
    const { holds } = await provisioningSettings(tx);
    const items = await lockItems(tx, ids);
    const verdicts = new Map(items.map((item) => [item.id, judgeRelease(item, by.actor, holds.secondPerson)]));
    const released = items.filter(({ id }) => verdicts.get(id) === 'release');
    const approved = items.filter(({ id }) => verdicts.get(id) === 'approve');
    const at = this.clock.now();
    await writeDecision(tx, released, { state: 'released', by: by.actor, at, reason });
    await letRun(tx, released);
    await writeApproval(tx, approved, by.actor, at);
    await this.tell(tx, by, released, 'held_item.released', { reason });
    await this.tell(tx, by, approved, 'held_item.approved', { reason });
    announceWork(tx, this.hints, released);
    return verdicts;
  }

  private async rejectItems(
    tx: Tx,
    by: Actor,
    items: readonly LockedItem[],
    { reason, doNotProposeAgain }: Rejection,
  ): Promise<void> {
    const at = this.clock.now();
    await writeDecision(tx, items, { state: 'rejected', by: by.actor, at, reason, barsLater: doNotProposeAgain });
    await leaveUndone(tx, items, `It was rejected: ${reason}`);
    await this.tell(tx, by, items, 'held_item.rejected', { reason, doNotProposeAgain });
  }

  private tell(tx: Tx, by: Actor, items: readonly LockedItem[], verb: string, payload: object): Promise<void> {
    const facts = items.map(({ id, accountId, entitlementId, action, version }) => ({
      verb,
      subjectKind: 'account' as const,
      subjectId: accountId,
      payload: { heldItemId: id, entitlementId, action, version, ...payload },
    }));
    return appendFacts(tx, by, this.clock.now(), facts);
  }
}

/** The next items of an order, and where the one after begins. */
async function slice(
  tx: Tx,
  { filter, cursor }: BulkOrder,
  decide: (ids: readonly string[]) => Promise<Omit<SliceDone, 'cursor'>>,
): Promise<SliceDone> {
  const after = (cursor as { after?: string } | null)?.after ?? null;
  const ids = await heldIds(tx, filter, after, SLICE);
  const done = await decide(ids);
  return { ...done, cursor: ids.length < SLICE ? null : { after: ids.at(-1) } };
}

const reasonOf = ({ said }: BulkOrder): string | null => (typeof said.reason === 'string' ? said.reason : null);

const notFound = (id: string): Refusal =>
  new Refusal('held_item_not_found', `There is no held item with the id ${id}.`);

function refuseUndecidable(id: string, verdict: ReleaseVerdict | undefined): void {
  switch (verdict) {
    case undefined:
      throw notFound(id);
    case 'decided':
      throw new Refusal('held_item_decided', 'It was decided before; nothing is left to decide.');
    case 'superseded':
      throw new Refusal(
        'held_item_superseded',
        'Something newer is desired meanwhile; what is over a budget of that is held anew.',
      );
    case 'same_person':
      throw new Refusal(
        'second_person_needed',
        'You have approved it; somebody else must release it, because the tenant wants two persons.',
      );
    default:
  }
}
