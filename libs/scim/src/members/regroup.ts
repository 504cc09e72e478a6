import { Database, Queues, SlicedWork, type Tx } from '@tenure/platform';
import { Identities, getSource, type Source } from '@tenure/identity';
import { managerNumbers } from './keep-manager.js';
import { membershipsOf, USERS_BELOW } from './memberships.js';
import { plainName } from '../schema/plain-text.js';

/** Whoever changes the groups of somebody in a slice waits for its end. */
const SLICE = 25;

/**
 * Tells identities which groups they are in, and who their manager is. What is still to be told is a row of the transaction that changed a group, so
 * that nothing is lost, and a group is locked no longer than its own change takes.
 */
export class Regrouping {
  readonly work: SlicedWork;

  constructor(
    database: Database,
    private readonly identities: Identities,
    queues: Queues,
  ) {
    this.work = new SlicedWork(database, queues, {
      kind: 'regroup',
      timer: 'regroupings',
      open: 'SELECT DISTINCT tenant_id, source_id AS id FROM scim_regroupings',
      slice: (tx, sourceId) => this.slice(tx, sourceId),
    });
  }

  async concern(tx: Tx, source: Pick<Source, 'id'>, recordIds: readonly string[]): Promise<void> {
    if (recordIds.length === 0) return;
    await tx.query(
      `INSERT INTO scim_regroupings (tenant_id, source_id, record_id) SELECT $1, $2, id FROM unnest($3::uuid[]) AS id ORDER BY id
       ON CONFLICT DO NOTHING`,
      [tx.tenantId, source.id, recordIds],
    );
    this.work.announce(tx, source.id);
  }

  /** The users among these members, and below the groups among them: none of them is brought here, however many there are. */
  async concernBelow(tx: Tx, source: Pick<Source, 'id'>, memberIds: readonly string[]): Promise<void> {
    if (memberIds.length === 0) return;
    this.work.announce(tx, source.id);
    await tx.prepared(
      `INSERT INTO scim_regroupings (tenant_id, source_id, record_id) SELECT $1, $2, below.id FROM (${USERS_BELOW}) below ORDER BY below.id
       ON CONFLICT DO NOTHING`,
      [tx.tenantId, source.id, memberIds],
    );
  }

  /** Locks before it looks: of two changes of one person's groups the later one sees both. */
  private async tell(tx: Tx, source: Source, recordIds: readonly string[]): Promise<void> {
    const records = await tx.query<{ id: string; hadManager: boolean }>(
      `SELECT id, attributes ->> 'managerEmployeeNumber' IS NOT NULL AS "hadManager" FROM source_records WHERE tenant_id = $1 AND source_id = $2 AND id = ANY($3) ORDER BY id FOR UPDATE`,
      [tx.tenantId, source.id, recordIds],
    );
    const memberships = await membershipsOf(tx, recordIds);
    const managers = await managerNumbers(tx, recordIds);
    for (const { id, hadManager } of records) {
      const own = memberships.filter(({ memberId }) => memberId === id);
      const groups = [...new Set(own.map(({ display }) => plainName(display)))];
      const groupIds = own.map(({ groupId }) => groupId);
      const number = managers.get(id) ?? null;
      const manager = number !== null || hadManager ? { managerEmployeeNumber: number } : {};
      const by = { actor: `source:${source.id}`, door: 'scim' } as const;
      await this.identities.state(tx, by, { source, key: id, person: { groups, groupIds, ...manager } });
    }
  }

  private async slice(tx: Tx, sourceId: string): Promise<boolean> {
    const rows = await tx.query<{ id: string }>(
      `DELETE FROM scim_regroupings WHERE tenant_id = $1 AND source_id = $2 AND record_id IN (
         SELECT record_id FROM scim_regroupings WHERE tenant_id = $1 AND source_id = $2 ORDER BY record_id LIMIT ${SLICE} FOR UPDATE SKIP LOCKED)
       RETURNING record_id AS id`,
      [tx.tenantId, sourceId],
    );
    if (rows.length === 0) return false;
    await this.tell(
      tx,
      await getSource(tx, sourceId),
      rows.map(({ id }) => id),
    );
    return rows.length === SLICE;
  }
}
