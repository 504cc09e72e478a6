import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, type Tx } from '@tenure/platform';
import { Identity } from '@tenure/identity';
import { Account, Application, Entitlement, EntitlementMember, type WorkError } from '@tenure/applications';
import { startTestPlatform, type TestPlatform } from '../../../../test/support/platform.js';
import { leaseAccounts, writeOutcomes, type AccountOutcome, type LeasedAccount } from './account-leases.js';
import { writeMemberOutcomes } from './entitlement-leases.js';

const DESIRED = { enabled: true, attributes: {} };
const REFUSED: WorkError = { class: 'invalid', message: 'no', remedy: 'look', at: '2026-11-23T09:00:00Z' };
const HOUR_MS = 3_600_000;

describe('an outcome that comes after something newer was desired', () => {
  let platform: TestPlatform;
  let tenantId: string;
  let account: { tenantId: string; id: string };
  let applicationId: string;
  let entitlementId: string;

  beforeAll(async () => {
    platform = await startTestPlatform();
  });
  afterAll(() => platform.close());
  beforeEach(async () => {
    ({ tenantId } = await platform.tenant());
    applicationId = newId();
    const identityId = newId();
    account = { tenantId, id: newId() };
    entitlementId = newId();
    const known = { tenantId, applicationId, shard: 0 };
    await inTenant(async (tx) => {
      await tx.repository(Application).insert({
        ...{ tenantId, id: applicationId, name: 'App', connector: 'scim', mode: 'enforce' },
        ...{ config: {}, mapping: {}, sealedCredentials: Buffer.of() },
      });
      await tx.repository(Identity).insert({ tenantId, id: identityId, state: 'active', attributes: {}, lineage: {} });
      const row = { ...known, ...account, identityId, desired: DESIRED, desiredAt: new Date(), attempts: 10 };
      await tx.repository(Account).insert(row);
      await tx.repository(Entitlement).insert({ ...known, id: entitlementId, kind: 'group', name: 'Sales' });
      const member = { tenantId, entitlementId, accountId: account.id, applicationId };
      await tx.repository(EntitlementMember).insert({ ...member, wanted: true, changedAt: new Date() });
    });
  });

  const inTenant = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => platform.database.transaction(tenantId, work);
  const stored = () => inTenant((tx) => tx.repository(Account).findOneBy(account));
  const desireMore = () => inTenant((tx) => tx.repository(Account).update(account, { desiredVersion: '2' }));

  async function lease(leaseMs = 60_000): Promise<LeasedAccount> {
    const request = { applicationId, shard: 0, urgent: false, wanted: 1, limit: 1, allShards: false, leaseMs };
    const [leased] = await inTenant((tx) => leaseAccounts(tx, request));
    if (!leased) throw new Error('there was nothing to lease');
    return leased;
  }

  // Without an answer the application may still carry the call out, for an hour.
  const failed = ({ id, fence, desiredVersion, attempts }: LeasedAccount, lookFirst: boolean): AccountOutcome => ({
    ...{ id, fence, ofVersion: desiredVersion, applied: null, observed: null, remoteId: null, plan: null, note: null },
    ...{
      state: 'pending',
      delayMs: HOUR_MS,
      settleMs: lookFirst ? HOUR_MS : 0,
      attempts: attempts + 1,
      lookFirst,
      error: REFUSED,
    },
  });
  const write = (outcome: AccountOutcome) =>
    inTenant((tx) => writeOutcomes(tx, [outcome], new Date(), { applicationId, mode: 'enforce' }));

  it('waits as long as a failure says when nothing newer is desired', async () => {
    await write(failed(await lease(), false));
    expect(await stored()).toMatchObject({ attempts: 11, dueAt: expect.any(Date) });
  });

  it('does not make the newer one wait for the older one’s next try, and lets its tries begin anew', async () => {
    const leased = await lease();
    await desireMore();
    await write(failed(leased, false));
    expect(await stored()).toMatchObject({ state: 'pending', runnable: true, attempts: 0, dueAt: -Infinity });
    expect((await lease()).desiredVersion).toBe('2');
  });

  it('makes the newer one wait while the older call may still be carried out', async () => {
    const leased = await lease();
    await desireMore();
    await write(failed(leased, true));
    const { dueAt, lookFirst } = (await stored()) ?? {};
    expect(lookFirst).toBe(true);
    expect(Number(dueAt)).toBeGreaterThan(Date.now() + HOUR_MS / 2);
  });

  it('is refused when another worker has taken the account over', async () => {
    const leased = await lease(0);
    const takenOver = await lease();
    expect(takenOver.lookFirst).toBe(true);
    expect(await write(failed(leased, false))).toEqual([]);
    expect(await write(failed(takenOver, false))).toEqual([account.id]);
  });

  it.each([
    ['stays refused while the same is asked', true, { runnable: false, error: REFUSED }],
    ['is tried again when the opposite is asked meanwhile', false, { runnable: true, error: null }],
  ])('of a membership that was refused: it %s', async (_, wantedNow, expected) => {
    const member = { tenantId, entitlementId, accountId: account.id };
    await inTenant(async (tx) => {
      await tx.repository(EntitlementMember).update(member, { wanted: wantedNow });
      const refused = { accountId: account.id, wanted: true, held: null, error: REFUSED, keptBack: null };
      await writeMemberOutcomes(tx, entitlementId, [refused]);
    });
    const after = await inTenant((tx) => tx.repository(EntitlementMember).findOneBy(member));
    expect(after).toMatchObject(expected);
  });
});
