import type { Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { openCase } from '@tenure/identity';
import { markBehind } from '../store/access-store.js';
import { closeRequest } from '../store/request-store.js';

/** Two identities that turned out to be one person. */
export interface Adoption {
  readonly survivorId: string;
  readonly otherId: string;
}

/** What came over, and where both have an account. */
export interface Adopted {
  readonly accountIds: readonly string[];
  readonly duplicates: readonly string[];
}

/**
 * Gives the survivor what the other one holds: accounts with their memberships, direct grants, open requests, and what the
 * other is asked and answers for. Where both have an account, both stay, and a person is asked; nothing is lost or deleted.
 * The caller has locked both identities.
 */
export async function adoptHoldings(tx: Tx, by: Actor, at: Date, { survivorId, otherId }: Adoption): Promise<Adopted> {
  const params = [tx.tenantId, survivorId, otherId];
  const moved = await tx.query<{ id: string }>(
    `UPDATE accounts AS a SET identity_id = $2 WHERE tenant_id = $1 AND identity_id = $3
       AND NOT EXISTS (SELECT FROM accounts s WHERE s.tenant_id = $1 AND s.identity_id = $2 AND s.application_id = a.application_id)
     RETURNING id`,
    params,
  );
  await tx.query(
    "UPDATE grants SET identity_id = $2 WHERE tenant_id = $1 AND identity_id = $3 AND origin <> 'policy'",
    params,
  );
  await adoptRequests(tx, by, at, { survivorId, otherId });
  await tx.query('UPDATE applications SET owner_id = $2 WHERE tenant_id = $1 AND owner_id = $3', params);
  const accountIds = moved.map(({ id }) => id);
  const duplicates = await askAboutDuplicates(tx, at, { survivorId, otherId });
  const cause = await appendFact(tx, by, at, {
    verb: 'access.adopted',
    subjectKind: 'identity',
    subjectId: survivorId,
    payload: { from: otherId, accountIds, duplicates },
  });
  await markBehind(tx, [survivorId, otherId], { cause, urgent: false });
  return { accountIds, duplicates };
}

/** What both have asked for is asked once; what the other is to answer, the survivor answers, but never for themselves. */
async function adoptRequests(tx: Tx, by: Actor, at: Date, { survivorId, otherId }: Adoption): Promise<void> {
  const params = [tx.tenantId, survivorId, otherId];
  const twice = await tx.query<{ id: string }>(
    `SELECT o.id FROM requests o JOIN requests s ON s.tenant_id = o.tenant_id AND s.identity_id = $2 AND s.state = 'pending' AND s.kind = o.kind
       AND CASE o.kind WHEN 'keep' THEN s.policy_id = o.policy_id
         ELSE s.application_id = o.application_id AND s.entitlement_id IS NOT DISTINCT FROM o.entitlement_id END
     WHERE o.tenant_id = $1 AND o.identity_id = $3 AND o.state = 'pending'`,
    params,
  );
  for (const { id } of twice)
    await closeRequest(
      tx,
      by,
      { id, identityId: otherId },
      'cancelled',
      'The same person has asked for it already.',
      at,
    );
  await tx.query('UPDATE requests SET identity_id = $2 WHERE tenant_id = $1 AND identity_id = $3', params);
  await tx.query('UPDATE approvals SET approver_id = $2 WHERE tenant_id = $1 AND approver_id = $3', params);
  await tx.query(
    `UPDATE approvals AS a SET approver_kind = 'admin', approver_id = NULL FROM requests r
     WHERE a.tenant_id = $1 AND a.state = 'pending' AND a.approver_id = $2 AND r.tenant_id = $1 AND r.id = a.request_id AND r.identity_id = $2`,
    [tx.tenantId, survivorId],
  );
}

async function askAboutDuplicates(tx: Tx, at: Date, { survivorId, otherId }: Adoption): Promise<string[]> {
  const both = await tx.query<{ id: string; other: string; applicationId: string; application: string }>(
    `SELECT s.id, o.id AS other, p.id AS "applicationId", p.name AS application
     FROM accounts o JOIN accounts s ON s.tenant_id = o.tenant_id AND s.application_id = o.application_id AND s.identity_id = $2
     JOIN applications p ON p.tenant_id = o.tenant_id AND p.id = o.application_id
     WHERE o.tenant_id = $1 AND o.identity_id = $3`,
    [tx.tenantId, survivorId, otherId],
  );
  for (const { id, other, applicationId, application } of both)
    await openCase(tx, at, {
      kind: 'duplicate_account',
      subjectId: survivorId,
      topic: applicationId,
      reason: `The person has two accounts in ${application}; say which one stays.`,
      details: { applicationId, accountId: id, otherAccountId: other, otherIdentityId: otherId },
    });
  return both.map(({ applicationId }) => applicationId);
}
