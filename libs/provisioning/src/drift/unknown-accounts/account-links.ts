import { Clock, Database, isUniqueViolation, Refusal, type Tx } from '@tenure/platform';
import { setsOf, WorkHints } from '@tenure/applications';
import { closeCases } from '@tenure/identity';
import { appendFact, type Actor } from '@tenure/journal';
import { announceWork } from '../../backlog/announce-work.js';
import { forgetMemberships } from '../../orders/forget-memberships.js';
import { AMBIGUOUS } from '../../slice/turn-effects.js';

/** A person's word on which account of an application is somebody's: where several match, or none would. */
export class AccountLinks {
  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly clock: Clock,
  ) {}

  /** The account is `remoteId` in the application; the engine looks at it, marks it as ours and brings it to what is desired. */
  async link(tenantId: string, by: Actor, accountId: string, remoteId: string): Promise<void> {
    try {
      await this.database.transaction(tenantId, async (tx) => {
        const [account] = await linkable(tx, [accountId]);
        if (!account) throw new Refusal('account_not_found', `There is no account with the id ${accountId}.`);
        await this.say(tx, by, account, remoteId);
        const resolution = { action: 'link', remoteId };
        const question = { kind: AMBIGUOUS, subjectId: accountId } as const;
        await closeCases(tx, this.clock.now(), question, { actor: by.actor, resolution });
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'accounts_by_remote_id')) throw error;
      throw new Refusal('account_owned', 'Another person’s account already is this one in the application.');
    }
  }

  /** Each of two accounts of one application becomes, there, what the other was. */
  async exchange(tx: Tx, by: Actor, oneId: string, otherId: string): Promise<void> {
    const accounts = await linkable(tx, [oneId, otherId]);
    const [one, other] = [oneId, otherId].map((id) => accounts.find((account) => account.id === id));
    if (!one || !other) throw new Refusal('account_not_found', 'One of the two accounts does not exist any more.');
    const { before: ones } = one;
    const { before: others } = other;
    if (ones === null || others === null)
      throw new Refusal(
        'account_not_ready',
        'One of the two accounts is not in the application yet, or not any more; decide when both are there.',
      );
    // An account of the application is one of ours at any time.
    await tx.query('UPDATE accounts SET remote_id = NULL WHERE tenant_id = $1 AND id = $2', [tx.tenantId, otherId]);
    await this.say(tx, by, one, others);
    await this.say(tx, by, other, ones);
    // What was given to the one stands at the other now.
    announceWork(tx, this.hints, await forgetMemberships(tx, [oneId, otherId]));
  }

  private async say(tx: Tx, by: Actor, { id, before, ...at }: Linkable, remoteId: string): Promise<void> {
    const { tenantId } = tx;
    await tx.query(
      `UPDATE accounts a SET ${setsOf('linked')}, remote_id = $3, observed = NULL WHERE a.tenant_id = $1 AND a.id = $2`,
      [tenantId, id, remoteId],
    );
    const fact = { verb: 'account.linked', subjectKind: 'account', subjectId: id } as const;
    await appendFact(tx, by, this.clock.now(), { ...fact, payload: { before, after: remoteId } });
    this.hints.announce(tx, { tenantId, ...at, urgent: false });
  }
}

interface Linkable {
  readonly id: string;
  readonly applicationId: string;
  readonly connector: string;
  readonly shard: number;
  /** What it was in the application until now. */
  readonly before: string | null;
}

/** The accounts, locked; refuses what is protected. */
async function linkable(tx: Tx, ids: readonly string[]): Promise<readonly Linkable[]> {
  const rows = await tx.query<Linkable & { readonly held: boolean }>(
    `SELECT a.id, a.application_id AS "applicationId", p.connector, a.shard, a.remote_id AS before, a.protected_reason IS NOT NULL AS held
     FROM accounts a JOIN applications p ON p.tenant_id = a.tenant_id AND p.id = a.application_id
     WHERE a.tenant_id = $1 AND a.id = ANY ($2) ORDER BY a.id FOR UPDATE OF a`,
    [tx.tenantId, ids],
  );
  if (rows.some(({ held }) => held))
    throw new Refusal('account_protected', 'The account is protected; end its protection first.');
  return rows;
}
