import { Clock, isUniqueViolation, newId, Refusal, sameJson, type Tx } from '@tenure/platform';
import { appendFact, isUrgent, LifecycleEvents, type Actor, type LifecycleEvent } from '@tenure/journal';
import { endSessionsOf } from '@tenure/tenancy';
import { computeState } from './compute-state.js';
import { correlate, type Correlation } from './correlate.js';
import { Identity } from './identity.entity.js';
import {
  awaitingManager, findCandidates, findRecord, hasReports, identityIdOfEmployee, lockIdentities, lockKeys, statementsOf,
} from './identity-store.js'; // prettier-ignore
import { mergePerson, type Merged, type Statement } from './merge-person.js';
import { mergeStatement } from './merge-statement.js';
import { nameEvent } from './name-event.js';
import { keyOf } from './normalise.js';
import type { Person } from './person.js';
import type { Source } from './source.entity.js';
import { SourceRecord } from './source-record.entity.js';

/** One statement of a source about one person. */
export interface StatementInput {
  readonly source: Pick<Source, 'id' | 'kind' | 'rank'>;
  readonly key: string;
  /** Checked fields: absent stays as it was (or is unsaid, with `replace`), `null` clears. */
  readonly person: Person;
  /** When it became true at the source; now, when the source does not say. */
  readonly saidAt?: Date;
  readonly replace?: boolean;
  /** The source took the person away (or, with false, brings a removed one back). */
  readonly removed?: boolean;
  readonly raw?: unknown;
  readonly externalId?: string | null;
  readonly userNameKey?: string | null;
  /** Runs before anything is written; throws to refuse the person that the statement belongs to. */
  readonly admit?: (identity: Identity | null) => void;
}

export interface StatementOutcome {
  readonly recordId: string;
  readonly identityId: string | null;
  readonly outcome: 'created' | 'changed' | 'unchanged' | 'unresolved';
  readonly event?: LifecycleEvent;
  readonly reason?: string;
}

const DEFAULT_ZONE = 'UTC';

/** The one way in which anything that a source says becomes true: record, correlation, merge, state, journal. */
export class Identities {
  constructor(
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
  ) {}

  /** Applies a statement in the caller's transaction; the lifecycle event is announced after its commit. */
  async state(tx: Tx, by: Actor, input: StatementInput): Promise<StatementOutcome> {
    const now = this.clock.now();
    await lockKeys(tx, lockNames(input));
    const known = await findRecord(tx, input.source.id, input.key);
    const said = mergeStatement(
      known && { person: known.attributes, fieldTimes: known.fieldTimes },
      input.person,
      input.saidAt ?? now,
      input.replace ?? false,
    );
    const correlation = await this.correlate(tx, input, known, said.person);
    const identity = await this.admitted(tx, input, known, correlation);
    const removedAt = removal(input, known, now);
    const unresolved = correlation.kind === 'ambiguous' ? correlation.reason : null;
    if (known !== null && isSameRecord(known, input, { changed: said.changed, identityId: identity?.id ?? null, unresolved, removedAt })) {
      return told(known.id, known.identityId, known.unresolved, 'unchanged');
    }
    const identityId = unresolved === null ? (identity?.id ?? newId()) : null;
    if (identityId !== null && identity === null) await this.insertBlank(tx, identityId, now);
    const recordId = await this.writeRecord(tx, input, known, said, { identityId, unresolved, removedAt, now });
    if (identityId === null) return told(recordId, null, unresolved, 'unresolved');
    const event = await this.settle(tx, by, identityId, identity);
    return { ...told(recordId, identityId, null, identity === null ? 'created' : 'changed'), ...(event === null ? {} : { event }) };
  }

  /** Computes one identity anew from what is said and from the clock. Returns the event, or null when nothing changed. */
  async settle(tx: Tx, by: Actor, identityId: string, known?: Identity | null): Promise<LifecycleEvent | null> {
    const now = this.clock.now();
    const before = known === undefined ? ((await lockIdentities(tx, [identityId]))[0] ?? null) : known;
    const statements = await statementsOf(tx, identityId);
    const merged = mergePerson(statements, before && { person: before.attributes, lineage: before.lineage }, now);
    const verdict = computeState(stateFacts(merged), now);
    const managerId = await identityIdOfEmployee(tx, merged.person.managerEmployeeNumber ?? null);
    const after = { state: verdict.state, person: merged.person, managerId: managerId === identityId ? null : managerId };
    const facts = before && { state: before.state, person: before.attributes, managerId: before.managerId };
    const same = facts !== null && facts.state === after.state && facts.managerId === after.managerId && sameJson(facts.person, after.person);
    if (same && sameTime(before?.dueAt ?? null, verdict.dueAt) && sameJson(before?.lineage, merged.lineage)) return null;
    if (same) {
      await this.writeIdentity(tx, identityId, merged, { ...after, dueAt: verdict.dueAt, raise: false, urgent: false, cause: before?.cause ?? null, now });
      return null;
    }
    const event = nameEvent(facts, after);
    const cause = await appendFact(tx, by, now, { verb: event, subjectKind: 'identity', subjectId: identityId, payload: { before: facts, after } });
    await this.writeIdentity(tx, identityId, merged, { ...after, dueAt: verdict.dueAt, raise: true, urgent: isUrgent(event), cause, now });
    if (after.state === 'terminated' || after.state === 'suspended') await endSessionsOf(tx, identityId, now);
    this.events.announce(tx, event, identityId);
    await this.settleManagers(tx, by, identityId, before, after, cause);
    return event;
  }

  private async correlate(tx: Tx, input: StatementInput, known: SourceRecord | null, person: Person): Promise<Correlation> {
    const number = person.employeeNumber ?? null;
    const candidates = await findCandidates(tx, input.source.id, number, keyOf(person.email));
    if (known?.identityId) {
      const other = candidates.find((candidate) => candidate.by === 'employee_number' && candidate.identityId !== known.identityId);
      if (other) throw new Refusal('conflict', 'employee_number_taken', `The employee number "${number ?? ''}" belongs to another identity; merge the two or correct the number at its source.`);
      return { kind: 'match', identityId: known.identityId, by: 'employee_number' };
    }
    return correlate({ kind: input.source.kind, employeeNumber: number }, candidates);
  }

  private async admitted(tx: Tx, input: StatementInput, known: SourceRecord | null, correlation: Correlation): Promise<Identity | null> {
    const id = correlation.kind === 'match' || correlation.kind === 'collision' ? correlation.identityId : known?.identityId;
    const [identity] = id ? await lockIdentities(tx, [id]) : [];
    input.admit?.(identity ?? null);
    if (correlation.kind === 'collision') {
      throw new Refusal('forbidden', 'email_taken', 'Someone else is known by this e-mail address; ask an administrator to link the login.');
    }
    return identity ?? null;
  }

  private async insertBlank(tx: Tx, id: string, now: Date): Promise<void> {
    await tx.repository(Identity).insert({ tenantId: tx.tenantId, id, state: 'staged', attributes: {}, lineage: {}, version: '0', createdAt: now, changedAt: now });
  }

  private async writeRecord(
    tx: Tx,
    input: StatementInput,
    known: SourceRecord | null,
    said: { person: Person; fieldTimes: Readonly<Record<string, string>> },
    to: { identityId: string | null; unresolved: string | null; removedAt: Date | null; now: Date },
  ): Promise<string> {
    const id = known?.id ?? (input.source.kind === 'scim' ? input.key : newId());
    const values = {
      attributes: said.person,
      fieldTimes: said.fieldTimes,
      raw: input.raw ?? known?.raw ?? null,
      externalId: input.externalId === undefined ? (known?.externalId ?? null) : input.externalId,
      userNameKey: input.userNameKey === undefined ? (known?.userNameKey ?? null) : input.userNameKey,
      identityId: to.identityId,
      unresolved: to.unresolved,
      updatedAt: to.now,
      deletedAt: to.removedAt,
    };
    try {
      if (known === null) {
        await tx.repository(SourceRecord).insert({ tenantId: tx.tenantId, id, sourceId: input.source.id, key: input.key, createdAt: to.now, ...values });
      } else {
        await tx.repository(SourceRecord).update({ tenantId: tx.tenantId, id }, { ...values, version: known.version + 1 });
      }
    } catch (error) {
      if (!isUniqueViolation(error, 'source_records_by_user_name')) throw error;
      throw new Refusal('conflict', 'user_name_taken', 'Another user of this source has the same userName.');
    }
    return id;
  }

  private async writeIdentity(
    tx: Tx,
    id: string,
    merged: Merged,
    to: { state: string; managerId: string | null; dueAt: Date | null; raise: boolean; urgent: boolean; cause: string | null; now: Date },
  ): Promise<void> {
    const { person } = merged;
    await tx.query(
      `UPDATE identities SET state = $3, attributes = $4, lineage = $5, user_name = $6, user_name_key = $7, email = $8, email_key = $9,
         employee_number = $10, display_name = $11, department = $12, manager_number = $13, manager_id = $14, due_at = $15,
         version = version + $16, urgent = $17 OR (urgent AND access_version < version), cause = $18, changed_at = $19,
         behind_since = CASE WHEN $16 = 1 THEN clock_timestamp() ELSE behind_since END
       WHERE tenant_id = $1 AND id = $2`,
      [
        tx.tenantId, id, to.state, JSON.stringify(person), JSON.stringify(merged.lineage), person.userName ?? null, keyOf(person.userName),
        person.email ?? null, keyOf(person.email), person.employeeNumber ?? null, person.displayName ?? null, person.department ?? null,
        person.managerEmployeeNumber ?? null, to.managerId, to.dueAt, to.raise ? 1 : 0, to.urgent, to.cause, to.now,
      ],
    ); // prettier-ignore
  }

  /** Others who change with this person: the managers it got or lost, and those who waited for it as their manager. */
  private async settleManagers(
    tx: Tx,
    by: Actor,
    identityId: string,
    before: Identity | null,
    after: { state: string; person: Person; managerId: string | null },
    cause: string,
  ): Promise<void> {
    const follows: Actor = { ...by, cause };
    const number = after.person.employeeNumber;
    if (number && number !== before?.employeeNumber) {
      for (const waiting of await awaitingManager(tx, number)) {
        if (waiting !== identityId) await this.settle(tx, follows, waiting);
      }
    }
    const managers = new Set([before?.managerId, after.managerId].filter((id) => typeof id === 'string'));
    const unmoved = before?.managerId === after.managerId && (before?.state === 'terminated') === (after.state === 'terminated');
    if (!unmoved) for (const manager of await lockIdentities(tx, [...managers].sort())) await this.settleIsManager(tx, follows, manager);
  }

  private async settleIsManager(tx: Tx, by: Actor, manager: Identity): Promise<void> {
    const isManager = await hasReports(tx, manager.id);
    if (isManager === manager.isManager) return;
    const now = this.clock.now();
    const cause = await appendFact(tx, by, now, { verb: 'identity.changed', subjectKind: 'identity', subjectId: manager.id, payload: { before: { isManager: !isManager }, after: { isManager } } });
    await tx.query(
      'UPDATE identities SET is_manager = $3, version = version + 1, cause = $4, changed_at = $5, behind_since = clock_timestamp() WHERE tenant_id = $1 AND id = $2',
      [tx.tenantId, manager.id, isManager, cause, now],
    );
    this.events.announce(tx, 'identity.changed', manager.id);
  }
}

const lockNames = (input: StatementInput): (string | null)[] => [
  `record|${input.source.id}|${input.key}`,
  input.person.employeeNumber ? `employee_number|${input.person.employeeNumber}` : null,
  input.person.email ? `email|${keyOf(input.person.email) ?? ''}` : null,
];

function removal(input: StatementInput, known: SourceRecord | null, now: Date): Date | null {
  if (input.removed === undefined) return known?.deletedAt ?? null;
  return input.removed ? (known?.deletedAt ?? now) : null;
}

const told = (recordId: string, identityId: string | null, unresolved: string | null, outcome: StatementOutcome['outcome']): StatementOutcome =>
  unresolved === null ? { recordId, identityId, outcome } : { recordId, identityId, outcome: 'unresolved', reason: unresolved };

/** Nothing new was said, and nothing new is known about whom it is said of: one read, no write. */
const isSameRecord = (
  known: SourceRecord,
  input: StatementInput,
  now: { changed: boolean; identityId: string | null; unresolved: string | null; removedAt: Date | null },
): boolean =>
  !now.changed &&
  known.identityId === now.identityId &&
  known.unresolved === now.unresolved &&
  sameTime(now.removedAt, known.deletedAt) &&
  sameJson(input.raw ?? known.raw, known.raw);

const sameTime = (a: Date | null, b: Date | null): boolean => a?.getTime() === b?.getTime();

function stateFacts(merged: Merged): Parameters<typeof computeState>[0] {
  const leading: Statement | undefined = merged.leading;
  return {
    status: leading?.person.status ?? null,
    startDate: leading?.person.startDate ?? null,
    endDate: leading?.person.endDate ?? null,
    timeZone: merged.person.timeZone ?? DEFAULT_ZONE,
    removed: leading?.removed ?? true,
  };
}
