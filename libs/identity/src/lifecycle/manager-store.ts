import type { Tx } from '@tenure/platform';

/** The identity that is named as manager, and whether somebody names this person as theirs. */
export interface ManagerClaim {
  readonly managerId: string | null;
  readonly hasClaimants: boolean;
}

/** By what a person is named as manager whose employee number is not known: stands where a number does. */
const REFERENCE = /^@([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
/** The same in SQL, of a column. */
const referredBy = (number: string): string =>
  `CASE WHEN ${number} ~ '${REFERENCE.source.replace('?:', '')}' THEN substr(${number}, 2)::uuid END`;

/** All by which others can name a person as their manager. */
export const managerNames = (id: string, employeeNumber: string | null | undefined): readonly string[] => [
  ...(employeeNumber ? [employeeNumber] : []),
  `@${id}`,
];

/**
 * Who is meant by what names a manager: whose employee number it is; whom it stands for; whose number it was before a
 * conversion, the record of the ended employment being the person's still.
 * @param number SQL for what names the manager
 * @param referred SQL for the id that it stands for
 */
const meantBy = (number: string, referred: string): string => `coalesce(
  (SELECT id FROM identities WHERE tenant_id = $1 AND employee_number = ${number} ORDER BY id LIMIT 1),
  (SELECT coalesce(merged_into, id) FROM identities WHERE tenant_id = $1 AND id = ${referred}),
  (SELECT r.identity_id FROM sources s JOIN source_records r ON r.tenant_id = s.tenant_id AND r.source_id = s.id AND r.key = ${number}
   WHERE s.tenant_id = $1 AND s.kind IN ('hrms', 'csv') AND r.identity_id IS NOT NULL AND r.deleted_at IS NULL
     AND r.attributes ->> 'employeeNumber' = ${number}
   ORDER BY s.rank, s.id LIMIT 1))`;

/** Who is meant by a manager's employee number, or by what stands for one. Only who has claimants can close a circle. */
export async function findManager(
  tx: Tx,
  managerNumber: string | null,
  ownNames: readonly string[],
): Promise<ManagerClaim> {
  if (managerNumber === null) return { managerId: null, hasClaimants: false };
  const [row] = await tx.prepared<ManagerClaim>(
    `SELECT ${meantBy('$2', '$4')} AS "managerId",
       EXISTS (SELECT FROM identities WHERE tenant_id = $1 AND manager_number = ANY($3)) AS "hasClaimants"`,
    [tx.tenantId, managerNumber, ownNames, referred(managerNumber)],
  );
  return row ?? { managerId: null, hasClaimants: false };
}

const referred = (managerNumber: string): string | null => REFERENCE.exec(managerNumber)?.[1] ?? null;

/** Whom the identity `i` names as manager. */
const MEANT = meantBy('i.manager_number', referredBy('i.manager_number'));

/** Numbers that were a person's before conversions. */
export async function formerNumbersOf(tx: Tx, id: string): Promise<string[]> {
  const rows = await tx.query<{ number: string }>(
    `SELECT DISTINCT r.key AS number FROM source_records r JOIN sources s ON s.tenant_id = r.tenant_id AND s.id = r.source_id
     WHERE r.tenant_id = $1 AND r.identity_id = $2 AND s.kind IN ('hrms', 'csv') AND r.deleted_at IS NULL
       AND r.attributes ->> 'employeeNumber' = r.key`,
    [tx.tenantId, id],
  );
  return rows.map(({ number }) => number);
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
export async function findCircle(tx: Tx, identityId: string, managerId: string): Promise<CircleMember[] | null> {
  if (managerId === identityId) return [];
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('managers|' || $1::text, 0))", [tx.tenantId]);
  for (let locked: readonly string[] = []; ;) {
    const chain = await chainAbove(tx, identityId, managerId);
    if (chain.at(-1)?.next !== identityId) return null;
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
       SELECT i.id, ${MEANT} AS next, i.manager_cycle, ARRAY[i.id] AS seen FROM identities i WHERE i.tenant_id = $1 AND i.id = $2
       UNION ALL
       SELECT i.id, ${MEANT}, i.manager_cycle, c.seen || i.id FROM chain c JOIN identities i ON i.tenant_id = $1 AND i.id = c.next
       WHERE NOT i.id = ANY(c.seen) AND i.id <> $3 AND cardinality(c.seen) < ${MAX_CHAIN})
     SELECT id, manager_cycle AS circled, next FROM chain ORDER BY cardinality(seen)`,
    [tx.tenantId, managerId, identityId],
  );

/** Those of the chain upwards from a manager's number who were in a circle: it may be open now. */
export async function circledAbove(tx: Tx, managerNumber: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `WITH RECURSIVE chain AS (
       SELECT i.id, ${MEANT} AS next, ARRAY[i.id] AS seen FROM identities i
       WHERE i.tenant_id = $1 AND i.id = ${meantBy('$2', '$3')} AND i.manager_cycle
       UNION ALL
       SELECT i.id, ${MEANT}, c.seen || i.id FROM chain c JOIN identities i ON i.tenant_id = $1 AND i.id = c.next
       WHERE i.manager_cycle AND NOT i.id = ANY(c.seen) AND cardinality(c.seen) < ${MAX_CHAIN})
     SELECT id FROM chain`,
    [tx.tenantId, managerNumber, referred(managerNumber)],
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

/** People whom the identity clock settles next; somebody who is due earlier stays so. */
export async function makeDue(tx: Tx, ids: readonly string[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    "UPDATE identities SET due_at = least(due_at, $3) WHERE tenant_id = $1 AND id = ANY($2) AND state <> 'purged'",
    [tx.tenantId, ids, now],
  );
}

export async function hasReports(tx: Tx, identityId: string): Promise<boolean> {
  const rows = await tx.query(
    "SELECT FROM identities WHERE tenant_id = $1 AND manager_id = $2 AND state NOT IN ('terminated', 'purged') LIMIT 1",
    [tx.tenantId, identityId],
  );
  return rows.length > 0;
}
