import { Clock, Database, isUniqueViolation, Refusal } from '@tenure/platform';
import { Application, setsOf, WorkHints } from '@tenure/applications';
import { closeCases } from '@tenure/identity';
import { appendFact, type Actor } from '@tenure/journal';
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
        const [account] = await tx.query<{
          applicationId: string;
          shard: number;
          before: string | null;
          held: boolean;
        }>(
          `SELECT application_id AS "applicationId", shard, remote_id AS before, protected_reason IS NOT NULL AS held
           FROM accounts WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
          [tenantId, accountId],
        );
        if (!account) throw new Refusal('account_not_found', `There is no account with the id ${accountId}.`);
        if (account.held) throw new Refusal('account_protected', 'The account is protected; end its protection first.');
        await tx.query(
          `UPDATE accounts a SET ${setsOf('linked')}, remote_id = $3, observed = NULL WHERE a.tenant_id = $1 AND a.id = $2`,
          [tenantId, accountId, remoteId],
        );
        const resolution = { action: 'link', remoteId };
        await closeCases(
          tx,
          this.clock.now(),
          { kind: AMBIGUOUS, subjectId: accountId },
          { actor: by.actor, resolution },
        );
        await appendFact(tx, by, this.clock.now(), {
          verb: 'account.linked',
          subjectKind: 'account',
          subjectId: accountId,
          payload: { before: account.before, after: remoteId },
        });
        const { applicationId, shard } = account;
        const application = await tx.repository(Application).findOneBy({ tenantId, id: applicationId });
        if (application)
          this.hints.announce(tx, { tenantId, applicationId, connector: application.connector, shard, urgent: false });
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'accounts_by_remote_id')) throw error;
      throw new Refusal('account_owned', 'Another person’s account already is this one in the application.');
    }
  }
}
