import type { Tx } from '@tenure/platform';
import { Links, Merges, type MergeInput } from '@tenure/identity';
import type { Actor } from '@tenure/journal';
import { getIdentity, identityView } from './identity-view.js';

/** Two identities that are one person: the records by identity, and what the other held by the libs that gave it. */
export class MergedPeople {
  constructor(
    private readonly merges: Merges,
    private readonly links: Links,
  ) {}

  /** Makes one person of two, and tells what came of it. */
  async merge(tx: Tx, by: Actor, input: MergeInput): Promise<object> {
    const { survivorId, otherId } = input;
    const records = await recordsOf(tx, otherId);
    await this.merges.merge(tx, by, input);
    return {
      identity: identityView(await getIdentity(tx, survivorId)),
      other: identityView(await getIdentity(tx, otherId)),
      records,
    };
  }

  /** Gives a record to an identity; whoever has no record left by that was the same person. */
  async link(tx: Tx, by: Actor, recordId: string, identityId: string): Promise<object> {
    const { emptied } = await this.links.link(tx, by, recordId, identityId);
    return { identityId, emptied };
  }
}

const recordsOf = (tx: Tx, identityId: string): Promise<object[]> =>
  tx.query(
    `SELECT id, source_id AS "sourceId", key FROM source_records WHERE tenant_id = $1 AND identity_id = $2 ORDER BY id`,
    [tx.tenantId, identityId],
  );
