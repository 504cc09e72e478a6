import { Clock, Database, Refusal, type Tx } from '@tenure/platform';
import {
  Application,
  getApplication,
  LeaveStep,
  setsOf,
  whereEvent,
  WorkHints,
  type LeaveStepState,
} from '@tenure/applications';
import { appendFact, type Actor } from '@tenure/journal';

/** What a person says of a step that the engine cannot do, or has not done. */
export type LeaveTaskWord = 'done' | 'skipped' | 'retried';

/** From which states each word leads to which. */
const WORDS: Readonly<
  Record<LeaveTaskWord, { readonly from: readonly LeaveStepState[]; readonly to: LeaveStepState }>
> = {
  done: { from: ['due', 'unsupported', 'failed'], to: 'done' },
  skipped: { from: ['due', 'unsupported', 'failed'], to: 'skipped' },
  retried: { from: ['unsupported', 'failed', 'due'], to: 'due' },
};

/** Steps of leaves as tasks for people: what an application cannot do is done by hand, and said so, with a reason. */
export class LeaveTasks {
  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly clock: Clock,
  ) {}

  /** Refuses a step that was settled before. What waited for this one is looked at again at once. */
  async say(tenantId: string, by: Actor, id: string, word: LeaveTaskWord, reason: string | null): Promise<LeaveStep> {
    return this.database.transaction(tenantId, async (tx) => {
      const step = await lockStep(tx, id);
      const { from, to } = WORDS[word];
      if (!from.includes(step.state))
        throw new Refusal('leave_step_settled', `The step is ${step.state}; nothing is left to say of it.`);
      const now = this.clock.now();
      const settled = to !== 'due';
      const change = {
        ...{ state: to, note: reason, error: null, doneAt: settled ? now : null, doneBy: settled ? by.actor : null },
        ...(!settled && { dueAt: now }),
      };
      await tx.repository(LeaveStep).update({ tenantId, id }, change);
      const { accountId, applicationId, kind, episode } = step;
      await tx.query(
        "UPDATE leave_steps SET due_at = least(due_at, $4) WHERE tenant_id = $1 AND episode = $2 AND state = 'due' AND id <> $3 AND note LIKE 'Waits for%'",
        [tenantId, episode, id, now],
      );
      await appendFact(tx, by, now, {
        verb: `leave_step.${word}`,
        subjectKind: 'account',
        subjectId: accountId,
        payload: { stepId: id, applicationId, kind, reason },
      });
      await this.owe(tx, step);
      return { ...step, ...change };
    });
  }

  private async owe(tx: Tx, { accountId, applicationId }: LeaveStep): Promise<void> {
    const { connector }: Application = await getApplication(tx, applicationId);
    const rows = await tx.query<{ shard: number }>(
      // Of an account that is parked for another reason the steps stay due: the leave clock finds them.
      `UPDATE accounts a SET ${setsOf('step_ordered')}
       WHERE a.tenant_id = $1 AND a.id = $2 AND a.protected_reason IS NULL AND ${whereEvent('step_ordered')} RETURNING a.shard`,
      [tx.tenantId, accountId],
    );
    const { tenantId } = tx;
    for (const { shard } of rows) this.hints.announce(tx, { tenantId, applicationId, connector, shard, urgent: false });
  }
}

async function lockStep(tx: Tx, id: string): Promise<LeaveStep> {
  await tx.query('SELECT FROM leave_steps WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tx.tenantId, id]);
  const step = await tx.repository(LeaveStep).findOneBy({ tenantId: tx.tenantId, id });
  if (!step) throw new Refusal('leave_step_not_found', `There is no step of a leave with the id ${id}.`);
  return step;
}
