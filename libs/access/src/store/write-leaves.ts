import { newId, type Tx } from '@tenure/platform';
import { planLeave, setsOf, type DisableReason, type Playbook } from '@tenure/applications';
import type { Decided } from './holdings.js';
import type { TenantRules } from '../decide/tenant-rules.js';

/** An account whose leave begins, or that is to be used again. */
export interface LeaveChange {
  readonly accountId: string;
  readonly applicationId: string;
  readonly leave: DisableReason | 'return';
  readonly playbook: Playbook;
  readonly managerId: string | null;
}

export const leavesOf = (decided: readonly Decided[], rules: TenantRules): readonly LeaveChange[] =>
  decided.flatMap(({ identity, decision }) =>
    decision.accounts.changes.flatMap(({ id, applicationId, leave }) =>
      id === undefined || leave === undefined
        ? []
        : [
            {
              accountId: id,
              applicationId,
              leave,
              playbook: rules.applications.get(applicationId)?.playbook ?? {},
              managerId: identity.managerId,
            },
          ],
    ),
  );

/**
 * The obligations of leaves that begin. What an earlier leave still owed is cancelled, but for the end of sessions: whoever
 * is back in the same minute has to sign in again all the same.
 */
export async function writeLeaves(tx: Tx, changes: readonly LeaveChange[], now: Date): Promise<void> {
  if (changes.length === 0) return;
  const beginning = changes.filter(({ leave }) => leave !== 'return').map(({ accountId }) => accountId);
  await tx.query(
    `UPDATE leave_steps SET state = 'cancelled', done_at = $4
     WHERE tenant_id = $1 AND account_id = ANY($2) AND state IN ('due', 'unsupported', 'failed')
       AND (kind <> 'end_sessions' OR account_id = ANY($3))`,
    [tx.tenantId, changes.map(({ accountId }) => accountId), beginning, now],
  );
  const rows = changes.flatMap(({ accountId, applicationId, leave, playbook, managerId }) => {
    if (leave === 'return') return [];
    const episode = newId();
    return planLeave(playbook, leave, managerId, now).map((step) => ({
      ...step,
      id: newId(),
      accountId,
      applicationId,
      episode,
      reason: leave,
    }));
  });
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO leave_steps (tenant_id, id, account_id, application_id, episode, kind, position, reason, due_at, to_identity_id)
     SELECT $1, s.id, s."accountId", s."applicationId", s.episode, s.kind, s.position, s.reason, s."dueAt", s."toIdentityId"
     FROM jsonb_to_recordset($2) AS s (id uuid, "accountId" uuid, "applicationId" uuid, episode uuid, kind text, position int, reason text,
       "dueAt" timestamptz, "toIdentityId" uuid)`,
    [tx.tenantId, JSON.stringify(rows)],
  );
  await tx.query(`UPDATE accounts a SET ${setsOf('leaving')} WHERE a.tenant_id = $1 AND a.id = ANY($2)`, [
    tx.tenantId,
    beginning,
  ]);
}
