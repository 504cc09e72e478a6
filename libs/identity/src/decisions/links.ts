import { Clock, newId, Refusal, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { closeCases } from '../cases/cases.js';
import { Identities, type StatementOutcome } from '../statement/identities.js';
import type { Identity } from '../model/identity.entity.js';
import { lockIdentities } from '../lifecycle/identity-store.js';
import { lockRecord } from '../record/record-store.js';
import type { SourceRecord } from '../model/source-record.entity.js';

/** What a person decides about one source record: whose it is, or that it is somebody of its own. */
export class Links {
  constructor(
    private readonly identities: Identities,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives the record to an identity. `emptied` is the identity that has no record left by that: it was the same person,
   * and what it holds belongs to the one that is named now.
   */
  async link(
    tx: Tx,
    by: Actor,
    recordId: string,
    identityId: string,
  ): Promise<{ identityId: string; emptied: string | null }> {
    const record = await lockRecord(tx, recordId);
    if (record.identityId === identityId) return { identityId, emptied: null };
    const left = record.identityId;
    const [target] = (await lockIdentities(tx, left === null ? [identityId] : [left, identityId])).filter(
      ({ id }) => id === identityId,
    );
    refuseUnfit(target, identityId);
    await this.give(tx, by, record, identityId, 'source_record.linked');
    await this.identities.settle(tx, by, identityId);
    if (left === null) return { identityId, emptied: null };
    const emptied = await isEmpty(tx, left);
    if (emptied) {
      await tx.query('UPDATE identities SET merged_into = $3 WHERE tenant_id = $1 AND id = $2', [
        tx.tenantId,
        left,
        identityId,
      ]);
    }
    await this.identities.settle(tx, by, left);
    return { identityId, emptied: emptied ? left : null };
  }

  /** Makes the record somebody of its own: one that waits, or one that was given to the wrong person. */
  async unlink(tx: Tx, by: Actor, recordId: string): Promise<{ identityId: string }> {
    const record = await lockRecord(tx, recordId);
    const left = record.identityId;
    if (left !== null && (await countRecords(tx, left)) === 1) {
      throw new Refusal(
        'only_record',
        'It is the only record of this identity; link it to another identity, or merge the two.',
      );
    }
    const identityId = newId();
    const give = (): Promise<void> => this.give(tx, by, record, identityId, 'source_record.unlinked');
    await this.identities.begin(tx, by, record, identityId, give);
    if (left !== null) await this.identities.settle(tx, by, left);
    return { identityId };
  }

  /** Weighs a record anew that waits, or of which something is disputed. */
  async retry(tx: Tx, by: Actor, recordId: string): Promise<StatementOutcome> {
    const outcome = await this.identities.retry(tx, by, recordId);
    await this.tell(tx, by, recordId, 'source_record.retried', {
      outcome: outcome.outcome,
      identityId: outcome.identityId,
    });
    return outcome;
  }

  private async give(tx: Tx, by: Actor, record: SourceRecord, identityId: string, verb: string): Promise<void> {
    await tx.query(
      `UPDATE source_records SET identity_id = $3, unresolved = NULL, disputed = '{}',
         corrects = $5 AND EXISTS (SELECT FROM sources s WHERE s.tenant_id = $1 AND s.id = source_id AND s.kind = 'admin'), version = version + 1, updated_at = $4
       WHERE tenant_id = $1 AND id = $2`,
      [tx.tenantId, record.id, identityId, this.clock.now(), verb === 'source_record.linked'],
    );
    for (const kind of ['correlation', 'disputed'] as const) {
      await closeCases(
        tx,
        this.clock.now(),
        { kind, subjectId: record.id },
        { actor: by.actor, resolution: { identityId } },
      );
    }
    await this.tell(tx, by, record.id, verb, { before: record.identityId, after: identityId });
  }

  private async tell(tx: Tx, by: Actor, subjectId: string, verb: string, payload: unknown): Promise<void> {
    await appendFact(tx, by, this.clock.now(), { verb, subjectKind: 'source_record', subjectId, payload });
  }
}

/** Refuses to give anything to an identity that is not there, was merged away or erased. */
export function refuseUnfit<T extends Pick<Identity, 'mergedInto' | 'state'>>(
  identity: T | null | undefined,
  id: string,
): asserts identity is T {
  if (identity == null) throw new Refusal('identity_not_found', `There is no identity with the id ${id}.`);
  if (identity.mergedInto !== null) {
    throw new Refusal('identity_merged', `This identity was merged into ${identity.mergedInto}; use that one.`);
  }
  if (identity.state === 'purged')
    throw new Refusal('identity_purged', 'What was known of this person is erased; nothing can be linked to it.');
}

async function countRecords(tx: Tx, identityId: string): Promise<number> {
  const [row] = await tx.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM source_records WHERE tenant_id = $1 AND identity_id = $2',
    [tx.tenantId, identityId],
  );
  return row?.n ?? 0;
}

const isEmpty = async (tx: Tx, identityId: string): Promise<boolean> => (await countRecords(tx, identityId)) === 0;
