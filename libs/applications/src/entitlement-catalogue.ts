import { newId, type Tx } from '@tenure/platform';
import type { EntitlementRef } from '@tenure/connectors';
import type { Application } from './application.entity.js';
import { Entitlement } from './entitlement.entity.js';
import { shardOf } from './shard-of.js';

/** An entitlement by the one form of its name: the letters count, not how they were typed. */
export const plainRef = ({ kind, name }: EntitlementRef): EntitlementRef => ({ kind, name: name.normalize('NFC') });

/** Expressions by target, in the form in which they are compared and kept. */
export const plainTexts = (texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(texts).map(([target, text]) => [target, text.normalize('NFC')]));

/** The id of an application's entitlement; it becomes known here when a policy first names it, and is wanted again when it was removed. */
export async function knowEntitlement(tx: Tx, application: Application, given: EntitlementRef): Promise<string> {
  const [id, ref] = [newId(), plainRef(given)];
  await tx.query(
    `INSERT INTO entitlements (tenant_id, id, application_id, kind, name, shard) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (tenant_id, application_id, kind, name) DO UPDATE SET removed_at = NULL,
       state = CASE WHEN entitlements.state = 'deleted' THEN 'ready' ELSE entitlements.state END
       WHERE entitlements.removed_at IS NOT NULL`,
    [tx.tenantId, id, application.id, ref.kind, ref.name, shardOf(id, application.shards)],
  );
  const known = await tx
    .repository(Entitlement)
    .findOneBy({ tenantId: tx.tenantId, applicationId: application.id, kind: ref.kind, name: ref.name });
  if (!known) throw new Error('an entitlement that was just inserted is not there');
  return known.id;
}
