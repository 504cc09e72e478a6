import type { Tx } from '@tenure/platform';
import { openHold } from '@tenure/identity';
import type { Actor } from '@tenure/journal';

/** Fewer people than this may all be replaced at once. */
const FEWEST = 3;

/**
 * Holds a full list that names none of the people whom its source knows: its keys have most likely changed their form, and it
 * would make everybody a second time. Returns the hold's id; null where the list may act.
 */
export async function holdStrangeList(
  tx: Tx,
  by: Actor,
  now: Date,
  list: { readonly importId: string; readonly sourceId: string; readonly keys: ReadonlySet<string> },
): Promise<string | null> {
  const [row] = await tx.query<{ of: number; named: number; sample: string[] | null }>(
    `SELECT count(*)::int AS of, count(*) FILTER (WHERE key = ANY($3))::int AS named,
       (array_agg(identity_id) FILTER (WHERE identity_id IS NOT NULL))[1:20] AS sample
     FROM source_records WHERE tenant_id = $1 AND source_id = $2 AND deleted_at IS NULL AND missing_since IS NULL`,
    [tx.tenantId, list.sourceId, [...list.keys]],
  );
  const { of, named, sample } = row ?? { of: 0, named: 0, sample: null };
  if (of < FEWEST || named > 0 || list.keys.size === 0) return null;
  return openHold(tx, now, {
    kind: 'import',
    subjectId: list.importId,
    reason: `The list names none of the ${of} people whom the source knows, so its employee numbers may have another form. Compare them; release the hold only if these are other people.`,
    effect: { people: list.keys.size, of, sample: sample ?? [] },
    action: { sourceId: list.sourceId, importId: list.importId },
    heldFor: by.actor,
  });
}
