import { Clock, newId, Refusal, type Tx } from '@tenure/platform';
import { appendFact, LifecycleEvents, type Actor, type LifecycleEvent } from '@tenure/journal';
import { endSessionsOf } from '@tenure/tenancy';
import { compileIdentityRules } from './compile-identity-rules.js';
import { correlate, type Correlation } from './correlate.js';
import { decideIdentity, type IdentityDecision, type KnownIdentity } from './decide-identity.js';
import { DEFAULT_IDENTITY_SETTINGS } from './identity-settings.js';
import type { Identity } from './identity.entity.js';
import {
  awaitingManager, findCandidates, hasReports, identityIdOfEmployee, lockIdentities, lockKeys, statementsOf, writeIdentity,
  writeIsManager, type KeyLock,
} from './identity-store.js'; // prettier-ignore
import { mergePerson, type Statement } from './merge-person.js';
import { mergeStatement } from './merge-statement.js';
import { keyOf } from './normalise.js';
import type { LifecycleState, Person } from './person.js';
import { findRecord, isSameRecord, keepTimes, writeRecord, type RecordChange } from './record-store.js';
import type { SourceRecord } from './source-record.entity.js';
import type { Source } from './source.entity.js';

/** Nobody in these states is signed in. */
const SHUT_OUT: ReadonlySet<LifecycleState> = new Set<LifecycleState>(['staged', 'suspended', 'terminated', 'purged']);

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
  /** Why no identity could be chosen. */
  readonly reason?: string;
}

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
    const before = known && { person: known.attributes, fieldTimes: known.fieldTimes };
    const said = mergeStatement(before, input.person, input.saidAt ?? now, input.replace ?? false);
    const correlation = await this.correlate(tx, input, known, said.person);
    const identity = await this.admitted(tx, input, correlation);
    const change = recordChange(input, known, said, correlation, now);
    return known && isSameRecord(known, change)
      ? this.keepUnchanged(tx, input, known, change)
      : this.keep(tx, by, input, known, change, identity);
  }

  /** Events may come late, so the newer time of an old value counts; a snapshot that says nothing new costs no write. */
  private async keepUnchanged(
    tx: Tx,
    { source }: StatementInput,
    known: SourceRecord,
    { fieldTimes }: RecordChange,
  ): Promise<StatementOutcome> {
    if (source.kind === 'hrms') await keepTimes(tx, known, fieldTimes);
    return told(known.id, known, 'unchanged');
  }

  private async keep(
    tx: Tx,
    by: Actor,
    input: StatementInput,
    known: SourceRecord | null,
    change: RecordChange,
    identity: Identity | null,
  ): Promise<StatementOutcome> {
    const now = this.clock.now();
    const record = { id: known?.id ?? newRecordId(input), version: (known?.version ?? 0) + 1 };
    if (identity === null && change.identityId !== null) {
      // The first record of a person: what is said of it is known without asking.
      await this.settleKnown(tx, by, change.identityId, null, [statementOf(input, record, change)]);
      await writeRecord(tx, record.id, record.version, change, now);
      return told(record.id, change, 'created');
    }
    await writeRecord(tx, record.id, record.version, change, now);
    if (identity !== null) await this.settleKnown(tx, by, identity.id, identity, await statementsOf(tx, identity.id));
    return told(record.id, change, 'changed');
  }

  /** Computes one identity anew from what is said and from the clock. Returns the event, or null when nothing happened. */
  async settle(tx: Tx, by: Actor, identityId: string): Promise<LifecycleEvent | null> {
    const [identity] = await lockIdentities(tx, [identityId]);
    return this.settleKnown(tx, by, identityId, identity ?? null, await statementsOf(tx, identityId));
  }

  private async settleKnown(
    tx: Tx,
    by: Actor,
    id: string,
    known: KnownIdentity | null,
    said: readonly Statement[],
  ): Promise<LifecycleEvent | null> {
    const now = this.clock.now();
    const settings = DEFAULT_IDENTITY_SETTINGS;
    const earlier = known && { person: known.attributes, lineage: known.lineage };
    const merged = mergePerson(said, earlier, compileIdentityRules(settings).merge, now);
    const managerId = await identityIdOfEmployee(tx, merged.person.managerEmployeeNumber ?? null);
    const decision = decideIdentity({ known, merged, managerId, override: null, settings, now });
    const { before, after, event } = decision;
    if (event === null) {
      if (decision.written) await writeIdentity(tx, id, decision, null, now);
      return null;
    }
    const cause = await appendFact(tx, by, now, {
      verb: event,
      subjectKind: 'identity',
      subjectId: id,
      payload: { before, after },
    });
    await writeIdentity(tx, id, decision, cause, now);
    if (SHUT_OUT.has(after.state)) await endSessionsOf(tx, id, now);
    this.events.announce(tx, id, decision.urgent);
    await this.settleOthers(tx, { ...by, cause }, id, decision);
    return event;
  }

  private async correlate(
    tx: Tx,
    input: StatementInput,
    known: SourceRecord | null,
    person: Person,
  ): Promise<Correlation> {
    const employeeNumber = person.employeeNumber ?? null;
    const candidates = await findCandidates(tx, input.source.id, employeeNumber, keyOf(person.email));
    if (known?.identityId == null) return correlate({ kind: input.source.kind, employeeNumber }, candidates);
    const { identityId } = known;
    if (candidates.some((candidate) => candidate.by === 'employee_number' && candidate.identityId !== identityId)) {
      throw new Refusal(
        'conflict',
        'employee_number_taken',
        `The employee number "${employeeNumber ?? ''}" belongs to another identity; merge the two or correct the number at its source.`,
      );
    }
    return { kind: 'match', identityId, by: 'employee_number' };
  }

  /** The identity that the statement belongs to, locked, unless its door refuses it. */
  private async admitted(tx: Tx, input: StatementInput, correlation: Correlation): Promise<Identity | null> {
    const ids = correlation.kind === 'match' || correlation.kind === 'collision' ? [correlation.identityId] : [];
    const [identity = null] = await lockIdentities(tx, ids);
    input.admit?.(identity);
    if (correlation.kind === 'collision') {
      throw new Refusal(
        'forbidden',
        'email_taken',
        'Someone else is known by this e-mail address; ask an administrator to link the login.',
      );
    }
    return identity;
  }

  /** Who changes with this person: those who waited for it as their manager, and the managers that it got or lost. */
  private async settleOthers(tx: Tx, by: Actor, id: string, { before, after }: IdentityDecision): Promise<void> {
    const { employeeNumber } = after.person;
    if (employeeNumber && employeeNumber !== before?.person.employeeNumber) {
      for (const waiting of await awaitingManager(tx, employeeNumber))
        if (waiting !== id) await this.settle(tx, by, waiting);
    }
    const reportsTo = [before, after].map((facts) => (facts && facts.state !== 'terminated' ? facts.managerId : null));
    if (reportsTo[0] === reportsTo[1]) return;
    const managers = await lockIdentities(tx, reportsTo.filter((manager) => manager !== null).sort());
    for (const manager of managers) await this.settleIsManager(tx, by, manager);
  }

  private async settleIsManager(tx: Tx, by: Actor, { id, isManager: was }: Identity): Promise<void> {
    const isManager = await hasReports(tx, id);
    if (isManager === was) return;
    const now = this.clock.now();
    const payload = { before: { isManager: was }, after: { isManager } };
    const cause = await appendFact(tx, by, now, {
      verb: 'identity.changed',
      subjectKind: 'identity',
      subjectId: id,
      payload,
    });
    await writeIsManager(tx, id, isManager, cause, now);
    this.events.announce(tx, id, false);
  }
}

const lockNames = ({ source, key, person }: StatementInput): KeyLock[] => {
  const { employeeNumber, managerEmployeeNumber, email } = person;
  return [
    { key: `record|${source.id}|${key}`, shared: false },
    ...(employeeNumber ? [{ key: `employee_number|${employeeNumber}`, shared: false }] : []),
    ...(managerEmployeeNumber ? [{ key: `employee_number|${managerEmployeeNumber}`, shared: true }] : []),
    ...(email ? [{ key: `email|${keyOf(email) ?? ''}`, shared: false }] : []),
  ];
};

function recordChange(
  input: StatementInput,
  known: SourceRecord | null,
  said: Pick<RecordChange, 'person' | 'fieldTimes'>,
  correlation: Correlation,
  now: Date,
): RecordChange {
  const { source, key } = input;
  const { raw, externalId, userNameKey } = {
    ...(known ?? { raw: null, externalId: null, userNameKey: null }),
    ...given(input),
  };
  return {
    source,
    key,
    ...said,
    raw,
    externalId,
    userNameKey,
    ...belongs(correlation),
    deletedAt: deletedAt(input, known, now),
  };
}

/** What the door keeps beside the person's fields, as far as it says so. */
const given = ({
  raw,
  externalId,
  userNameKey,
}: StatementInput): Pick<StatementInput, 'raw' | 'externalId' | 'userNameKey'> => ({
  ...(raw !== undefined && { raw }),
  ...(externalId !== undefined && { externalId }),
  ...(userNameKey !== undefined && { userNameKey }),
});

function belongs(correlation: Correlation): Pick<RecordChange, 'identityId' | 'unresolved'> {
  if (correlation.kind === 'ambiguous') return { identityId: null, unresolved: correlation.reason };
  return { identityId: correlation.kind === 'none' ? newId() : correlation.identityId, unresolved: null };
}

/** In SCIM the record's id is the resource's. */
const newRecordId = ({ source, key }: StatementInput): string => (source.kind === 'scim' ? key : newId());

const statementOf = (
  { source }: StatementInput,
  { id, version }: { id: string; version: number },
  { person, fieldTimes, deletedAt: removedAt }: RecordChange,
): Statement => ({
  sourceId: source.id,
  kind: source.kind,
  rank: source.rank,
  recordId: id,
  recordVersion: version,
  person,
  fieldTimes,
  disputed: {},
  removed: removedAt !== null,
  missing: null,
});

function deletedAt({ removed }: StatementInput, known: SourceRecord | null, now: Date): Date | null {
  if (removed === false) return null;
  return known?.deletedAt ?? (removed ? now : null);
}

const told = (
  recordId: string,
  { identityId, unresolved }: Pick<RecordChange, 'identityId' | 'unresolved'>,
  outcome: Exclude<StatementOutcome['outcome'], 'unresolved'>,
): StatementOutcome =>
  unresolved === null
    ? { recordId, identityId, outcome }
    : { recordId, identityId, outcome: 'unresolved', reason: unresolved };
