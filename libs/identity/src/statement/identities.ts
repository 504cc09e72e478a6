import { Clock, Refusal, type Tx } from '@tenure/platform';
import { appendFact, LifecycleEvents, type Actor, type LifecycleEvent } from '@tenure/journal';
import { closeCases, openCase } from '../cases/cases.js';
import {
  isAnotherPerson,
  lay,
  newRecordId,
  recordChange,
  saysNothingNew,
  statementOf,
  type Weighed,
} from './change-record.js';
import type { StatementInput } from '../model/statement.js';
import { reactionTo, type Correlation } from '../correlation/correlate.js';
import { isLeaver } from '../employment/choose-employment.js';
import { correlateRecord, lockNames } from '../correlation/correlate-record.js';
import { lockKeys, type KeyLock } from '../correlation/correlation-store.js';
import { refuseErased, wasErased } from '../lifecycle/forget-person.js';
import type { Reaction } from '../rules/identity-settings.js';
import { lockIdentities, type LockedIdentity } from '../lifecycle/identity-store.js';
import type { FieldStatement } from '../record/merge-statement.js';
import {
  isSameRecord,
  keepTimes,
  lockRecord,
  lookAtRecord,
  statementsOf,
  writeRecord,
  type RecordChange,
} from '../record/record-store.js';
import { RuleCache, type TenantRules } from '../rules/rule-cache.js';
import { releases, SettleIdentity } from '../lifecycle/settle-identity.js';
import type { SourceRecord } from '../model/source-record.entity.js';
import { getSource } from '../source/sources.js';
import { settleScheduled, waitingEnds } from './waiting-ends.js';
import { mayDecideOthers, waitingFor } from './waiting-records.js';

export interface StatementOutcome {
  readonly recordId: string;
  readonly identityId: string | null;
  readonly outcome: 'created' | 'changed' | 'unchanged' | 'unresolved';
  /** The record's version and when it was written; absent where nothing was. */
  readonly written?: { readonly version: number; readonly at: Date };
  /** Why no identity could be chosen, or what in the record is disputed. */
  readonly reason?: string;
}

/** What a first record that has nothing to do with others is done under, in a transaction that it shares with them. */
export interface Apart {
  readonly rules: TenantRules;
  /** Its keys, which the transaction has locked. */
  readonly locks: readonly KeyLock[];
  /** What else no two of a transaction may have in common. */
  readonly names: readonly string[];
}

/** The one way in which anything that a source says becomes true: record, correlation, merge, state, journal. */
export class Identities {
  private readonly rules = new RuleCache();
  private readonly settling: SettleIdentity;

  constructor(
    events: LifecycleEvents,
    private readonly clock: Clock,
  ) {
    this.settling = new SettleIdentity(events, this.rules, clock);
  }

  /** Applies a statement in the caller's transaction; the lifecycle event is announced after its commit. */
  async state(tx: Tx, by: Actor, given: StatementInput, apart?: Apart): Promise<StatementOutcome> {
    if (apart !== undefined) return this.stateApart(tx, by, given, apart);
    const { externalId = null, userNameKey = null, revives } = given;
    const revived = revives === true ? { externalId, userNameKey } : undefined;
    let seen = await lookAtRecord(tx, given.source.id, given.key, revived);
    if (seen.record && revived && isAnotherPerson(seen.record, given))
      seen = await lookAtRecord(tx, given.source.id, given.key);
    const input = revived && seen.record ? { ...given, key: seen.record.key, removed: false } : given;
    const rules = await this.rules.of(tx, seen.rulesVersion);
    const now = this.clock.now();
    const said = lay(input, seen.record, now);
    await refuseErasedLeaver(tx, input, seen.record, said, now);
    if (seen.record && saysNothingNew(input, seen.record, said)) return told(seen.record.id, seen.record, 'unchanged');
    const again = (record: SourceRecord | null): FieldStatement => lay(input, record, now);
    const subject = { ...input, removed: input.removed === true, now };
    // PostgreSQL looks for the keys once it has locked them; nobody waits here in between.
    const [, { correlation, ...found }] = await Promise.all([
      lockKeys(tx, lockNames(rules, input, said.person)),
      correlateRecord(tx, rules, subject, { ...seen, said, again }),
    ]);
    return this.weigh(tx, by, input, { rules, ...found }, correlation);
  }

  /**
   * Under what a statement can share a transaction with others; null where it must have one of its own. Of the rules nothing is
   * read here: whether they are still these shows when they are applied.
   */
  apart(tenantId: string, input: StatementInput): Apart | null {
    const { source, revives, userNameKey = null, person } = input;
    if (revives !== true || input.admit !== undefined || input.about !== undefined) return null;
    const rules = this.rules.known(tenantId);
    const locks = lockNames(rules, input, person);
    // A manager is somebody else.
    if (locks.some(({ shared }) => shared) || person.managerEmployeeNumber != null) return null;
    return { rules, locks, names: userNameKey === null ? [] : [`user name|${source.id}|${userNameKey}`] };
  }

  /** Writes a new record of a new person, and nothing else: throws where it turns out to be known, or the rules to have changed. */
  private async stateApart(tx: Tx, by: Actor, input: StatementInput, { rules }: Apart): Promise<StatementOutcome> {
    const { externalId = null, userNameKey = null } = input;
    const now = this.clock.now();
    const said = lay(input, null, now);
    const subject = { ...input, removed: input.removed === true, now };
    const [seen, { correlation, known }] = await Promise.all([
      lookAtRecord(tx, input.source.id, input.key, { externalId, userNameKey }),
      correlateRecord(tx, rules, subject, { record: null, rowVersion: null, said, again: () => said }),
    ]);
    const isKnown = seen.record !== null || known !== null || correlation.candidates.length > 0;
    if (isKnown || correlation.identityId !== null || seen.rulesVersion !== rules.version)
      throw new Error('this statement needs a transaction of its own');
    return this.weigh(tx, by, input, { rules, known, said }, correlation);
  }

  /** Weighs the records anew that wait because one of these identities may be meant. None of them refuses anything to the caller. */
  async retryWaitingFor(tx: Tx, by: Actor, identityIds: readonly string[]): Promise<void> {
    for (const id of await waitingFor(tx, identityIds)) await this.retry(tx, by, id, 'keeps waiting');
  }

  /**
   * Weighs a record anew that waits, or of which something is disputed: the world may have changed since. One that the tenant's
   * rules refuse is refused to the caller, or keeps waiting with its case.
   */
  async retry(
    tx: Tx,
    by: Actor,
    recordId: string,
    refused: 'throws' | 'keeps waiting' = 'throws',
  ): Promise<StatementOutcome> {
    const known = await lockRecord(tx, recordId);
    const { sourceId, key, externalId, attributes: person, fieldTimes } = known;
    const source = await getSource(tx, sourceId);
    const { rulesVersion, rowVersion } = await lookAtRecord(tx, sourceId, key);
    const rules = await this.rules.of(tx, rulesVersion);
    const input: StatementInput = { source, key, person };
    await lockKeys(tx, lockNames(rules, input, person));
    const said: FieldStatement = { person, fieldTimes };
    const subject = { ...input, externalId, removed: known.deletedAt !== null, now: this.clock.now() };
    const seen = { record: known, rowVersion, said, again: () => said };
    const { correlation } = await correlateRecord(tx, rules, subject, seen);
    return this.weigh(tx, by, input, { rules, known, said, mayWait: refused === 'keeps waiting' }, correlation);
  }

  /** Makes a new identity of what a record says; `keepRecord` gives it the record. */
  async begin(
    tx: Tx,
    by: Actor,
    record: SourceRecord,
    identityId: string,
    keepRecord: () => Promise<void>,
  ): Promise<void> {
    const source = await getSource(tx, record.sourceId);
    const { rulesVersion } = await lookAtRecord(tx, record.sourceId, record.key);
    const rules = await this.rules.of(tx, rulesVersion);
    const kept = { id: record.id, version: record.version + 1 };
    const said = [statementOf({ ...record, source, person: record.attributes, disputed: {}, corrects: false }, kept)];
    await this.settling.apply(tx, by, { id: identityId, known: null, said, rules, keepRecord });
  }

  /** Computes one identity anew from what is said and from the clock. Returns the event, or null when nothing happened. */
  settle(tx: Tx, by: Actor, identityId: string): Promise<LifecycleEvent | null> {
    return this.settling.settle(tx, by, identityId);
  }

  private async weigh(
    tx: Tx,
    by: Actor,
    input: StatementInput,
    weighed: Weighed,
    correlation: Correlation,
  ): Promise<StatementOutcome> {
    const { rules, known } = weighed;
    const wished = reactionTo(correlation.situation, input.source.kind, rules.settings.reactions);
    const reaction = wished === 'refuse' && weighed.mayWait === true ? 'ask' : wished;
    const identity = await this.admitted(tx, input, correlation, reaction);
    const now = this.clock.now();
    const change = recordChange(input, weighed, correlation, reaction, now);
    if (known && isSameRecord(known, change)) {
      // Events may come late, so the newer time of an old value counts; a snapshot that says nothing new costs no write.
      if (input.source.kind === 'hrms') await keepTimes(tx, known, change.fieldTimes);
      return told(known.id, known, 'unchanged');
    }
    const outcome = await this.keep(tx, by, input, weighed, change, identity);
    await keepCases(tx, by, known, outcome.recordId, change, correlation, now);
    if (correlation.conversion !== undefined && change.identityId !== null)
      await tellConversion(tx, by, now, outcome.recordId, change.identityId, correlation.conversion);
    if (identity !== null && mayDecideOthers(known, change)) await this.retryWaitingFor(tx, by, [identity.id]);
    return known === null ? this.endWhatWaited(tx, input, outcome) : outcome;
  }

  /** Ends that came before the hire count as soon as there is a record, whichever way it came; nobody is active in between. */
  private async endWhatWaited(
    tx: Tx,
    { source, key }: StatementInput,
    hired: StatementOutcome,
  ): Promise<StatementOutcome> {
    let last = hired;
    for (const { id, person, effectiveAt: saidAt, by } of await waitingEnds(tx, source, key)) {
      try {
        last = await this.state(tx, by, { source, key, person, saidAt });
        await settleScheduled(tx, by, this.clock.now(), { id, state: 'applied', reason: last.reason ?? null });
      } catch (error) {
        // A refusal comes before anything is written, so its reason can be kept; the hire stands.
        if (!(error instanceof Refusal)) throw error;
        await settleScheduled(tx, by, this.clock.now(), { id, state: 'failed', reason: error.message });
      }
    }
    return last === hired ? hired : { ...last, outcome: hired.outcome };
  }

  private async keep(
    tx: Tx,
    by: Actor,
    input: StatementInput,
    { rules, known }: Weighed,
    change: RecordChange,
    identity: LockedIdentity | null,
  ): Promise<StatementOutcome> {
    const now = this.clock.now();
    const record = { id: known?.id ?? newRecordId(input), version: (known?.version ?? 0) + 1 };
    if (identity === null && change.identityId !== null) {
      // The first record of a person: what is said of it is known without asking.
      const said = [statementOf(change, record)];
      const keepRecord = (): Promise<void> => writeRecord(tx, record.id, record.version, change, now);
      await this.settling.apply(tx, by, { id: change.identityId, known: null, said, rules, keepRecord });
      return { ...told(record.id, change, 'created'), written: { version: record.version, at: now } };
    }
    await writeRecord(tx, record.id, record.version, change, now);
    if (identity !== null) {
      // Another employment of the person may wait for this one's end: it goes first, so that there is no gap between the two.
      if (known?.identityId != null && mayDecideOthers(known, change)) {
        await this.retryWaitingFor(tx, by, [identity.id]);
        await this.settling.settle(tx, by, identity.id);
        return { ...told(record.id, change, 'changed'), written: { version: record.version, at: now } };
      }
      const said = await statementsOf(tx, identity.id, releases(rules.settings.reactions));
      await this.settling.apply(tx, by, { id: identity.id, known: identity, said, rules });
    }
    return { ...told(record.id, change, 'changed'), written: { version: record.version, at: now } };
  }

  /** The identity that the statement belongs to, locked, unless its door or the tenant's rules refuse it. */
  private async admitted(
    tx: Tx,
    input: StatementInput,
    correlation: Correlation,
    reaction: Reaction,
  ): Promise<LockedIdentity | null> {
    const ids =
      correlation.identityId === null
        ? correlation.candidates.map(({ identityId }) => identityId)
        : [correlation.identityId];
    const locked = await lockIdentities(tx, ids.slice(0, 1));
    const [identity = null] = locked;
    input.admit?.(identity);
    if (reaction === 'refuse') throw refusal(input, correlation);
    return correlation.identityId === null ? null : identity;
  }
}

function refusal({ source }: StatementInput, { situation, identityId, reason }: Correlation): Refusal {
  if (source.kind === 'saml') {
    const words = 'Someone else is known by what this login says; ask an administrator to link the login.';
    const exactly = [{ path: 'correlation', message: reason ?? 'nobody matches' }];
    return situation === 'unmatched'
      ? new Refusal('person_unknown', 'Nobody here is known by this login.', exactly)
      : new Refusal('email_taken', words, exactly);
  }
  if (identityId !== null) return new Refusal('employee_number_taken', reason ?? '');
  return new Refusal(
    'correlation_refused',
    `Whose record this is, is not certain: ${reason ?? 'no identity matches it, and this source may not create any'}.`,
  );
}

/** A list may name an erased leaver for years; only an employment that goes on makes a person anew. */
async function refuseErasedLeaver(
  tx: Tx,
  { source, key }: StatementInput,
  known: SourceRecord | null,
  said: FieldStatement,
  now: Date,
): Promise<void> {
  if (known !== null || (source.kind !== 'hrms' && source.kind !== 'csv') || !isLeaver(said, now)) return;
  if (await wasErased(tx, source.id, key)) refuseErased();
}

const tellConversion = (
  tx: Tx,
  by: Actor,
  now: Date,
  subjectId: string,
  identityId: string,
  reason: string,
): Promise<string> =>
  appendFact(tx, by, now, {
    verb: 'source_record.converted',
    subjectKind: 'source_record',
    subjectId,
    payload: { identityId, reason },
  });

/** A record that a person must decide about, and one that needs no decision any more. */
async function keepCases(
  tx: Tx,
  { actor }: Actor,
  known: SourceRecord | null,
  subjectId: string,
  { unresolved, disputed, identityId }: RecordChange,
  { situation, candidates }: Correlation,
  now: Date,
): Promise<void> {
  if (unresolved !== null) {
    await openCase(tx, now, { kind: 'correlation', subjectId, reason: unresolved, details: { situation, candidates } });
  } else if (known?.unresolved != null) {
    await closeCases(tx, now, { kind: 'correlation', subjectId }, { actor, resolution: { identityId } });
  }
  const disputes = Object.entries(disputed);
  for (const [topic, reason] of disputes)
    await openCase(tx, now, { kind: 'disputed', subjectId, topic, reason, details: { identityId, candidates } });
  if (known === null || Object.keys(known.disputed).length === 0) return;
  const exceptTopics = disputes.map(([field]) => field);
  await closeCases(tx, now, { kind: 'disputed', subjectId, exceptTopics }, { actor });
}

const told = (
  recordId: string,
  { identityId, unresolved, disputed }: Pick<RecordChange, 'identityId' | 'unresolved' | 'disputed'>,
  outcome: Exclude<StatementOutcome['outcome'], 'unresolved'>,
): StatementOutcome => {
  if (unresolved !== null) return { recordId, identityId, outcome: 'unresolved', reason: unresolved };
  const [dispute] = Object.values(disputed);
  return { recordId, identityId, outcome, ...(dispute !== undefined && { reason: dispute }) };
};
