import type { Tx } from '@tenure/platform';
import type { Grant } from '../model/grant.entity.js';

export const GRANT_STATES = ['scheduled', 'active', 'ended'] as const;
export type GrantState = (typeof GRANT_STATES)[number];

/** Whether a grant is in force at `now`, is yet to begin, or has ended. */
export function stateOfGrant(
  { startsAt, endsAt, endedAt }: Pick<Grant, 'startsAt' | 'endsAt' | 'endedAt'>,
  now: Date,
): GrantState {
  if (endedAt !== null || (endsAt !== null && endsAt <= now)) return 'ended';
  return startsAt !== null && startsAt > now ? 'scheduled' : 'active';
}

export interface GrantsAsked {
  readonly identityId?: string;
  readonly applicationId?: string;
  readonly state?: GrantState;
  /** The last grant of the page before. */
  readonly after?: string;
  readonly limit: number;
}

const STATE = `CASE WHEN ended_at IS NOT NULL OR ends_at <= $4 THEN 'ended' WHEN starts_at > $4 THEN 'scheduled' ELSE 'active' END`;

/** Grants of the tenant, ordered by id. */
export function listGrants(tx: Tx, now: Date, asked: GrantsAsked): Promise<Grant[]> {
  return tx.query<Grant>(
    `SELECT tenant_id AS "tenantId", id, identity_id AS "identityId", application_id AS "applicationId", entitlement_id AS "entitlementId",
       origin, policy_id AS "policyId", policy_version AS "policyVersion", cause, since, starts_at AS "startsAt", ends_at AS "endsAt", reason,
       granted_by AS "grantedBy", request_id AS "requestId", ended_at AS "endedAt", end_reason AS "endReason"
     FROM grants
     WHERE tenant_id = $1 AND ($2::uuid IS NULL OR identity_id = $2) AND ($3::uuid IS NULL OR application_id = $3)
       AND ($5::text IS NULL OR $5 = ${STATE})
       AND ($6::uuid IS NULL OR id > $6)
     ORDER BY id LIMIT $7`,
    [
      tx.tenantId,
      asked.identityId ?? null,
      asked.applicationId ?? null,
      now,
      asked.state ?? null,
      asked.after ?? null,
      asked.limit,
    ],
  );
}
