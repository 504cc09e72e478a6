import { newId, type Tx } from '@tenure/platform';
import { findByKeyColumns } from '@tenure/identity';
import type { Application } from '@tenure/applications';
import type { ObservedAccount } from '@tenure/connectors';
import { judgeStranger, keysOfStranger, keyTargetsOf } from './match-unknown-account.js';
import type { ClaimedScan, ScanStep } from '../listing/scan-store.js';
import type { Candidate } from './unknown-account.entity.js';

/** An account that a scan saw and that is nobody's of ours, with those whose it may be. */
export interface Stranger {
  readonly remoteId: string;
  readonly externalId: string | null;
  readonly observed: ObservedAccount;
  readonly candidates: readonly Candidate[];
}

const SLICE = 200;

/** What carries our own mark of an account that is being made is not unknown: a look-up finds it. */
const STRANGE = `
  SELECT s.remote_id AS "remoteId", s.external_id AS "externalId", s.observed, a.identity_id AS "ownerId" FROM scanned_accounts s
  LEFT JOIN accounts a ON a.tenant_id = $1 AND a.application_id = $3 AND a.id::text = s.external_id
  WHERE s.tenant_id = $1 AND s.scan_id = $2 AND s.observed <> 'null' AND ($4::text IS NULL OR s.remote_id > $4)
    AND NOT EXISTS (SELECT FROM accounts o WHERE o.tenant_id = $1 AND o.application_id = $3 AND o.remote_id = s.remote_id)
    AND (a.id IS NULL OR a.remote_id IS NOT NULL)
  ORDER BY s.remote_id LIMIT ${SLICE}`;

/** The next strangers of a scan, and whether there may be more. */
export async function nextStrangers(
  tx: Tx,
  { id: applicationId, mapping }: Application,
  scan: ClaimedScan,
): Promise<{ strangers: readonly Stranger[]; next: string | null }> {
  const params = [tx.tenantId, scan.id, applicationId, scan.cursor];
  const rows = await tx.query<Omit<Stranger, 'candidates'> & { readonly ownerId: string | null }>(STRANGE, params);
  const targets = keyTargetsOf(mapping);
  const keys = rows.map(({ observed }) => keysOfStranger(observed, targets));
  const holders = await findByKeyColumns(tx, keys.flat());
  const people = [
    ...new Set([...holders.map(({ identityId }) => identityId), ...rows.flatMap(({ ownerId }) => ownerId ?? [])]),
  ];
  const withAccount = await thoseWithAccount(tx, applicationId, people);
  const strangers = rows.map(({ ownerId, ...row }, index): Stranger => {
    const wanted = new Set((keys[index] ?? []).map(({ name, value }) => `${name}:${value}`));
    const named = holders.filter(({ name, value }) => wanted.has(`${name}:${value}`));
    const found = [
      ...(ownerId === null ? [] : [{ identityId: ownerId, by: 'externalId' }]),
      ...named.map(({ identityId, name }) => ({ identityId, by: name })),
    ];
    return { ...row, candidates: found.map((one) => ({ ...one, hasAccount: withAccount.has(one.identityId) })) };
  });
  return { strangers, next: rows.length < SLICE ? null : (rows.at(-1)?.remoteId ?? null) };
}

async function thoseWithAccount(
  tx: Tx,
  applicationId: string,
  identityIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ id: string }>(
    `SELECT DISTINCT identity_id AS id FROM accounts
     WHERE tenant_id = $1 AND application_id = $2 AND identity_id = ANY($3) AND remote_id IS NOT NULL`,
    [tx.tenantId, applicationId, identityIds],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Keeps one slice of strangers as unknown accounts; after the last, those that were not seen any more are gone. */
export async function keepStrangers(tx: Tx, application: Application, scan: ClaimedScan, now: Date): Promise<ScanStep> {
  const { strangers, next } = await nextStrangers(tx, application, scan);
  const rows = strangers.map((stranger) => ({ ...stranger, id: newId(), state: judgeStranger(stranger.candidates) }));
  await tx.query(
    `INSERT INTO unknown_accounts AS u (tenant_id, id, application_id, remote_id, external_id, observed, candidates, state, first_seen_at, seen_at, scan_id)
     SELECT $1, r.id, $2, r."remoteId", r."externalId", r.observed, r.candidates, r.state, $4, $4, $5
     FROM jsonb_to_recordset($3) AS r (id uuid, "remoteId" text, "externalId" text, observed jsonb, candidates jsonb, state text)
     ON CONFLICT (tenant_id, application_id, remote_id) DO UPDATE SET external_id = excluded.external_id, observed = excluded.observed,
       candidates = excluded.candidates, seen_at = excluded.seen_at, scan_id = excluded.scan_id,
       state = CASE WHEN u.state IN ('ignored', 'protected') THEN u.state ELSE excluded.state END, account_id = NULL`,
    [tx.tenantId, application.id, JSON.stringify(rows), now, scan.id],
  );
  const counts = { unknown: strangers.length };
  if (next !== null) return { cursor: next, counts };
  await tx.query(
    `UPDATE unknown_accounts u SET account_id = a.id, state = CASE WHEN a.id IS NULL THEN 'gone' ELSE 'assigned' END
     FROM unknown_accounts self LEFT JOIN accounts a ON a.tenant_id = self.tenant_id AND a.application_id = self.application_id AND a.remote_id = self.remote_id
     WHERE self.tenant_id = $1 AND self.application_id = $2 AND self.scan_id <> $3 AND u.tenant_id = self.tenant_id AND u.id = self.id
       AND (u.state NOT IN ('assigned', 'gone') OR (a.id IS NULL AND u.state = 'assigned'))`,
    [tx.tenantId, application.id, scan.id],
  );
  return { phase: 'tidy', counts };
}
