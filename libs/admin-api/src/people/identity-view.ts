import { Refusal, type Tx } from '@tenure/platform';
import { Case, Identity, listScheduled, Override, SourceRecord } from '@tenure/identity';
import { Account } from '@tenure/applications';
import { Grant } from '@tenure/access';
import { IsNull } from 'typeorm';
import { accountView } from '../accounts/accounts.controller.js';

/** What every view of an identity has. */
export type IdentityRow = Pick<
  Identity,
  | 'id'
  | 'state'
  | 'stateSince'
  | 'stateReason'
  | 'attributes'
  | 'managerId'
  | 'isManager'
  | 'protectedReason'
  | 'mergedInto'
  | 'dueAt'
  | 'version'
  | 'accessVersion'
>;

/** Its columns, for SQL. */
export const IDENTITY_COLUMNS = `id, state, state_since AS "stateSince", state_reason AS "stateReason", attributes, manager_id AS "managerId",
  is_manager AS "isManager", protected_reason AS "protectedReason", merged_into AS "mergedInto", due_at AS "dueAt", version,
  access_version AS "accessVersion"`;

type View = { readonly id: string } & Readonly<Record<string, unknown>>;

/** Attributes first, so that none can stand in for what is ours. */
export const identityView = (row: IdentityRow): View => {
  const { id, state, stateSince, stateReason, managerId, isManager, protectedReason, mergedInto, dueAt } = row;
  const versions = { version: Number(row.version), accessVersion: Number(row.accessVersion) };
  return {
    ...row.attributes,
    ...{ id, state, stateSince, stateReason, managerId, isManager, protectedReason, mergedInto, dueAt },
    ...versions,
  };
};

/** The identity, or a refusal. */
export async function getIdentity(tx: Tx, id: string): Promise<Identity> {
  const found = await tx.repository(Identity).findOneBy({ tenantId: tx.tenantId, id });
  if (!found) throw new Refusal('identity_not_found', `There is no identity with the id ${id}.`);
  return found;
}

const SCHEDULED_SHOWN = 100;

/** One person whole: where each value comes from, what sources say and will say, which access there is and why. */
export async function wholeIdentity(tx: Tx, id: string): Promise<View> {
  const identity = await getIdentity(tx, id);
  const of = { tenantId: tx.tenantId, identityId: id };
  const accounts = await tx.repository(Account).findBy(of);
  const grants = await tx.repository(Grant).findBy(of);
  const records = await tx.repository(SourceRecord).findBy(of);
  const override = await tx.repository(Override).findOneBy({ ...of, endedAt: IsNull() });
  return {
    ...identityView(identity),
    lineage: identity.lineage,
    override: override && overrideView(override),
    scheduled: await listScheduled(tx, { identityId: id, state: 'due', limit: SCHEDULED_SHOWN }),
    cases: await openCases(tx, id, records),
    records: records.map(recordView),
    accounts: accounts.map(accountView),
    grants: grants.map(({ tenantId: _, identityId: __, ...grant }) => grant),
    history: await history(tx, id),
  };
}

export const overrideView = ({ id, state, reason, startsAt, endsAt, createdBy }: Override): object => ({
  ...{ id, state, reason, startsAt, endsAt, createdBy },
});

const recordView = (record: SourceRecord): object => {
  const { id, sourceId, key, version, attributes, disputed, missingSince, missingHold, updatedAt, deletedAt } = record;
  return { id, sourceId, key, version, attributes, disputed, missingSince, missingHold, updatedAt, deletedAt };
};

const CASES_SHOWN = 100;

/**
 * Open questions about a person or one of the records (`subject`), and those about others whose answer may concern this person:
 * a record that may be this person's (`candidate`), another account of a person who was merged away (`other`).
 */
function openCases(tx: Tx, id: string, records: readonly SourceRecord[]): Promise<object[]> {
  return tx.query<Case>(
    `SELECT id, kind, subject_id AS "subjectId", topic, reason, opened_at AS "openedAt",
       CASE WHEN subject_id = ANY($2) THEN 'subject' WHEN details ->> 'otherIdentityId' = $3 THEN 'other' ELSE 'candidate' END AS concerns
     FROM cases
     WHERE tenant_id = $1 AND state = 'open' AND (subject_id = ANY($2) OR details ->> 'otherIdentityId' = $3
       OR details -> 'candidates' @> jsonb_build_array(jsonb_build_object('identityId', $3::text)))
     ORDER BY id LIMIT ${CASES_SHOWN}`,
    [tx.tenantId, [id, ...records.map((record) => record.id)], id],
  );
}

const HISTORY_SHOWN = 100;

/** What happened to a person, newest first. */
const history = (tx: Tx, subjectId: string): Promise<object[]> =>
  tx.query(
    `SELECT j.id, j.at, j.actor, j.door, j.verb, j.revision, j.cause, j.request_id AS "requestId", p.body AS payload
     FROM journal j LEFT JOIN journal_payloads p ON p.tenant_id = j.tenant_id AND p.journal_id = j.id
     WHERE j.tenant_id = $1 AND j.subject_id = $2 ORDER BY j.revision DESC LIMIT ${HISTORY_SHOWN}`,
    [tx.tenantId, subjectId],
  );
