import { Clock, type Tx } from '@tenure/platform';
import { adoptHoldings } from '@tenure/access';
import { Links, Merges, type MergeInput } from '@tenure/identity';
import type { Actor } from '@tenure/journal';
import { getIdentity, identityView } from './identity-view.js';

/** What of the other's accounts became the survivor's, and where both have one, about which a person is asked. */
interface AdoptedAccounts {
  readonly moved: readonly object[];
  readonly duplicated: readonly object[];
}

/** Two identities that are one person: the records by identity, and what the other held by access, in one transaction. */
export class MergedPeople {
  constructor(
    private readonly merges: Merges,
    private readonly links: Links,
    private readonly clock: Clock,
  ) {}

  /** Makes one person of two, and tells what came of it. */
  async merge(tx: Tx, by: Actor, input: MergeInput): Promise<object> {
    const { survivorId, otherId } = input;
    const records = await recordsOf(tx, otherId);
    await this.merges.merge(tx, by, input);
    const accounts = await this.adopt(tx, by, survivorId, otherId);
    const [survivor, other] = [await getIdentity(tx, survivorId), await getIdentity(tx, otherId)];
    return { identity: identityView(survivor), other: identityView(other), records, accounts };
  }

  /** Gives a record to an identity; whoever has no record left by that was the same person. */
  async link(tx: Tx, by: Actor, recordId: string, identityId: string): Promise<object> {
    const { emptied } = await this.links.link(tx, by, recordId, identityId);
    if (emptied === null) return { identityId, emptied };
    return { identityId, emptied, accounts: await this.adopt(tx, by, identityId, emptied) };
  }

  private async adopt(tx: Tx, by: Actor, survivorId: string, otherId: string): Promise<AdoptedAccounts> {
    const { accountIds, duplicates } = await adoptHoldings(tx, by, this.clock.now(), { survivorId, otherId });
    const rows = await tx.query<{ id: string; applicationId: string; state: string; moved: boolean }>(
      `SELECT id, application_id AS "applicationId", state, identity_id = $2 AS moved FROM accounts
       WHERE tenant_id = $1 AND (id = ANY($3) OR identity_id = $4 AND application_id = ANY($5)) ORDER BY id`,
      [tx.tenantId, survivorId, accountIds, otherId, duplicates],
    );
    const which = (isMoved: boolean): object[] =>
      rows.filter(({ moved }) => moved === isMoved).map(({ moved: _, ...account }) => account);
    return { moved: which(true), duplicated: which(false) };
  }
}

const recordsOf = (tx: Tx, identityId: string): Promise<object[]> =>
  tx.query(
    `SELECT id, source_id AS "sourceId", key FROM source_records WHERE tenant_id = $1 AND identity_id = $2 ORDER BY id`,
    [tx.tenantId, identityId],
  );
