import type { Tx } from '@tenure/platform';
import type { Application, WorkHints } from '@tenure/applications';
import type { Capabilities } from '@tenure/connectors';
import type { HeldSighting } from '../../reconcile/find-account.js';
import { judgeAccounts, seenColumns, type SeenAccount } from './judge-accounts.js';

const HOLDER = `
  SELECT ${seenColumns('$4')} FROM accounts a JOIN identities i ON i.tenant_id = a.tenant_id AND i.id = a.identity_id
  WHERE a.tenant_id = $1 AND a.application_id = $2 AND a.remote_id = $3 FOR NO KEY UPDATE OF a`;

/**
 * The application took one person for another, and may have written to the other's account: that one is compared, as in a
 * scan. Where it is being worked on, the next scan does.
 */
export async function findHolderDrift(
  tx: Tx,
  hints: WorkHints,
  application: Application,
  { remoteId, observed, readAt }: HeldSighting,
  now: Date,
  capabilities: Pick<Capabilities, 'caseless'>,
): Promise<void> {
  const rows = await tx.query<Omit<SeenAccount, 'seen'>>(HOLDER, [tx.tenantId, application.id, remoteId, readAt]);
  const seen = rows.map((row) => ({ ...row, seen: observed }));
  await judgeAccounts(tx, hints, application, { scanId: null }, seen, now, capabilities);
}
