import { Clock, Database, newId, Refusal, type Tx } from '@tenure/platform';
import { hasLeft, type LifecycleState } from '@tenure/identity';
import { PRIORITY, setsOf, shardOf, WorkHints } from '@tenure/applications';
import { appendFact, type Actor } from '@tenure/journal';
import { judgeStranger } from './match-unknown-account.js';
import { UnknownAccount } from './unknown-account.entity.js';

/** What a person says of an account that nothing may come of. */
export type SetAside = 'ignored' | 'protected';

interface Place {
  readonly connector: string;
  readonly shards: number;
  readonly state: LifecycleState;
  readonly accountId: string | null;
  readonly remoteId: string | null;
  readonly protectedReason: string | null;
}

/** Accounts of applications that are nobody's of ours, and what people decide about them. */
export class UnknownAccounts {
  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly clock: Clock,
  ) {}

  /** Makes it this identity's account; what is desired of that is then carried out on it. */
  assign(tenantId: string, by: Actor, id: string, identityId: string): Promise<UnknownAccount> {
    return this.database.transaction(tenantId, async (tx) => {
      const unknown = await lockUnknown(tx, id);
      refuseSettled(unknown);
      await refuseOwned(tx, unknown);
      const place = await placeOf(tx, unknown, identityId);
      const now = this.clock.now();
      const accountId = place.accountId ?? newId();
      const cause = await appendFact(tx, by, now, {
        verb: 'account.assigned',
        subjectKind: 'account',
        subjectId: accountId,
        payload: { unknownAccountId: id, applicationId: unknown.applicationId, identityId, remoteId: unknown.remoteId },
      });
      await takeOver(tx, unknown, place, { accountId, identityId, cause });
      const urgent = hasLeft(place);
      const { connector, shards } = place;
      const shard = shardOf(accountId, shards);
      this.hints.announce(tx, { tenantId, applicationId: unknown.applicationId, connector, shard, urgent });
      return this.decided(tx, by, id, { state: 'assigned', accountId, reason: null });
    });
  }

  /** Nothing is done about it: it is of no interest, or (protected) it is a service account that must never be touched. */
  setAside(tenantId: string, by: Actor, id: string, as: SetAside, reason: string): Promise<UnknownAccount> {
    return this.database.transaction(tenantId, async (tx) => {
      const unknown = await lockUnknown(tx, id);
      if (unknown.state === 'assigned') refuseSettled(unknown);
      const payload = { applicationId: unknown.applicationId, before: unknown.state, reason };
      await appendFact(tx, by, this.clock.now(), {
        verb: `unknown_account.${as}`,
        subjectKind: 'unknown_account',
        subjectId: id,
        payload,
      });
      return this.decided(tx, by, id, { state: as, reason });
    });
  }

  /** Asked about again: what was said of it counts no more. */
  reopen(tenantId: string, by: Actor, id: string, reason: string): Promise<UnknownAccount> {
    return this.database.transaction(tenantId, async (tx) => {
      const unknown = await lockUnknown(tx, id);
      if (unknown.state !== 'ignored' && unknown.state !== 'protected')
        throw new Refusal(
          'unknown_account_open',
          `Only what was ignored or protected is reopened; the account is ${unknown.state}.`,
        );
      const payload = { applicationId: unknown.applicationId, before: unknown.state, reason };
      await appendFact(tx, by, this.clock.now(), {
        verb: 'unknown_account.reopened',
        subjectKind: 'unknown_account',
        subjectId: id,
        payload,
      });
      return this.decided(tx, by, id, { state: judgeStranger(unknown.candidates), reason: null });
    });
  }

  private async decided(tx: Tx, by: Actor, id: string, change: Partial<UnknownAccount>): Promise<UnknownAccount> {
    const decided = { ...change, decidedAt: this.clock.now(), decidedBy: by.actor };
    await tx.repository(UnknownAccount).update({ tenantId: tx.tenantId, id }, decided);
    return getUnknown(tx, id);
  }
}

/** An unknown account of the tenant, or a refusal. */
export async function getUnknown(tx: Tx, id: string): Promise<UnknownAccount> {
  const unknown = await tx.repository(UnknownAccount).findOneBy({ tenantId: tx.tenantId, id });
  if (!unknown) throw new Refusal('unknown_account_not_found', `There is no unknown account with the id ${id}.`);
  return unknown;
}

async function lockUnknown(tx: Tx, id: string): Promise<UnknownAccount> {
  await tx.query('SELECT FROM unknown_accounts WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tx.tenantId, id]);
  return getUnknown(tx, id);
}

function refuseSettled({ state }: UnknownAccount): void {
  if (state === 'protected')
    throw new Refusal('account_protected', 'The account is protected: it is nobody’s to be touched.');
  if (state === 'assigned' || state === 'gone')
    throw new Refusal('unknown_account_settled', `The account is ${state}; a new scan shows what is there now.`);
}

/** What is somebody’s account, or carries the mark of one, is not given to another. */
async function refuseOwned(tx: Tx, { applicationId, remoteId, externalId }: UnknownAccount): Promise<void> {
  const owners = await tx.query(
    `SELECT FROM accounts WHERE tenant_id = $1 AND application_id = $2 AND (remote_id = $3 OR (id::text = $4 AND remote_id IS NOT NULL))`,
    [tx.tenantId, applicationId, remoteId, externalId],
  );
  if (owners.length > 0)
    throw new Refusal('account_owned', 'The account belongs to another identity; it is never given away.');
}

/** The identity's place in the application, locked; or a refusal that says what stands against it. */
async function placeOf(tx: Tx, { applicationId }: UnknownAccount, identityId: string): Promise<Place> {
  const [place] = await tx.query<Place>(
    `SELECT p.connector, p.shards, i.state, a.id AS "accountId", a.remote_id AS "remoteId", a.protected_reason AS "protectedReason"
     FROM identities i JOIN applications p ON p.tenant_id = i.tenant_id AND p.id = $3
     LEFT JOIN LATERAL (SELECT id, remote_id, protected_reason FROM accounts WHERE tenant_id = $1 AND application_id = $3 AND identity_id = $2
                        ORDER BY remote_id NULLS LAST LIMIT 1) a ON true
     WHERE i.tenant_id = $1 AND i.id = $2 AND i.merged_into IS NULL AND i.state <> 'purged' FOR UPDATE OF i`,
    [tx.tenantId, identityId, applicationId],
  );
  if (!place)
    throw new Refusal('identity_not_found', `There is no identity with the id ${identityId}, or it is no more.`);
  if (place.remoteId !== null)
    throw new Refusal('identity_has_account', 'The person has another account in this application.');
  if (place.protectedReason !== null)
    throw new Refusal('account_protected', 'The person’s account is protected: nothing may be changed about it.');
  if (place.accountId === null && !hasLeft(place))
    throw new Refusal(
      'account_not_granted',
      'Nothing grants the person an account here, so it would be disabled at once. Give a grant first.',
    );
  return place;
}

/**
 * Not seen before, it is looked at and marked as ours. A leaver without an account of ours gets one that must not be usable:
 * so it is shut, and kept shut.
 */
async function takeOver(
  tx: Tx,
  { applicationId, remoteId }: UnknownAccount,
  { accountId: known, shards, state }: Place,
  { accountId, identityId, cause }: { readonly accountId: string; readonly identityId: string; readonly cause: string },
): Promise<void> {
  if (known === null)
    await tx.query(
      `INSERT INTO accounts (tenant_id, id, application_id, identity_id, shard, desired, desired_at)
       VALUES ($1, $2, $3, $4, $5, '{"enabled": false, "attributes": {}}', clock_timestamp())`,
      [tx.tenantId, accountId, applicationId, identityId, shardOf(accountId, shards)],
    );
  await tx.query(
    `UPDATE accounts a SET ${setsOf('linked')}, remote_id = $3, observed = NULL, cause = $4, priority = $5
     WHERE a.tenant_id = $1 AND a.id = $2`,
    [tx.tenantId, accountId, remoteId, cause, hasLeft({ state }) ? PRIORITY.leaver : PRIORITY.mover],
  );
}
