import { Clock, Refusal, type Tx } from '@tenure/platform';
import { appendFact, tellSessionsEnded, type Actor } from '@tenure/journal';
import { endSessionsOf } from '@tenure/tenancy';
import { Identities } from '../statement/identities.js';
import { lockIdentities } from '../lifecycle/identity-store.js';
import { refuseUnfit } from './links.js';

export interface MergeInput {
  readonly survivorId: string;
  readonly otherId: string;
  readonly reason: string;
}

/** Two identities that turn out to be one person. */
export class Merges {
  constructor(
    private readonly identities: Identities,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives the other's records to the survivor and computes both anew. The other stays as a tombstone that names the
   * survivor. What it holds in applications is the caller's to hand over, in the same transaction.
   */
  async merge(tx: Tx, by: Actor, { survivorId, otherId, reason }: MergeInput): Promise<void> {
    if (survivorId === otherId) throw new Refusal('same_identity', 'An identity cannot be merged with itself.');
    const locked = await lockIdentities(tx, [survivorId, otherId]);
    const other = locked.find(({ id }) => id === otherId);
    const survivor = locked.find(({ id }) => id === survivorId);
    refuseUnfit(survivor, survivorId);
    refuseUnfit(other, otherId);
    if (other.protectedReason !== null && survivor.protectedReason === null) {
      throw new Refusal(
        'identity_protected',
        'The identity to be merged away is protected; end its protection first, or merge the other way round.',
      );
    }
    const now = this.clock.now();
    const moved = await tx.query<{ id: string }>(
      `UPDATE source_records r SET identity_id = $3, version = version + 1, updated_at = $4,
         corrects = corrects OR (EXISTS (SELECT FROM sources s WHERE s.tenant_id = $1 AND s.id = r.source_id AND s.kind = 'admin')
           AND NOT EXISTS (SELECT FROM source_records o JOIN sources s ON s.tenant_id = o.tenant_id AND s.id = o.source_id AND s.kind = 'admin'
             WHERE o.tenant_id = $1 AND o.identity_id = $3 AND NOT o.corrects))
       WHERE tenant_id = $1 AND identity_id = $2 RETURNING id`,
      [tx.tenantId, otherId, survivorId, now],
    );
    await tx.query(
      'UPDATE overrides SET ended_at = $3, ended_by = $4 WHERE tenant_id = $1 AND identity_id = $2 AND ended_at IS NULL',
      [tx.tenantId, otherId, now, by.actor],
    );
    await tx.query('UPDATE identities SET merged_into = $3, protected_reason = NULL WHERE tenant_id = $1 AND id = $2', [
      tx.tenantId,
      otherId,
      survivorId,
    ]);
    await tellSessionsEnded(tx, by, now, await endSessionsOf(tx, otherId, now), 'merged');
    const payload = { survivorId, otherId, reason, records: moved.map(({ id }) => id) };
    const cause = await appendFact(tx, by, now, {
      verb: 'identity.merged',
      subjectKind: 'identity',
      subjectId: survivorId,
      payload,
    });
    await appendFact(tx, { ...by, cause }, now, {
      verb: 'identity.merged_away',
      subjectKind: 'identity',
      subjectId: otherId,
      payload,
    });
    // The other first: it gives up the employee number and the address that the survivor has from now on.
    await this.identities.settle(tx, { ...by, cause }, otherId);
    await this.identities.settle(tx, { ...by, cause }, survivorId);
  }
}
