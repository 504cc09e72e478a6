import type { Timer } from '@tenure/platform';

const KEPT_DAYS = 30;
const SLICE = 5_000;

/** Deletes what clients asked more than 30 days ago, and access tokens that have long expired. */
export const forgetOldRequests: Timer = {
  name: 'scim-requests',
  everyMs: 60_000,
  run: async (tx) => {
    await tx.query(
      `DELETE FROM scim_requests WHERE (tenant_id, id) IN (
         SELECT tenant_id, id FROM scim_requests WHERE received_at < clock_timestamp() - interval '${KEPT_DAYS} days' LIMIT ${SLICE})`,
    );
    await tx.query(
      `DELETE FROM source_tokens WHERE kind = 'access' AND expires_at < clock_timestamp() - interval '1 day'`,
    );
  },
};
