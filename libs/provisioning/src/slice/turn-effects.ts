import { type Tx } from '@tenure/platform';
import { closeCases, openCase } from '@tenure/identity';
import { setsOf, whereEvent, WorkHints, type Application } from '@tenure/applications';
import type { Capabilities } from '@tenure/connectors';
import { findHolderDrift } from '../drift/findings/find-holder-drift.js';
import { Ambiguous, type HeldSighting } from '../reconcile/find-account.js';
import { writeLeaveSteps } from '../offboarding/leave-steps.js';
import { shardsOfMembers } from '../backlog/member-shards.js';
import type { WorkedApplication } from '../backlog/take-batch.js';
import type { Turn } from '../reconcile/turn.js';
import { freeOtherNames } from '../reconcile/unique-names.js';

/** The kind of the case that asks which of several accounts is a person's. */
export const AMBIGUOUS = 'ambiguous_account';
const CLOSED = { actor: 'engine' } as const;

/** Keeps what became of steps of leaves, of those turns whose lease was not lost. */
export async function keepLeaveSteps(tx: Tx, turns: readonly Turn[], now: Date): Promise<void> {
  const leaving = turns.filter(({ result }) => (result.leave?.length ?? 0) > 0);
  if (leaving.length === 0) return;
  const rows = await tx.query<{ id: string; fence: string }>(
    'SELECT id, fence FROM accounts WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE',
    [tx.tenantId, leaving.map(({ account }) => account.id)],
  );
  const fences = new Map(rows.map(({ id, fence }) => [id, fence]));
  const ours = leaving.filter(({ account }) => fences.get(account.id) === account.fence);
  const results = ours.flatMap(({ result }) => result.leave ?? []);
  await writeLeaveSteps(tx, results, now);
}

/** What follows from turns that were written: names that are free again, questions, and who waited for these accounts. */
export class TurnEffects {
  constructor(private readonly hints: WorkHints) {}

  async follow(tx: Tx, application: WorkedApplication, written: readonly Turn[], now: Date): Promise<void> {
    for (const { account, result } of written) {
      if (result.kind === 'applied' && result.names) await freeOtherNames(tx, account.id, result.names);
      await this.ask(tx, application, { account, result }, now);
    }
    await markOrigin(tx, written);
    const fresh = written.filter(({ account }) => account.remoteId === null);
    await closeQuestions(
      tx,
      fresh.filter(({ result }) => result.kind === 'applied'),
      now,
    );
    await this.wakeMembers(tx, application, fresh);
    const applied = written.filter(({ result }) => result.kind === 'applied');
    if (application.hasDependents) await this.wakeDependents(tx, application, applied);
  }

  /** Accounts that the application took for those of other people, and may have written to. */
  async compareHeld(
    tx: Tx,
    application: WorkedApplication,
    capabilities: Capabilities,
    held: readonly HeldSighting[],
    now: Date,
  ): Promise<void> {
    for (const seen of held) await findHolderDrift(tx, this.hints, application, seen, now, capabilities);
  }

  /** Several accounts that match one person are a question. */
  private async ask(
    tx: Tx,
    application: Application,
    { account, result }: Omit<Turn, 'attempt'>,
    now: Date,
  ): Promise<void> {
    const { id: subjectId, identityId } = account;
    if (result.kind === 'failed' && result.error instanceof Ambiguous)
      await openCase(tx, now, {
        kind: AMBIGUOUS,
        subjectId,
        reason: `${result.error.remoteIds.length} accounts in ${application.name} match one person; say which is theirs.`,
        details: { applicationId: application.id, identityId, remoteIds: result.error.remoteIds },
      });
  }

  /** Memberships that waited for these accounts. */
  private async wakeMembers(
    tx: Tx,
    { id: applicationId, connector }: Application,
    turns: readonly Turn[],
  ): Promise<void> {
    if (turns.length === 0) return;
    const { tenantId } = tx;
    const shards = await shardsOfMembers(
      tx,
      turns.map(({ account }) => account.id),
    );
    for (const shard of shards) this.hints.announce(tx, { tenantId, applicationId, connector, shard, urgent: false });
  }

  /** Accounts of the same people in applications that depend on this one. */
  private async wakeDependents(tx: Tx, { id }: Application, turns: readonly Turn[]): Promise<void> {
    if (turns.length === 0) return;
    const { tenantId } = tx;
    const rows = await tx.query<{ applicationId: string; connector: string; shard: number }>(
      `UPDATE accounts w SET ${setsOf('woken', 'w')} FROM applications p
       WHERE w.tenant_id = $1 AND w.identity_id = ANY($2) AND ${whereEvent('woken', 'w')}
         AND p.tenant_id = w.tenant_id AND p.id = w.application_id AND $3 = ANY(p.depends_on)
       RETURNING w.application_id AS "applicationId", p.connector, w.shard`,
      [tenantId, turns.map(({ account }) => account.identityId), id],
    );
    for (const row of rows) this.hints.announce(tx, { tenantId, ...row, urgent: false });
  }
}

/** Which accounts were there before us: one that was taken over was, and one that is made anew is not any more. */
async function markOrigin(tx: Tx, turns: readonly Turn[]): Promise<void> {
  const rows = turns.flatMap(({ account: { id, remoteId, wasThere = false }, result }) => {
    const isMade = result.observed !== null && result.remoteId !== remoteId;
    const isThere = result.adopted === true || (wasThere && !isMade);
    return isThere === wasThere ? [] : [{ id, isThere }];
  });
  if (rows.length === 0) return;
  await tx.query(
    `UPDATE accounts a SET was_there = r."isThere" FROM jsonb_to_recordset($2) AS r (id uuid, "isThere" boolean)
     WHERE a.tenant_id = $1 AND a.id = r.id`,
    [tx.tenantId, JSON.stringify(rows)],
  );
}

/** The question is gone once the account is applied. One look for all that are new: hardly any of them was ever asked about. */
async function closeQuestions(tx: Tx, turns: readonly Turn[], now: Date): Promise<void> {
  if (turns.length === 0) return;
  const asked = await tx.query<{ subjectId: string }>(
    `SELECT subject_id AS "subjectId" FROM cases WHERE tenant_id = $1 AND kind = $2 AND subject_id = ANY($3) AND state = 'open'`,
    [tx.tenantId, AMBIGUOUS, turns.map(({ account }) => account.id)],
  );
  for (const { subjectId } of asked) await closeCases(tx, now, { kind: AMBIGUOUS, subjectId }, CLOSED);
}
