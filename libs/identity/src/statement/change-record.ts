import { newId } from '@tenure/platform';
import type { Correlation } from '../correlation/correlate.js';
import type { Reaction } from '../rules/identity-settings.js';
import type { Statement, StatementInput } from '../model/statement.js';
import { compareNames, nameKeyOfPerson } from '../model/normalise.js';
import { mergeStatement, type FieldStatement } from '../record/merge-statement.js';
import type { Person } from '../model/person.js';
import { isSameRecord, type RecordChange } from '../record/record-store.js';
import type { TenantRules } from '../rules/rule-cache.js';
import type { SourceRecord } from '../model/source-record.entity.js';

/** What is known when a statement is weighed: the record as it was, laid under what is said. */
export interface Weighed {
  readonly rules: TenantRules;
  readonly known: SourceRecord | null;
  readonly said: FieldStatement;
  /** A record that the rules refuse waits with its case. */
  readonly mayWait?: boolean;
}

/** What is said, laid over what the source said before. */
export const lay = (input: StatementInput, known: SourceRecord | null, now: Date): FieldStatement => {
  const before = known && { person: known.attributes, fieldTimes: known.fieldTimes };
  return mergeStatement(before, withPlainGroups(input.person), input.saidAt ?? now, input.replace ?? false);
};

/** Groups by the one form of their names, as policies compare them; the door keeps what its client wrote. */
const withPlainGroups = (person: Person): Person =>
  person.groups ? { ...person, groups: person.groups.map((name) => name.normalize('NFC')) } : person;

/** One read and no lock for a record that is settled and says what it said. An event's newer time is news. */
export function saysNothingNew(input: StatementInput, known: SourceRecord, said: FieldStatement): boolean {
  if (input.admit !== undefined || !isSettled(known)) return false;
  if (input.source.kind === 'hrms' && !sameTimes(known.fieldTimes, said.fieldTimes)) return false;
  const change = {
    ...known,
    ...said,
    ...given(input),
    source: input.source,
    deletedAt: deletedAt(input, known, NEVER),
  };
  const sameKeys = change.externalId === known.externalId && change.userNameKey === known.userNameKey;
  return sameKeys && isSameRecord(known, change);
}

/** Nothing about it waits: it is linked, undisputed, and not missing. */
const isSettled = ({ identityId, disputed, missingSince }: SourceRecord): boolean =>
  identityId !== null && missingSince === null && Object.keys(disputed).length === 0;

const NEVER = new Date(0);

const sameTimes = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(b).every(([field, time]) => a[field] === time);

export function recordChange(
  input: StatementInput,
  { known, said }: Weighed,
  correlation: Correlation,
  reaction: Reaction,
  now: Date,
): RecordChange {
  const { source, key } = input;
  const { raw, folded, externalId, userNameKey } = {
    ...(known ?? { raw: null, folded: null, externalId: null, userNameKey: null }),
    ...given(input),
  };
  return {
    source,
    key,
    person: said.person,
    fieldTimes: said.fieldTimes,
    raw,
    folded,
    externalId,
    userNameKey,
    ...belongs(correlation, reaction),
    corrects: known?.identityId == null ? source.kind === 'admin' && correlation.identityId !== null : known.corrects,
    deletedAt: deletedAt(input, known, now),
    // Whoever is spoken of is not missing.
    missingSince: null,
  };
}

/** What the door keeps beside the person's fields, as far as it says so. */
const given = ({
  raw,
  folded,
  externalId,
  userNameKey,
}: StatementInput): Pick<StatementInput, 'raw' | 'folded' | 'externalId' | 'userNameKey'> => ({
  ...(raw !== undefined && { raw }),
  ...(folded !== undefined && { folded }),
  ...(externalId !== undefined && { externalId }),
  ...(userNameKey !== undefined && { userNameKey }),
});

/** Certain: linked, or new. Uncertain: it waits. A linked record with a contradiction keeps its link, and the field is disputed. */
function belongs(
  { situation, identityId, reason }: Correlation,
  reaction: Reaction,
): Pick<RecordChange, 'identityId' | 'unresolved' | 'disputed'> {
  if (identityId !== null && reaction !== 'ask') return { identityId, unresolved: null, disputed: {} };
  if (situation === 'collision' && identityId !== null) {
    return { identityId, unresolved: null, disputed: { employeeNumber: reason ?? '' } };
  }
  if (reaction === 'create') return { identityId: newId(), unresolved: null, disputed: {} };
  const waiting =
    situation === 'unlinked'
      ? 'this source may not link by itself'
      : 'nobody matches, and this source may not create anybody';
  return { identityId: null, unresolved: reason ?? waiting, disputed: {} };
}

/** A user name is given to the next one when somebody leaves: without the same external id, another name is another person. */
export function isAnotherPerson(removed: SourceRecord, { externalId = null, person }: StatementInput): boolean {
  if (externalId !== null && externalId === removed.externalId) return false;
  const [before, now] = [nameKeyOfPerson(removed.attributes), nameKeyOfPerson(person)];
  return before !== null && now !== null && !compareNames(before, now).agree;
}

/** In SCIM the record's id is the resource's. */
export const newRecordId = ({ source, key }: StatementInput): string => (source.kind === 'scim' ? key : newId());

export const statementOf = (
  { source, key, person, fieldTimes, disputed, corrects, deletedAt: removedAt }: RecordChange,
  { id, version }: { id: string; version: number },
): Statement => ({
  sourceId: source.id,
  kind: source.kind,
  rank: source.rank,
  recordId: id,
  recordVersion: version,
  person,
  fieldTimes,
  disputed,
  corrects,
  deactivation: source.deactivation ?? null,
  key,
  removed: removedAt !== null,
  missing: null,
});

function deletedAt({ removed }: StatementInput, known: SourceRecord | null, now: Date): Date | null {
  if (removed === false) return null;
  return known?.deletedAt ?? (removed ? now : null);
}
