import { Refusal, type Tx } from '@tenure/platform';
import { assembleTrace, type TracedEntry, type TraceFacts, type TraceStep } from './assemble-trace.js';
import { Operation } from './operation.entity.js';

/** The most entries that one may follow from; a chain is two or three long. */
const CHAIN = 10;
const LOOKS = 10;

/** The way from what sources said to what was read back, for one operation. */
export async function traceOperation(tx: Tx, id: string): Promise<{ operationId: string; steps: TraceStep[] }> {
  const operation = await tx.repository(Operation).findOneBy({ tenantId: tx.tenantId, id });
  if (!operation) throw new Refusal('operation_not_found', `There is no operation with the id ${id}.`);
  const steps = assembleTrace({
    operation,
    entries: await loadEntries(tx, operation.cause),
    policyVersions: await loadPolicyVersions(tx, operation),
    looks: await loadLooks(tx, operation),
  });
  return { operationId: id, steps };
}

const loadEntries = (tx: Tx, cause: string | null): Promise<TracedEntry[]> =>
  tx.query<TracedEntry>(
    `WITH RECURSIVE chain AS (
       SELECT j.*, 1 AS depth FROM journal j WHERE j.tenant_id = $1 AND j.id = $2
       UNION ALL SELECT j.*, chain.depth + 1 FROM chain JOIN journal j ON j.tenant_id = $1 AND j.id = chain.cause WHERE chain.depth < $3)
     SELECT c.id, c.at, c.actor, c.door, c.verb, c.subject_kind AS "subjectKind", c.subject_id AS "subjectId", c.revision, c.request_id AS "requestId",
       c.cause, p.body -> 'origins' AS origins
     FROM chain c LEFT JOIN journal_payloads p ON p.tenant_id = $1 AND p.journal_id = c.id ORDER BY c.depth`,
    [tx.tenantId, cause, CHAIN],
  );

async function loadPolicyVersions(tx: Tx, { because }: Operation): Promise<TraceFacts['policyVersions']> {
  const ids = because.flatMap(({ policyId }) => policyId ?? []);
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{ id: string; version: number; at: Date }>(
    'SELECT policy_id AS id, version, created_at AS at FROM policy_versions WHERE tenant_id = $1 AND policy_id = ANY ($2)',
    [tx.tenantId, ids],
  );
  return new Map(rows.map(({ id, version, at }) => [`${id}:${version}`, at]));
}

/** What was read of the same account, for the same version, after the operation. */
function loadLooks(
  tx: Tx,
  { id, accountId, desiredVersion, kind }: Operation,
): Promise<Pick<Operation, 'id' | 'at' | 'outcome' | 'exchanges' | 'ms'>[]> {
  if (accountId === null || kind === 'look') return Promise.resolve([]);
  return tx.query(
    `SELECT id, at, outcome, exchanges, ms FROM operations WHERE tenant_id = $1 AND account_id = $2 AND id > $3
       AND desired_version = $4 AND kind = 'look' ORDER BY id LIMIT $5`,
    [tx.tenantId, accountId, id, desiredVersion, LOOKS],
  );
}
