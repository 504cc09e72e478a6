import { Refusal, type Tx } from '@tenure/platform';
import { SourceGroup } from '../model/source-group.entity.js';
import type { Source } from '../model/source.entity.js';

/** A door says that there is a group, and what it is called; whoever follows it hears of another name. */
export async function stateGroup(tx: Tx, source: Pick<Source, 'id'>, id: string, name: string): Promise<void> {
  await tx.query(
    `INSERT INTO source_groups (tenant_id, id, source_id, name) VALUES ($1, $2, $3, $4)
     ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, untold = true WHERE source_groups.name <> excluded.name`,
    [tx.tenantId, id, source.id, name.normalize('NFC')],
  );
}

/** A door says that a group is gone; who was in it is told person by person. */
export async function forgetGroup(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.query(
    'UPDATE source_groups SET deleted_at = $3, untold = true WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL',
    [tx.tenantId, id, at],
  );
}

/** A group that some source has, or a refusal. */
export async function getSourceGroup(tx: Tx, id: string): Promise<SourceGroup> {
  const group = await tx.repository(SourceGroup).findOneBy({ tenantId: tx.tenantId, id });
  if (group?.deletedAt !== null) throw new Refusal('group_not_found', `No source has a group with the id ${id}.`);
  return group;
}
