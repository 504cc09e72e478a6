import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLog, lookNow, newId } from '@tenure/platform';
import { eventually } from '../../../../test/support/eventually.js';
import { startTestPlatform, type TestPlatform } from '../../../../test/support/platform.js';
import { forgetOldRequests } from './forget-requests.js';
import { silenceClock } from './silence-clock.js';

const START = new Date('2026-03-01T09:00:00Z');
const minutes = (count: number): Date => new Date(START.getTime() + count * 60_000);

describe('when an identity provider falls silent', () => {
  let platform: TestPlatform;
  let tenantId: string;
  let sourceId: string;
  beforeAll(async () => {
    platform = await startTestPlatform();
  });
  afterAll(() => platform.close());
  beforeEach(async () => {
    ({ tenantId } = await platform.tenant());
    const { sql, clock } = platform;
    clock.moveTo(START);
    sourceId = newId();
    await sql.query(
      `INSERT INTO sources (tenant_id, id, kind, name, rank, created_at) VALUES ($1, $2, 'scim', 'IdP', 1, now())`,
      [tenantId, sourceId],
    );
  });

  const asks = (at: Date): Promise<unknown> =>
    platform.sql.query(
      `INSERT INTO scim_requests (tenant_id, id, source_id, received_at, method, path, dialect, status, ms)
       VALUES ($1, $2, $3, $4, 'GET', '/', 'okta', 200, 1)`,
      [tenantId, newId(), sourceId, at],
    );
  const told = (): Promise<{ verb: string }[]> =>
    platform.sql.query(
      `SELECT verb FROM journal WHERE tenant_id = $1 AND verb IN ('source.fell_silent', 'source.heard_again') ORDER BY revision`,
      [tenantId],
    );
  const cases = (): Promise<{ state: string }[]> =>
    platform.sql.query(`SELECT state FROM cases WHERE tenant_id = $1 AND kind = 'source_silent' ORDER BY opened_at`, [
      tenantId,
    ]);
  /** A look of the timer, and what it sets going. */
  async function look(at: Date): Promise<void> {
    platform.clock.moveTo(at);
    await lookNow(platform.database, silenceClock(platform.database, platform.clock, createLog('spec', 'silent')));
  }

  it('is said once per silence, after three of its usual pauses and an hour at least, and once when it is heard again', async () => {
    for (let n = 0; n <= 10; n++) await asks(minutes(n * 40));
    await look(minutes(400 + 70));
    expect(await told()).toEqual([]);
    await look(minutes(400 + 121));
    await look(minutes(400 + 600));
    expect([await told(), await cases()]).toEqual([[{ verb: 'source.fell_silent' }], [{ state: 'open' }]]);
    await asks(minutes(1_100));
    await look(minutes(1_101));
    await look(minutes(1_102));
    expect(await told()).toEqual([{ verb: 'source.fell_silent' }, { verb: 'source.heard_again' }]);
    expect(await cases()).toEqual([{ state: 'resolved' }]);
    await look(minutes(30_000));
    expect((await told()).map(({ verb }) => verb)).toEqual([
      'source.fell_silent',
      'source.heard_again',
      'source.fell_silent',
    ]);
    expect(await cases()).toEqual([{ state: 'resolved' }, { state: 'open' }]);
  });

  it('says nothing of one that has never asked, or asked once', async () => {
    await look(minutes(100_000));
    await asks(START);
    await look(minutes(200_000));
    expect(await told()).toEqual([]);
  });

  it('forgets after thirty days what was asked', async () => {
    const ago = (days: number): Date => new Date(Date.now() - days * 86_400_000);
    await asks(ago(31));
    await asks(ago(29));
    await lookNow(platform.database, forgetOldRequests);
    await eventually(
      () => platform.sql.query('SELECT id FROM scim_requests WHERE tenant_id = $1', [tenantId]),
      (left) => left.length === 1,
    );
  });
});
