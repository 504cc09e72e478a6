import { forgetMemberships } from './forget-memberships.js';
import { Clock, Database, Refusal, type Tx } from '@tenure/platform';
import { markBehind } from '@tenure/access';
import { BEHIND, PRIORITY, setsOf, WorkHints } from '@tenure/applications';
import { LifecycleEvents, appendFacts, type Actor } from '@tenure/journal';
import { announceWork, type Runnable } from '../backlog/announce-work.js';

interface Ordered extends Runnable {
  readonly id: string;
  readonly state: string;
  readonly protected: boolean;
  readonly behind: boolean;
}

/** What a person orders of single accounts: leave it, or look and bring it to the desired state again. */
export class AccountOrders {
  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Leaves an account as it is until something newer is desired, or it is retried. A call that is under way may still
   * arrive; what it answers is not believed, so it is looked at first afterwards.
   */
  async skip(tenantId: string, by: Actor, id: string, reason: string): Promise<void> {
    await this.database.transaction(tenantId, async (tx) => {
      const [account] = await lockAccounts(tx, 'a.id = $2', id);
      if (!account) throw accountNotFound(id);
      refuseHeld(account);
      if (!account.behind) throw new Refusal('account_not_behind', 'Nothing is left to do for this account.');
      await tx.query(
        `UPDATE accounts a SET ${setsOf('skipped')}, note = $3, error = NULL WHERE a.tenant_id = $1 AND a.id = $2`,
        [tenantId, id, reason],
      );
      await this.tell(tx, by, [account], 'account.skipped', { reason, before: account.state });
    });
  }

  /** Looks at one account and brings it to the desired state again, with its memberships; also when that is applied. */
  async reprovision(tenantId: string, by: Actor, id: string): Promise<void> {
    await this.database.transaction(tenantId, async (tx) => {
      const [account] = await lockAccounts(tx, 'a.id = $2', id);
      if (!account) throw accountNotFound(id);
      refuseHeld(account);
      if (account.protected)
        throw new Refusal('account_protected', 'The account is protected; nothing is sent for it.');
      await this.lookAgain(tx, by, [account]);
    });
  }

  /** The same for all that a person has, and computes the person's access anew. What is held or protected stays so. */
  async reprovisionPerson(tenantId: string, by: Actor, identityId: string): Promise<{ accounts: number }> {
    return this.database.transaction(tenantId, async (tx) => {
      const people = await tx.query('SELECT FROM identities WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [
        tenantId,
        identityId,
      ]);
      if (people.length === 0)
        throw new Refusal('identity_not_found', `There is no identity with the id ${identityId}.`);
      const accounts = (await lockAccounts(tx, 'a.identity_id = $2', identityId)).filter(
        (account) => !account.protected && account.state !== 'held',
      );
      await this.lookAgain(tx, by, accounts);
      await markBehind(tx, [identityId], { cause: null, urgent: false });
      this.events.announce(tx, identityId, false);
      const fact = { verb: 'identity.reprovisioned', subjectKind: 'identity', subjectId: identityId } as const;
      await appendFacts(tx, by, this.clock.now(), [{ ...fact, payload: { accounts: accounts.map(({ id }) => id) } }]);
      return { accounts: accounts.length };
    });
  }

  /** One more desired version, looked at first. Memberships become unknown, so each is told to the application again. */
  private async lookAgain(tx: Tx, by: Actor, accounts: readonly Ordered[]): Promise<void> {
    const ids = accounts.map(({ id }) => id);
    await tx.query(
      `UPDATE accounts a SET ${setsOf('reprovisioned')}, desired_at = clock_timestamp(),
         priority = CASE WHEN (desired ->> 'enabled')::boolean THEN $3::smallint ELSE $4::smallint END
       WHERE a.tenant_id = $1 AND a.id = ANY ($2)`,
      [tx.tenantId, ids, PRIORITY.mover, PRIORITY.leaver],
    );
    const members = await forgetMemberships(tx, ids);
    await this.tell(tx, by, accounts, 'account.reprovisioned', {});
    announceWork(tx, this.hints, [...accounts, ...members]);
  }

  private tell(tx: Tx, by: Actor, accounts: readonly Ordered[], verb: string, payload: object): Promise<void> {
    const facts = accounts.map(({ id }) => ({ verb, subjectKind: 'account' as const, subjectId: id, payload }));
    return appendFacts(tx, by, this.clock.now(), facts);
  }
}

function lockAccounts(tx: Tx, which: 'a.id = $2' | 'a.identity_id = $2', id: string): Promise<Ordered[]> {
  return tx.query<Ordered>(
    `SELECT a.id, a.state, a.protected_reason IS NOT NULL AS protected, ${BEHIND} AS behind, a.application_id AS "applicationId",
       p.connector, a.shard, a.priority
     FROM accounts a JOIN applications p ON p.tenant_id = a.tenant_id AND p.id = a.application_id
     WHERE a.tenant_id = $1 AND ${which} ORDER BY a.id FOR UPDATE OF a`,
    [tx.tenantId, id],
  );
}

const accountNotFound = (id: string): Refusal =>
  new Refusal('account_not_found', `There is no account with the id ${id}.`);

function refuseHeld({ state }: Ordered): void {
  if (state === 'held')
    throw new Refusal(
      'account_held',
      'A safety budget keeps the account back; release or reject its held item instead.',
    );
}
