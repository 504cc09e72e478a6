import { Clock, Database, Refusal, type Tx } from '@tenure/platform';
import { markBehind } from '@tenure/access';
import { WorkHints } from '@tenure/applications';
import { appendFact, type Actor } from '@tenure/journal';
import { shardsOfMembers } from '../backlog/member-shards.js';

/** What an account's protection is now. */
export interface Protection {
  readonly id: string;
  readonly protectedReason: string | null;
  /** A call that began before may still arrive in the application. */
  readonly inFlight: boolean;
}

interface LockedAccount {
  application_id: string;
  identity_id: string;
  connector: string;
  shard: number;
  protected_reason: string | null;
  in_flight: boolean;
}

/** Accounts that nothing may touch: nothing new is desired of them, and what already was is not sent. */
export class ProtectedAccounts {
  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly clock: Clock,
  ) {}

  /** From the answer on no call begins for the account. Said again, the reason is replaced. */
  async protect(tenantId: string, by: Actor, id: string, reason: string): Promise<Protection> {
    const protection = await this.database.transaction(tenantId, async (tx) => {
      const account = await lockAccount(tx, id);
      if (account.protected_reason !== reason) await this.change(tx, by, id, account.protected_reason, reason);
      return { id, protectedReason: reason, inFlight: account.in_flight };
    });
    // Its memberships may be under way where the account itself is not.
    await this.database.switchSeen();
    return protection;
  }

  /** Whatever was left behind meanwhile is carried out. */
  async unprotect(tenantId: string, by: Actor, id: string): Promise<void> {
    await this.database.transaction(tenantId, async (tx) => {
      const account = await lockAccount(tx, id);
      if (account.protected_reason === null) return;
      await this.change(tx, by, id, account.protected_reason, null);
      // What policies said meanwhile was not desired of the account.
      await markBehind(tx, [account.identity_id], { cause: null, urgent: false });
      await this.announce(tx, id, account);
    });
  }

  private async change(tx: Tx, by: Actor, id: string, before: string | null, after: string | null): Promise<void> {
    await tx.query('UPDATE accounts SET protected_reason = $3 WHERE tenant_id = $1 AND id = $2', [
      tx.tenantId,
      id,
      after,
    ]);
    await appendFact(tx, by, this.clock.now(), {
      verb: after === null ? 'account.unprotected' : 'account.protected',
      subjectKind: 'account',
      subjectId: id,
      payload: { before, after },
    });
  }

  /** The account's own work, and that of its memberships. */
  private async announce(
    tx: Tx,
    id: string,
    { application_id: applicationId, connector, shard }: LockedAccount,
  ): Promise<void> {
    for (const at of new Set([shard, ...(await shardsOfMembers(tx, [id]))]))
      this.hints.announce(tx, { tenantId: tx.tenantId, applicationId, connector, shard: at, urgent: false });
  }
}

async function lockAccount(tx: Tx, id: string): Promise<LockedAccount> {
  const [account] = await tx.query<LockedAccount>(
    `SELECT a.application_id, a.identity_id, p.connector, a.shard, a.protected_reason,
       a.lease_until IS NOT NULL AND a.lease_until >= clock_timestamp() AS in_flight
     FROM accounts a JOIN applications p ON p.tenant_id = a.tenant_id AND p.id = a.application_id
     WHERE a.tenant_id = $1 AND a.id = $2 FOR UPDATE OF a`,
    [tx.tenantId, id],
  );
  if (!account) throw new Refusal('account_not_found', `There is no account with the id ${id}.`);
  return account;
}
