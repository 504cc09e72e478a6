import { Database, Refusal, type Tx } from '@tenure/platform';
import { Application, getApplication, WorkHints } from '@tenure/applications';
import { appendFact, type Actor } from '@tenure/journal';

export interface RetryFilter {
  readonly accountId?: string;
  readonly applicationId?: string;
}

/** A person's order to try failed work again. */
export class Retries {
  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly now: () => Date,
  ) {}

  /** Makes failed accounts (one, or all of an application) and what failed of its entitlements runnable. Returns how many. */
  async retry(tenantId: string, by: Actor, filter: RetryFilter): Promise<{ retried: number }> {
    return this.database.transaction(tenantId, async (tx) => {
      const rows = await tx.query<{ id: string; application_id: string; shard: number }>(
        `UPDATE accounts SET state = 'pending', runnable = true, attempts = 0, due_at = '-infinity', error = NULL
         WHERE tenant_id = $1 AND state = 'failed' AND ($2::uuid IS NULL OR id = $2) AND ($3::uuid IS NULL OR application_id = $3)
         RETURNING id, application_id, shard`,
        [tenantId, filter.accountId ?? null, filter.applicationId ?? null],
      );
      if (filter.accountId !== undefined && rows.length === 0) await this.refuse(tx, filter.accountId);
      const members = filter.applicationId === undefined ? 0 : await this.retryEntitlements(tx, filter.applicationId);
      for (const row of rows)
        await appendFact(tx, by, this.now(), {
          verb: 'account.retried',
          subjectKind: 'account',
          subjectId: row.id,
          payload: {},
        });
      await this.announce(tx, rows);
      return { retried: rows.length + members };
    });
  }

  private async retryEntitlements(tx: Tx, applicationId: string): Promise<number> {
    const application = await getApplication(tx, applicationId);
    const rows = await tx.query(
      `UPDATE entitlement_members SET runnable = true, error = NULL WHERE tenant_id = $1 AND application_id = $2 AND NOT runnable RETURNING account_id`,
      [tx.tenantId, application.id],
    );
    await tx.query(
      `UPDATE entitlements SET state = 'ready', runnable = true, attempts = 0, due_at = '-infinity', error = NULL
       WHERE tenant_id = $1 AND application_id = $2 AND state = 'failed'`,
      [tx.tenantId, application.id],
    );
    return rows.length;
  }

  private async announce(tx: Tx, rows: readonly { application_id: string; shard: number }[]): Promise<void> {
    const applications = await tx.repository(Application).findBy({ tenantId: tx.tenantId });
    const connectors = new Map(applications.map((application) => [application.id, application.connector]));
    for (const { application_id: applicationId, shard } of rows) {
      const connector = connectors.get(applicationId);
      if (connector !== undefined)
        this.hints.announce(tx, { tenantId: tx.tenantId, applicationId, connector, shard, urgent: false });
    }
  }

  private async refuse(tx: Tx, accountId: string): Promise<never> {
    const exists = await tx.query('SELECT FROM accounts WHERE tenant_id = $1 AND id = $2', [tx.tenantId, accountId]);
    if (exists.length === 0)
      throw new Refusal('not_found', 'account_not_found', `There is no account with the id ${accountId}.`);
    throw new Refusal(
      'conflict',
      'account_not_failed',
      'Only a failed account can be retried; this one is being worked on or is done.',
    );
  }
}
