import { groupBy, type Tx } from '@tenure/platform';
import type { Identity } from '@tenure/identity';
import type { KnownAccount } from '../decide/decide-accounts.js';
import type { HeldGrant } from '../decide/decide-grants.js';
import type { KnownMember } from '../decide/decide-members.js';
import { HOLDS_NOTHING, type HeldByPerson, type PersonDecision } from '../decide/decide-person.js';
import type { RequestKind } from '../model/request.entity.js';

/** What is known of one person beside the person: holdings, and the topics of open evaluation cases. */
export interface Holding extends HeldByPerson {
  readonly cases: readonly string[];
}

/** A person, what there is, and what is decided. */
export interface Decided {
  readonly identity: Identity;
  readonly holding: Holding;
  readonly decision: PersonDecision;
}

export const NO_HOLDING: Holding = { ...HOLDS_NOTHING, cases: [] };

type OfIdentity<T> = T & { readonly identityId: string };
type ReasonRow = OfIdentity<Omit<HeldGrant, 'origin'>> & {
  readonly what: HeldGrant['origin'] | RequestKind | 'case';
  readonly topic: string | null;
};
const identityOf = (row: { readonly identityId: string }): string => row.identityId;

/** What people hold until now, by identity: three round trips, however many people. */
export async function loadHoldings(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, Holding>> {
  const params = [tx.tenantId, ids];
  const reasons = groupBy(await tx.query<ReasonRow>(REASONS, params), identityOf);
  const accounts = groupBy(
    await tx.query<OfIdentity<KnownAccount>>(
      `SELECT id, identity_id AS "identityId", application_id AS "applicationId", desired, protected_reason AS "protectedReason", adopted
       FROM accounts WHERE tenant_id = $1 AND identity_id = ANY($2)`,
      params,
    ),
    identityOf,
  );
  const members = groupBy(
    await tx.query<OfIdentity<KnownMember>>(
      `SELECT a.identity_id AS "identityId", m.account_id AS "accountId", m.application_id AS "applicationId", m.entitlement_id AS "entitlementId", m.wanted
       FROM accounts a JOIN entitlement_members m ON m.tenant_id = a.tenant_id AND m.account_id = a.id
       WHERE a.tenant_id = $1 AND a.identity_id = ANY($2)`,
      params,
    ),
    identityOf,
  );
  return new Map(
    ids.map((id) => [
      id,
      { ...holdingOf(reasons.get(id) ?? []), accounts: accounts.get(id) ?? [], members: members.get(id) ?? [] },
    ]),
  );
}

/** Grants, requests that wait and cases that are open, in one answer. */
const REASONS = `
  SELECT origin AS what, id, identity_id AS "identityId", application_id AS "applicationId", entitlement_id AS "entitlementId",
    policy_id AS "policyId", policy_version AS "policyVersion", starts_at AS "startsAt", ends_at AS "endsAt", request_id AS "requestId",
    NULL AS topic
  FROM grants WHERE tenant_id = $1 AND identity_id = ANY($2) AND ended_at IS NULL
  UNION ALL
  SELECT kind, id, identity_id, application_id, entitlement_id, policy_id, policy_version, NULL, NULL, NULL, NULL
  FROM requests WHERE tenant_id = $1 AND identity_id = ANY($2) AND state = 'pending'
  UNION ALL
  SELECT 'case', id, subject_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, topic
  FROM cases WHERE tenant_id = $1 AND subject_id = ANY($2) AND kind = 'evaluation' AND state = 'open'`;

function holdingOf(rows: readonly ReasonRow[]): Pick<Holding, 'grants' | 'requests' | 'cases'> {
  const grants: HeldGrant[] = [];
  const requests: Holding['requests'][number][] = [];
  const cases: string[] = [];
  for (const { what, topic, identityId: _, ...row } of rows) {
    if (what === 'case') cases.push(topic ?? '');
    else if (what === 'access' || what === 'keep')
      requests.push({ id: row.id, kind: what, policyId: row.policyId ?? '' });
    else grants.push({ ...row, origin: what });
  }
  return { grants, requests, cases };
}
