import type { Tx } from '@tenure/platform';

/** The identity that is named as manager, and whether somebody names this person as theirs. */
export interface ManagerClaim {
  readonly managerId: string | null;
  readonly hasClaimants: boolean;
}

/** Who is meant by a manager's employee number. Only who has claimants can close a circle. */
export async function findManager(
  tx: Tx,
  managerNumber: string | null,
  ownNumber: string | null,
): Promise<ManagerClaim> {
  if (managerNumber === null) return { managerId: null, hasClaimants: false };
  const [row] = await tx.prepared<ManagerClaim>(
    `SELECT (SELECT id FROM identities WHERE tenant_id = $1 AND employee_number = $2 ORDER BY id LIMIT 1) AS "managerId",
       EXISTS (SELECT FROM identities WHERE tenant_id = $1 AND manager_number = $3) AS "hasClaimants"`,
    [tx.tenantId, managerNumber, ownNumber],
  );
  return row ?? { managerId: null, hasClaimants: false };
}

/** No chain of managers is longer; one that is goes in a circle further up, where it is found too. */
const MAX_CHAIN = 100;

/** Somebody in a circle of managers, and whether that is known of this one yet. */
export interface CircleMember {
  readonly id: string;
  readonly circled: boolean;
}

/**
 * The people between `managerId` and back to `identityId`, following who names whom; null when the chain ends elsewhere.
 * A circle is looked at again once everybody in it is locked: somebody may just be leaving it.
 */
export async function findCircle(
  tx: Tx,
  identityId: string,
  ownNumber: string,
  managerId: string,
): Promise<CircleMember[] | null> {
  if (managerId === identityId) return [];
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('managers|' || $1::text, 0))", [tx.tenantId]);
  for (let locked: readonly string[] = []; ;) {
    const chain = await chainAbove(tx, identityId, managerId);
    if (chain.at(-1)?.next !== ownNumber) return null;
    if (chain.every(({ id }) => locked.includes(id))) return chain.map(({ id, circled }) => ({ id, circled }));
    locked = chain.map(({ id }) => id);
    await tx.query('SELECT FROM identities WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE', [
      tx.tenantId,
      locked,
    ]);
  }
}

/** From a manager upwards, until nobody is named, the chain repeats itself, or it comes to `identityId`. */
const chainAbove = (
  tx: Tx,
  identityId: string,
  managerId: string,
): Promise<(CircleMember & { readonly next: string | null })[]> =>
  tx.query(
    `WITH RECURSIVE chain AS (
       SELECT id, manager_number, manager_cycle, ARRAY[id] AS seen FROM identities WHERE tenant_id = $1 AND id = $2
       UNION ALL
       SELECT i.id, i.manager_number, i.manager_cycle, c.seen || i.id
       FROM chain c JOIN identities i ON i.tenant_id = $1 AND i.employee_number = c.manager_number
       WHERE NOT i.id = ANY(c.seen) AND i.id <> $3 AND cardinality(c.seen) < ${MAX_CHAIN})
     SELECT id, manager_cycle AS circled, manager_number AS next FROM chain ORDER BY cardinality(seen)`,
    [tx.tenantId, managerId, identityId],
  );

/** Those of the chain upwards from a manager's number who were in a circle: it may be open now. */
export async function circledAbove(tx: Tx, managerNumber: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `WITH RECURSIVE chain AS (
       SELECT id, manager_number, ARRAY[id] AS seen FROM identities WHERE tenant_id = $1 AND employee_number = $2 AND manager_cycle
       UNION ALL
       SELECT i.id, i.manager_number, c.seen || i.id FROM chain c JOIN identities i ON i.tenant_id = $1 AND i.employee_number = c.manager_number
       WHERE i.manager_cycle AND NOT i.id = ANY(c.seen) AND cardinality(c.seen) < ${MAX_CHAIN})
     SELECT id FROM chain`,
    [tx.tenantId, managerNumber],
  );
  return rows.map((row) => row.id);
}

/** People who name one of these employee numbers as their manager's. */
export async function claimantsOf(tx: Tx, employeeNumbers: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    'SELECT id FROM identities WHERE tenant_id = $1 AND manager_number = ANY($2) ORDER BY id',
    [tx.tenantId, employeeNumbers],
  );
  return rows.map((row) => row.id);
}

export async function hasReports(tx: Tx, identityId: string): Promise<boolean> {
  const rows = await tx.query(
    "SELECT FROM identities WHERE tenant_id = $1 AND manager_id = $2 AND state NOT IN ('terminated', 'purged') LIMIT 1",
    [tx.tenantId, identityId],
  );
  return rows.length > 0;
}
