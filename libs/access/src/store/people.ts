import { groupBy, type Tx } from '@tenure/platform';
import { IDENTITY_SCHEMA } from '@tenure/identity';
import type { DesiredAccount } from '@tenure/applications';
import type { DecidingIdentity, HeldGrant } from '../decide/decide-grants.js';

/** A person as a look over everybody needs it. */
export interface PersonRow extends DecidingIdentity {
  readonly displayName: string | null;
  readonly department: string | null;
}

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const person = (attributes: string): string =>
  `i.id, i.state, i.state_reason AS "stateReason", ${attributes} AS attributes, i.manager_id AS "managerId", i.is_manager AS "isManager",
   i.protected_reason AS "protectedReason", i.display_name AS "displayName", i.department`;

/** Of the attributes only those that are read: a look over everybody is mostly their transport. */
const only = (reads: Iterable<string>): string =>
  `jsonb_build_object(${[...reads]
    .filter((name) => Object.hasOwn(IDENTITY_SCHEMA.identity, name))
    .map((name) => `'${name}', i.attributes->'${name}'`)
    .join()})`;

/** The next people by id who have not left; `cursor` is the last one of the slice before. */
export const loadPeople = (
  tx: Tx,
  reads: Iterable<string>,
  cursor: string | null,
  limit: number,
): Promise<PersonRow[]> =>
  tx.query<PersonRow>(
    `SELECT ${person(only(reads))} FROM identities i
     WHERE i.tenant_id = $1 AND i.id > $2 AND i.state NOT IN ('terminated', 'purged') ORDER BY i.id LIMIT $3`,
    [tx.tenantId, cursor ?? BEFORE_ALL, limit],
  );

/** What people hold of one policy, by identity. */
export async function loadHeldOf(
  tx: Tx,
  policyId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, HeldGrant[]>> {
  const rows = await tx.query<HeldGrant & { readonly identityId: string }>(
    `SELECT identity_id AS "identityId", id, origin, application_id AS "applicationId", entitlement_id AS "entitlementId", policy_id AS "policyId",
       policy_version AS "policyVersion", starts_at AS "startsAt", ends_at AS "endsAt", request_id AS "requestId"
     FROM grants WHERE tenant_id = $1 AND identity_id = ANY($2) AND policy_id = $3 AND origin = 'policy'`,
    [tx.tenantId, ids, policyId],
  );
  return groupBy(rows, (row) => row.identityId);
}

/** Somebody's account in one application, and the policies that give it. */
export interface AccountHolder extends PersonRow {
  readonly accountId: string;
  readonly desired: DesiredAccount;
  readonly accountProtected: string | null;
  /** Null among them: an admin. */
  readonly policyIds: readonly (string | null)[];
}

/** The next people by id who are granted an account in an application that they have. */
export const loadAccountHolders = (
  tx: Tx,
  applicationId: string,
  cursor: string | null,
  limit: number,
  now: Date,
): Promise<AccountHolder[]> =>
  tx.query<AccountHolder>(
    `SELECT ${person('i.attributes')}, a.id AS "accountId", a.desired, a.protected_reason AS "accountProtected", g.ids AS "policyIds"
     FROM accounts a JOIN identities i ON i.tenant_id = a.tenant_id AND i.id = a.identity_id
     CROSS JOIN LATERAL (
       SELECT array_agg(DISTINCT policy_id) AS ids FROM grants
       WHERE tenant_id = a.tenant_id AND identity_id = a.identity_id AND application_id = a.application_id AND ended_at IS NULL
         AND (starts_at IS NULL OR starts_at <= $5)) g
     WHERE a.tenant_id = $1 AND a.application_id = $2 AND a.identity_id > $3 AND g.ids IS NOT NULL ORDER BY a.identity_id LIMIT $4`,
    [tx.tenantId, applicationId, cursor ?? BEFORE_ALL, limit, now],
  );

/** What else justifies people's access in some applications: `<application>|<entitlement or nothing>`, by identity. */
export async function loadOtherReasons(
  tx: Tx,
  {
    policyId,
    ids,
    applicationIds,
    now,
  }: {
    readonly policyId: string;
    readonly ids: readonly string[];
    readonly applicationIds: readonly string[];
    readonly now: Date;
  },
): Promise<ReadonlyMap<string, { readonly applicationId: string; readonly entitlementId: string | null }[]>> {
  const rows = await tx.query<{ identityId: string; applicationId: string; entitlementId: string | null }>(
    `SELECT identity_id AS "identityId", application_id AS "applicationId", entitlement_id AS "entitlementId" FROM grants
     WHERE tenant_id = $1 AND identity_id = ANY($2) AND application_id = ANY($3) AND ended_at IS NULL
       AND (origin <> 'policy' OR policy_id <> $4) AND (starts_at IS NULL OR starts_at <= $5) AND (ends_at IS NULL OR ends_at > $5)`,
    [tx.tenantId, ids, applicationIds, policyId, now],
  );
  return groupBy(rows, (row) => row.identityId);
}
