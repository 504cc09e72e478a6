import type { Timer, Tx } from '@tenure/platform';
import { setsOf, whereEvent, WorkHints, type Application, type Work } from '@tenure/applications';
import type { LeasedAccount } from './account-leases.js';

/**
 * Accounts (`d`) that others wait for: of the same person, in an application that must come first, to be enabled there and
 * not yet so. What nobody works on, because it is protected, skipped or only looked at, keeps nobody waiting.
 */
const NOT_YET = `d.applied_version < d.desired_version AND d.desired->>'enabled' = 'true' AND d.protected_reason IS NULL
  AND d.state NOT IN ('skipped', 'withheld')`;

/**
 * Leaves out the leased accounts whose person is not yet in an application that must come first, and lets them wait without
 * a lease. Whoever is to lose access waits for nothing. The rows that are waited for stay locked until the commit, so nobody
 * can apply them without seeing who waits.
 */
export async function letWait(
  tx: Tx,
  application: Application,
  accounts: readonly LeasedAccount[],
): Promise<readonly LeasedAccount[]> {
  const coming = accounts.filter(({ desired }) => desired.enabled);
  if (application.dependsOn.length === 0 || coming.length === 0) return accounts;
  const rows = await tx.query<{ identityId: string; name: string }>(
    `SELECT d.identity_id AS "identityId", p.name FROM accounts d JOIN applications p ON p.tenant_id = d.tenant_id AND p.id = d.application_id
     WHERE d.tenant_id = $1 AND d.application_id = ANY($2) AND d.identity_id = ANY($3) AND ${NOT_YET} ORDER BY d.id FOR SHARE OF d`,
    [tx.tenantId, application.dependsOn, coming.map(({ identityId }) => identityId)],
  );
  if (rows.length === 0) return accounts;
  const before = new Map(rows.map(({ identityId, name }) => [identityId, name]));
  const waiting = coming.filter(({ identityId }) => before.has(identityId));
  await tx.query(
    `UPDATE accounts a SET ${setsOf('waits')}, note = w.note
     FROM jsonb_to_recordset($2) AS w (id uuid, note text) WHERE a.tenant_id = $1 AND a.id = w.id`,
    [
      tx.tenantId,
      JSON.stringify(
        waiting.map(({ id, identityId }) => ({
          id,
          note: `Waits for the person’s account in ${before.get(identityId) ?? ''}.`,
        })),
      ),
    ],
  );
  const ids = new Set(waiting.map(({ id }) => id));
  return accounts.filter(({ id }) => !ids.has(id));
}

/** Lets go on whoever has nothing to wait for any more: what was waited for is protected now, skipped, or no dependency. */
export const waitingAccountsTimer = (hints: WorkHints, everyMs: number): Timer => ({
  name: 'waiting-accounts',
  everyMs,
  run: async (tx) => {
    const works = await tx.query<Omit<Work, 'urgent'>>(
      `UPDATE accounts w SET ${setsOf('woken', 'w')} FROM applications p
       WHERE ${whereEvent('woken', 'w')} AND p.tenant_id = w.tenant_id AND p.id = w.application_id AND NOT EXISTS (
         SELECT FROM accounts d WHERE d.tenant_id = w.tenant_id AND d.identity_id = w.identity_id AND d.application_id = ANY(p.depends_on) AND ${NOT_YET})
       RETURNING w.tenant_id AS "tenantId", w.application_id AS "applicationId", p.connector, w.shard`,
    );
    for (const work of works) tx.afterCommit(() => hints.now({ ...work, urgent: false }));
  },
});
