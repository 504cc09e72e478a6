import {
  Clock,
  Database,
  duePerTenant,
  forEachRow,
  isUnavailable,
  newId,
  Refusal,
  sameJson,
  type Log,
  type Timer,
  type Tx,
  loggedReason,
} from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { Identities } from '../statement/identities.js';
import type { LifecycleState, Person } from '../model/person.js';
import { ScheduledStatement } from './scheduled-statement.entity.js';
import { assertSpeaks } from '../absence/retire-sources.js';
import { decideDue } from './schedules-decide.js';
import type { Source } from '../model/source.entity.js';
import { getSource } from '../source/sources.js';
import { endsUnknown, lockRecord, UNKNOWN_END } from '../statement/unknown-end.js';
import { settleScheduled } from '../statement/waiting-ends.js';

/** What a source says today of a later moment. */
export interface ScheduleInput {
  readonly source: Pick<Source, 'id'>;
  readonly key: string;
  readonly person: Person;
  readonly effectiveAt: Date;
  /** When the source said it; now, when it does not say. */
  readonly saidAt?: Date;
}

export interface Scheduled {
  readonly id: string;
  readonly outcome: 'scheduled' | 'unchanged';
}

const DUE = duePerTenant({
  table: 'scheduled_statements',
  columns: 'id',
  open: "state = 'due'",
  due: 'effective_at <= $1',
  order: 'effective_at, received_at',
  perTenant: 200,
});
/** A row of a file is all that the source says of the person; an event says only what it names. */
const isWhole = (door: Actor['door']): boolean => door === 'csv';

/** Statements about later days: they wait, are shown as due, and are then said as if on that day. */
export class Schedules {
  constructor(
    private readonly database: Database,
    private readonly identities: Identities,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Keeps a statement until its moment. Said again for the same moment it is laid over the first; a file replaces its own. */
  async schedule(tx: Tx, by: Actor, input: ScheduleInput): Promise<Scheduled> {
    const { source, key, person, effectiveAt } = input;
    const { tenantId } = tx;
    await lockRecord(tx, source.id, key);
    const due = await tx
      .repository(ScheduledStatement)
      .findBy({ tenantId, sourceId: source.id, key, door: by.door, state: 'due' });
    const same = due.find((one) => one.effectiveAt.getTime() === effectiveAt.getTime());
    if (isWhole(by.door))
      await this.withdrawAll(
        tx,
        by,
        due.filter((one) => one !== same),
        'a later file says otherwise',
      );
    if (same) return this.revise(tx, by, same, isWhole(by.door) ? person : { ...same.person, ...person });
    const now = this.clock.now();
    const id = newId();
    await tx.repository(ScheduledStatement).insert({
      tenantId,
      id,
      sourceId: source.id,
      key,
      effectiveAt,
      person,
      actor: by.actor,
      door: by.door,
      saidAt: input.saidAt ?? null,
      receivedAt: now,
    });
    const payload = { sourceId: source.id, key, effectiveAt, person };
    await this.tell(tx, by, id, 'scheduled_change.received', payload);
    return { id, outcome: 'scheduled' };
  }

  /** Keeps an end of somebody who is not known yet; the record's first statement applies it. Returns the scheduled change. */
  async keepUnknownEnd(tx: Tx, by: Actor, input: ScheduleInput): Promise<string> {
    const { id } = await this.schedule(tx, by, input);
    await this.settle(tx, by, id, 'failed', UNKNOWN_END);
    return id;
  }

  /** Withdraws what earlier files said of later days, where a file that speaks of such days says nothing of the kind. */
  async withdraw(tx: Tx, by: Actor, sourceId: string, keys: readonly string[]): Promise<void> {
    const due = await tx.query<{ id: string }>(
      "SELECT id FROM scheduled_statements WHERE tenant_id = $1 AND source_id = $2 AND key = ANY($3) AND door = $4 AND state = 'due'",
      [tx.tenantId, sourceId, keys, by.door],
    );
    await this.withdrawAll(tx, by, due, 'a later file says otherwise');
  }

  /** Withdraws an end or a leave of a later day that the source takes back at once, by clearing its date. */
  async takeBack(
    tx: Tx,
    by: Actor,
    said: { sourceId: string; key: string; person: Person; saidAt: Date },
  ): Promise<void> {
    const { sourceId, key, person, saidAt } = said;
    const statuses = [
      ...(person.endDate === null ? ['terminated'] : []),
      ...(person.leaveStartDate === null ? ['on_leave'] : []),
    ];
    if (statuses.length === 0) return;
    const due = await tx.query<{ id: string }>(
      `SELECT id FROM scheduled_statements WHERE tenant_id = $1 AND source_id = $2 AND key = $3 AND door = $4 AND state = 'due'
         AND person ->> 'status' = ANY($5) AND coalesce(said_at, received_at) < $6`,
      [tx.tenantId, sourceId, key, by.door, statuses, saidAt],
    );
    await this.withdrawAll(tx, by, due, 'the source took it back');
  }

  /** Cancels what waits (or has failed). */
  async cancel(tx: Tx, by: Actor, id: string): Promise<void> {
    const statement = await lockStatement(tx, id);
    if (statement.state !== 'due' && statement.state !== 'failed')
      throw new Refusal('scheduled_change_settled', `The change was ${statement.state} before.`);
    await this.withdrawAll(tx, by, [statement], `cancelled by ${by.actor}`);
  }

  /** Lets a failed one be applied again, at once. */
  async retry(tx: Tx, by: Actor, id: string): Promise<void> {
    const { state } = await lockStatement(tx, id);
    if (state !== 'failed')
      throw new Refusal('scheduled_change_not_failed', `Only a failed change can be retried; this one is ${state}.`);
    await tx
      .repository(ScheduledStatement)
      .update({ tenantId: tx.tenantId, id }, { state: 'due', reason: null, settledAt: null });
    await this.tell(tx, by, id, 'scheduled_change.retried', {});
  }

  /** Applies what is due, each in a transaction of its own: one that is refused takes no other with it. */
  timer(): Timer {
    return {
      name: 'schedules',
      everyMs: 1_000,
      run: async (tx) => {
        const due = await tx.query<{ tenant_id: string; id: string }>(DUE, [this.clock.now()]);
        return () => forEachRow(this.log, 'schedules', due, (tenantId, { id }) => this.applyOne(tenantId, id));
      },
    };
  }

  private async applyOne(tenantId: string, id: string): Promise<void> {
    try {
      await this.database.transaction(tenantId, (tx) => this.apply(tx, id));
    } catch (error) {
      if (isUnavailable(error)) throw error;
      this.log.error({
        event: 'scheduled_change.failed',
        scheduledChangeId: id,
        reason: loggedReason(error),
        err: error,
      });
      const reason = 'Something is wrong on our side; it was logged. Try it again.';
      await this.database.transaction(tenantId, (tx) => this.settle(tx, CLOCK, id, 'failed', reason));
    }
  }

  private async apply(tx: Tx, id: string): Promise<void> {
    const statement = await this.lockDue(tx, id);
    if (statement === null) return;
    const { sourceId, key, person, effectiveAt, actor, door } = statement;
    if (decideDue(statement, await personOf(tx, sourceId, key)) === 'withdraw')
      return this.settle(tx, CLOCK, id, 'cancelled', 'the person left before it was due');
    await lockRecord(tx, sourceId, key);
    if (await endsUnknown(tx, sourceId, key, person)) return this.settle(tx, CLOCK, id, 'failed', UNKNOWN_END);
    try {
      const source = await getSource(tx, sourceId);
      assertSpeaks(source);
      const said = { source, key, person, saidAt: effectiveAt, replace: isWhole(door) };
      const told = await this.identities.state(tx, { actor, door }, said);
      await this.settle(tx, { actor, door }, id, 'applied', told.reason ?? null);
    } catch (error) {
      // A refusal comes before anything is written, so the reason can be kept in the same transaction.
      if (!(error instanceof Refusal)) throw error;
      await this.settle(tx, CLOCK, id, 'failed', error.message);
    }
  }

  private async lockDue(tx: Tx, id: string): Promise<ScheduledStatement | null> {
    const locked = await tx.query(
      "SELECT FROM scheduled_statements WHERE tenant_id = $1 AND id = $2 AND state = 'due' FOR UPDATE SKIP LOCKED",
      [tx.tenantId, id],
    );
    return locked.length === 0 ? null : tx.repository(ScheduledStatement).findOneBy({ tenantId: tx.tenantId, id });
  }

  private async revise(
    tx: Tx,
    by: Actor,
    { id, person: before }: ScheduledStatement,
    person: Person,
  ): Promise<Scheduled> {
    if (sameJson(before, person)) return { id, outcome: 'unchanged' };
    await tx.repository(ScheduledStatement).update({ tenantId: tx.tenantId, id }, { person });
    await this.tell(tx, by, id, 'scheduled_change.revised', { before, after: person });
    return { id, outcome: 'scheduled' };
  }

  private async withdrawAll(tx: Tx, by: Actor, due: readonly { readonly id: string }[], reason: string): Promise<void> {
    for (const { id } of due) await this.settle(tx, by, id, 'cancelled', reason);
  }

  private settle(
    tx: Tx,
    by: Actor,
    id: string,
    state: Exclude<ScheduledStatement['state'], 'due'>,
    reason: string | null,
  ): Promise<void> {
    return settleScheduled(tx, by, this.clock.now(), { id, state, reason });
  }

  private async tell(tx: Tx, by: Actor, id: string, verb: string, payload: object): Promise<void> {
    await appendFact(tx, by, this.clock.now(), { verb, subjectKind: 'scheduled_change', subjectId: id, payload });
  }
}

const CLOCK: Actor = { actor: 'clock', door: 'clock' };

async function lockStatement(tx: Tx, id: string): Promise<ScheduledStatement> {
  const { tenantId } = tx;
  await tx.query('SELECT FROM scheduled_statements WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tenantId, id]);
  const found = await tx.repository(ScheduledStatement).findOneBy({ tenantId, id });
  if (!found) throw new Refusal('scheduled_change_not_found', `There is no scheduled change with the id ${id}.`);
  return found;
}

async function personOf(
  tx: Tx,
  sourceId: string,
  key: string,
): Promise<{ state: LifecycleState; stateSince: Date | null } | null> {
  const [found] = await tx.query<{ state: LifecycleState; stateSince: Date | null }>(
    `SELECT i.state, i.state_since AS "stateSince" FROM source_records r JOIN identities i ON i.tenant_id = r.tenant_id AND i.id = r.identity_id
     WHERE r.tenant_id = $1 AND r.source_id = $2 AND r.key = $3`,
    [tx.tenantId, sourceId, key],
  );
  return found ?? null;
}

/** The time zones of people as known, by the source's keys: a day that takes effect begins there. */
export async function zonesOf(tx: Tx, sourceId: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (keys.length === 0) return new Map();
  const rows = await tx.query<{ key: string; zone: string }>(
    `SELECT r.key, coalesce(i.attributes ->> 'timeZone', r.attributes ->> 'timeZone') AS zone
     FROM source_records r LEFT JOIN identities i ON i.tenant_id = r.tenant_id AND i.id = r.identity_id
     WHERE r.tenant_id = $1 AND r.source_id = $2 AND r.key = ANY($3)`,
    [tx.tenantId, sourceId, keys],
  );
  return new Map(rows.flatMap(({ key, zone }) => (zone ? [[key, zone]] : [])));
}
