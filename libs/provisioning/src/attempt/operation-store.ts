import type { Tx } from '@tenure/platform';
import type { Because } from '@tenure/applications';
import type { OperationRecord } from './attempt.js';

export interface OperationRow extends OperationRecord {
  readonly applicationId: string;
  readonly accountId: string | null;
  readonly entitlementId: string | null;
  readonly identityId: string | null;
  readonly desiredVersion: string | null;
  readonly attempt: number;
  readonly cause: string | null;
  readonly because: readonly Because[];
  readonly committedAt: Date | null;
}

/** Keeps the evidence of what was done. */
export async function writeOperations(tx: Tx, rows: readonly OperationRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.prepared(
    `INSERT INTO operations (tenant_id, id, at, application_id, account_id, entitlement_id, identity_id, kind, outcome,
       desired_version, attempt, diff, exchanges, remedy, cause, because, committed_at, ms)
     SELECT $1, o.id, o.at, o."applicationId", o."accountId", o."entitlementId", o."identityId", o.kind, o.outcome,
       o."desiredVersion", o.attempt, o.diff, o.exchanges, o.remedy, o.cause, o.because, o."committedAt", o.ms
     FROM jsonb_to_recordset($2) AS o (id uuid, at timestamptz, "applicationId" uuid, "accountId" uuid, "entitlementId" uuid,
       "identityId" uuid, kind text, outcome text, "desiredVersion" bigint, attempt int, diff jsonb, exchanges jsonb, remedy text,
       cause uuid, because jsonb, "committedAt" timestamptz, ms int)`,
    [tx.tenantId, JSON.stringify(rows)],
  );
}
