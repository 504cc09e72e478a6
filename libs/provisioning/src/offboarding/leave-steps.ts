import { Database, type Tx } from '@tenure/platform';
import type { LeaveStep, WorkError } from '@tenure/applications';

/** A step that is due for a leased account, and what it needs to know. */
export type DueLeaveStep = Pick<LeaveStep, 'id' | 'episode' | 'kind' | 'reason'> & {
  /** `transfer`: the id that the heir has in the application; null: nobody was named, or they have no account there. */
  readonly heir: { readonly identityId: string; readonly remoteId: string | null } | null;
  /** `delete`: a step before it has not been done, and a person has to say what of it. */
  readonly blockedBy: string | null;
  /** The account has to be out of everything. */
  readonly removesEntitlements: boolean;
};

/** What became of one step. Without `state` it stays due, and is looked at again after `againAt`. */
export interface LeaveStepResult {
  readonly id: string;
  readonly state: 'done' | 'unsupported' | 'failed' | null;
  readonly error: WorkError | null;
  readonly note: string | null;
  readonly againAt: Date | null;
}

const OPEN = "('due', 'unsupported', 'failed')";

/** The obligations of leaves, and the memberships that they touch. */
export class LeaveSteps {
  constructor(private readonly database: Database) {}

  dueOf(tenantId: string, accountId: string, now: Date): Promise<DueLeaveStep[]> {
    return this.database.transaction(tenantId, (tx) =>
      tx.query<DueLeaveStep>(
        `SELECT s.id, s.episode, s.kind, s.reason,
           CASE WHEN s.to_identity_id IS NOT NULL THEN jsonb_build_object('identityId', s.to_identity_id, 'remoteId',
             (SELECT h.remote_id FROM accounts h WHERE h.tenant_id = s.tenant_id AND h.application_id = s.application_id
                AND h.identity_id = s.to_identity_id AND h.desired->>'enabled' = 'true')) END AS heir,
           CASE WHEN s.kind = 'delete' THEN (SELECT b.kind FROM leave_steps b WHERE b.tenant_id = s.tenant_id AND b.account_id = s.account_id
              AND b.episode = s.episode AND b.position < s.position AND b.kind IN ('disable', 'transfer', 'read_back') AND b.state IN ${OPEN}
              AND NOT (b.state = 'due' AND b.due_at <= $3) ORDER BY b.position LIMIT 1) END AS "blockedBy",
           EXISTS (SELECT FROM leave_steps r WHERE r.tenant_id = s.tenant_id AND r.account_id = s.account_id AND r.episode = s.episode
             AND r.kind = 'remove_entitlements' AND r.state NOT IN ('skipped', 'unsupported')) AS "removesEntitlements"
         FROM leave_steps s WHERE s.tenant_id = $1 AND s.account_id = $2 AND s.state = 'due' AND s.due_at <= $3 ORDER BY s.position, s.id`,
        [tenantId, accountId, now],
      ),
    );
  }

  /** Memberships are about to be taken away past their own rows: until it is known how that ended, they are not known. */
  async doubt(tenantId: string, accountId: string, remoteIds: readonly string[]): Promise<void> {
    await this.database.transaction(tenantId, (tx) => markMembers(tx, accountId, remoteIds, 'NULL'));
  }

  /** They were taken away: whoever is wanted again meanwhile is looked after, the others are done. */
  async settle(tenantId: string, accountId: string, remoteIds: readonly string[]): Promise<void> {
    await this.database.transaction(tenantId, (tx) =>
      markMembers(tx, accountId, remoteIds, 'CASE WHEN m.wanted THEN NULL ELSE false END'),
    );
  }
}

async function markMembers(tx: Tx, accountId: string, remoteIds: readonly string[], held: string): Promise<void> {
  await tx.query(
    `UPDATE entitlement_members m SET held = ${held} FROM entitlements e
     WHERE m.tenant_id = $1 AND m.account_id = $2 AND e.tenant_id = m.tenant_id AND e.id = m.entitlement_id AND e.remote_id = ANY($3)`,
    [tx.tenantId, accountId, remoteIds],
  );
}

/** Keeps what became of the steps, together with the account's own outcome. One that was cancelled meanwhile stays so. */
export async function writeLeaveSteps(tx: Tx, results: readonly LeaveStepResult[], now: Date): Promise<void> {
  if (results.length === 0) return;
  await tx.query(
    `UPDATE leave_steps s SET state = coalesce(r.state, s.state), error = r.error, note = r.note, due_at = coalesce(r."againAt", s.due_at),
       done_at = CASE WHEN r.state = 'done' THEN $3::timestamptz END
     FROM jsonb_to_recordset($2) AS r (id uuid, state text, error jsonb, note text, "againAt" timestamptz)
     WHERE s.tenant_id = $1 AND s.id = r.id AND s.state = 'due'`,
    [tx.tenantId, JSON.stringify(results), now],
  );
}
