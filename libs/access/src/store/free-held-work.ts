import type { Tx } from '@tenure/platform';
import type { Identity } from '@tenure/identity';
import { setsOf, whereEvent } from '@tenure/applications';

/** Work of one application in one shard that is due again. */
export interface FreedWork {
  readonly applicationId: string;
  readonly shard: number;
}

const SHUT_OUT: ReadonlySet<Identity['state']> = new Set(['terminated', 'suspended', 'on_leave', 'purged']);
/** Changes that may have made a departure one by name. */
const OF_STATE: readonly string[] = ['*', 'state', 'stateReason'];

/** People who must not be in, by somebody's word: absence in a list is none. */
const isNamed = ({ state, stateReason, changedFields }: Identity): boolean =>
  SHUT_OUT.has(state) && stateReason?.fact !== 'absence' && changedFields.some((field) => OF_STATE.includes(field));

/**
 * What safety budgets keep back of people who are named as having left, or as suspended, is judged again: an absence that was
 * held before says nothing any more. Returns what has work now; the gate lets it through and supersedes the held items.
 */
export async function freeHeldWork(tx: Tx, people: readonly Identity[]): Promise<readonly FreedWork[]> {
  const ids = people.filter(isNamed).map(({ id }) => id);
  if (ids.length === 0) return [];
  const accounts = await tx.query<FreedWork>(
    `UPDATE accounts a SET ${setsOf('named')}
     WHERE a.tenant_id = $1 AND a.identity_id = ANY($2) AND ${whereEvent('named')} AND NOT (a.desired->>'enabled')::boolean
     RETURNING a.application_id AS "applicationId", a.shard`,
    [tx.tenantId, ids],
  );
  const members = await tx.query<FreedWork>(
    `UPDATE entitlement_members m SET runnable = true FROM accounts a, entitlements e
     WHERE a.tenant_id = $1 AND a.identity_id = ANY($2) AND m.tenant_id = $1 AND m.account_id = a.id AND NOT m.wanted AND NOT m.runnable
       AND m.error IS NULL AND e.tenant_id = $1 AND e.id = m.entitlement_id
     RETURNING m.application_id AS "applicationId", e.shard`,
    [tx.tenantId, ids],
  );
  return [...accounts, ...members];
}
