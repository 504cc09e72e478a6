import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLog } from '@tenure/platform';
import { ScimPeer } from '../peers/scim-peer.js';
import { startTestApi, startTestWorker, type ApiTenant, type TestApi } from '../support/api.js';
import type { ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';

interface AccountView {
  readonly id: string;
  readonly applicationId: string;
  readonly state: string;
  readonly attempts: number;
}
interface ApplicationView {
  readonly id: string;
  readonly rest: { readonly kind: string; readonly until: string | null; readonly reason: string } | null;
}

/** So long a call to who says nothing is waited for: whoever waited for it, too, would be late. */
const SILENCE_MS = 12_000;

describe('how hard and when an application is called', () => {
  let api: TestApi;
  let peer: ScimPeer;
  let second: Awaited<ReturnType<typeof startTestWorker>>;
  let tenant: ApiTenant;
  let hr: HrSystem;
  beforeAll(async () => {
    [api, peer] = await Promise.all([startTestApi({ worker: true }), ScimPeer.start()]);
    second = await startTestWorker(api.database, api.redisUrl, createLog('worker', 'silent'));
  });
  afterAll(async () => {
    await second.close();
    await api.close();
    await peer.stop();
  });
  beforeEach(async () => {
    await api.quiet();
    await peer.reset();
    tenant = await api.tenant();
    hr = await HrSystem.connect(tenant.api);
  });

  const made = async (change: object, of = tenant): Promise<string> => {
    const { id } = await of.api.made('/api/v1/applications', {
      name: 'Directory',
      connector: 'scim',
      config: { baseUrl: peer.baseUrl, timeoutMs: 2_000, settleMs: 200 },
      credentials: { token: peer.token },
      ...change,
    });
    return id;
  };
  const application = async (change: object = {}, of = tenant): Promise<string> => {
    const id = await made(change, of);
    await of.api.made('/api/v1/policies', {
      name: `of ${id}`,
      condition: 'true',
      grants: [{ applicationId: id }],
      publish: true,
    });
    return id;
  };
  const hire = (names: readonly string[], at = hr): Promise<unknown> =>
    Promise.all(
      names.map((name) => at.event('employee.created', { employeeNumber: name, email: `${name}@example.com` })),
    );
  const accounts = (of = tenant): Promise<AccountView[]> => of.api.all('/api/v1/accounts');
  const allActive = (count: number, of = tenant): Promise<AccountView[]> =>
    eventually(
      () => accounts(of),
      (seen) => seen.length === count && seen.every(({ state }) => state === 'active'),
    );
  const shown = async (id: string): Promise<ApplicationView> =>
    (await tenant.api.get<ApplicationView>(`/api/v1/applications/${id}`)).body;
  const resting = (id: string, kind: string | null): Promise<ApplicationView> =>
    eventually(
      () => shown(id),
      ({ rest }) => (rest?.kind ?? null) === kind,
    );
  const calls = async (): Promise<{ at: number; method: string; status?: number; fault?: string }[]> =>
    (await peer.received()).map((call) => ({ ...call, at: Date.parse(call.at) }));
  const journal = async (id: string): Promise<string[]> =>
    (
      await api.database.query<{ verb: string }>(
        'SELECT verb FROM journal WHERE tenant_id = $1 AND subject_id = $2 ORDER BY revision',
        [tenant.tenantId, id],
      )
    ).map(({ verb }) => verb);
  const people = (count: number): string[] => Array.from({ length: count }, (_, i) => `p${i}`);

  describe('asked to wait', () => {
    it.each([
      ['by a 429 with Retry-After', { kind: 'rate_limit', method: 'POST', path: '^/Users', retryAfter: '2', times: 1 }],
      [
        'by a success that says that nothing is left',
        {
          kind: 'headers',
          method: 'POST',
          path: '^/Users',
          times: 1,
          headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '2' },
        },
      ],
    ] as const)('%s: nobody calls before, everybody goes on then, and no account loses a try', async (_, fault) => {
      const id = await application();
      await peer.inject(fault);
      const rests = resting(id, 'rate_limit');
      await hire(['first']);
      const { rest } = await rests;
      await hire(people(8));
      const asked = (await calls()).find((call) => call.fault !== undefined);
      expect(Date.parse(rest?.until ?? '') - (asked?.at ?? 0)).toBeGreaterThan(1_500);
      const done = await allActive(9);
      expect(done.map(({ attempts }) => attempts)).toEqual(done.map(() => 0));
      const later = (await calls()).filter(({ at }) => at > (asked?.at ?? 0)).map(({ at }) => at - (asked?.at ?? 0));
      expect(Math.min(...later)).toBeGreaterThanOrEqual(1_999);
      await resting(id, null);
    });

    it('by its own limits: two workers together stay below them, and a leaver does not wait behind the others', async () => {
      const id = await application();
      await hire(['leaver']);
      await allActive(1);
      await tenant.api.made(`/api/v1/applications/${id}/pause`, { reason: 'until all are hired' });
      await tenant.api.patch(`/api/v1/applications/${id}`, { limits: { all: { perSecond: 10, burst: 3 } } });
      await hire(people(80));
      await eventually(accounts, (seen) => seen.length === 81);
      const before = (await calls()).length;
      const began = Date.now();
      await tenant.api.made(`/api/v1/applications/${id}/resume`, undefined);
      await eventually(calls, (seen) => seen.length > before + 6);
      await hr.event('employee.terminated', { employeeNumber: 'leaver' });
      const count = (seen: readonly AccountView[], wanted: string): number =>
        seen.filter(({ state }) => state === wanted).length;
      await eventually(accounts, (seen) => count(seen, 'active') === 80 && count(seen, 'disabled') === 1);
      const paced = (await calls()).slice(before);
      // Eighty hires take eight seconds at this pace: the leaver is through while most of them still wait.
      const leaver = paced.findIndex(({ method }) => method === 'PATCH');
      expect(leaver).toBeGreaterThanOrEqual(0);
      expect(paced.slice(leaver).filter(({ method }) => method === 'POST').length).toBeGreaterThan(0);
      // From the start exactly: no call arrives before it was allowed.
      const seconds = ((paced.at(-1)?.at ?? 0) - began) / 1_000;
      expect(paced.length).toBeLessThanOrEqual(3 + 10 * seconds);
    });
  });

  describe('failing', () => {
    const outage = { kind: 'hang', path: '.' } as const;

    it('by saying nothing: it is quarantined, a trial comes before all, and leavers before others', async () => {
      const id = await application();
      await hire(['leaver', ...people(3)]);
      await allActive(4);
      await peer.inject(outage);
      await hire(people(60).map((name) => `late-${name}`));
      const { rest } = await resting(id, 'quarantine');
      expect(rest).toMatchObject({ until: expect.any(String), reason: expect.stringMatching(/./) });
      await hr.event('employee.terminated', { employeeNumber: 'leaver' });
      // It is known that the leaver's account is to be disabled before anything gets through again.
      await eventually(accounts, (seen) => seen.filter(({ state }) => state === 'active').length === 3);
      await eventually(calls, (seen) => seen.filter(({ fault }) => fault !== undefined).length > 4);
      await peer.clearFaults();
      const healedFrom = Date.now();
      const done = await eventually(
        accounts,
        (seen) => seen.length === 64 && seen.every(({ state }) => ['active', 'disabled'].includes(state)),
      );
      expect(done.filter(({ attempts }) => attempts > 2)).toEqual([]);
      await resting(id, null);
      // A slow machine lets a call time out once more; each time it heals again.
      const told = await journal(id);
      expect(told.slice(0, 3)).toEqual(['application.created', 'application.quarantined', 'application.healed']);
      expect([told.length % 2, told.at(-1)]).toEqual([1, 'application.healed']);
      const writes = (await calls()).filter(({ at, method }) => at > healedFrom && ['POST', 'PATCH'].includes(method));
      const leaver = writes.findIndex(({ method }) => method === 'PATCH');
      expect(leaver).toBeGreaterThanOrEqual(0);
      // The trial, and what the application's concurrency lets begin beside it.
      expect(leaver).toBeLessThan(40);
    });

    it('at once when its credentials are refused, and for no account’s cost', async () => {
      const id = await application({ credentials: { token: 'wrong' } });
      await hire(people(3));
      const { rest } = await resting(id, 'quarantine');
      expect(rest?.reason).toMatch(/401|auth/i);
      const hired = await eventually(accounts, (seen) => seen.length === 3);
      expect(hired.map(({ attempts, state }) => [attempts, state])).toEqual([
        [0, 'pending'],
        [0, 'pending'],
        [0, 'pending'],
      ]);
      await tenant.api.patch(`/api/v1/applications/${id}`, { credentials: { token: peer.token } });
      await allActive(3);
    });
  });

  describe('left alone', () => {
    it('by a pause: nothing begins, it is shown and audited, and goes on when resumed', async () => {
      const id = await application();
      expect(await tenant.api.post(`/api/v1/applications/${id}/pause`, { reason: 'audit' })).toMatchObject({
        status: 200,
        body: { rest: { kind: 'pause', until: null, reason: 'audit' } },
      });
      await hire(['ada']);
      await eventually(accounts, (seen) => seen.length === 1);
      await workOfAnother();
      expect(await accounts()).toMatchObject([{ state: 'pending', attempts: 0 }]);
      expect(await tenant.api.post(`/api/v1/applications/${id}/resume`)).toMatchObject({
        status: 200,
        body: { rest: null },
      });
      await allActive(1);
      expect(await journal(id)).toEqual(['application.created', 'application.paused', 'application.resumed']);
    });

    it('by a pause with an end: it goes on by itself', async () => {
      const id = await application();
      const until = new Date(Date.now() + 3_000).toISOString();
      expect(await tenant.api.post(`/api/v1/applications/${id}/pause`, { reason: 'short', until })).toMatchObject({
        status: 200,
        body: { rest: { kind: 'pause', until } },
      });
      await hire(['ada']);
      await allActive(1);
      const writes = (await calls()).filter(({ method }) => method === 'POST').map(({ at }) => at - Date.parse(until));
      expect(Math.min(...writes)).toBeGreaterThanOrEqual(0);
    });

    it('by a maintenance window: nothing is sent while it is on, and everything when it ends', async () => {
      const id = await application();
      const until = new Date(Date.now() + 3_000).toISOString();
      await tenant.api.patch(`/api/v1/applications/${id}`, { maintenance: [{ from: '2026-01-01T00:00:00Z', until }] });
      expect(await shown(id)).toMatchObject({ rest: { kind: 'maintenance', until } });
      await hire(['ada']);
      await allActive(1);
      const writes = (await calls()).filter(({ method }) => method === 'POST').map(({ at }) => at - Date.parse(until));
      expect(Math.min(...writes)).toBeGreaterThanOrEqual(0);
    });

    it.each([
      ['without a reason', 'pause', {}, 400, 'input_invalid'],
      ['until a moment that has passed', 'pause', { reason: 'x', until: '2020-01-01T00:00:00Z' }, 400, 'pause_over'],
      ['until no moment', 'pause', { reason: 'x', until: 'later' }, 400, 'input_invalid'],
      ['although it is not', 'resume', undefined, 409, 'application_not_paused'],
    ])('is refused: %s', async (_, order, body, status, code) => {
      const id = await application();
      expect(await tenant.api.post<ProblemBody>(`/api/v1/applications/${id}/${order}`, body)).toMatchObject({
        status,
        body: { code },
      });
    });

    it('only by whoever operates it, and only one’s own', async () => {
      const id = await application();
      const [auditor, operator, other] = [await tenant.as('auditor'), await tenant.as('operator'), await api.tenant()];
      for (const order of ['pause', 'resume']) {
        const path = `/api/v1/applications/${id}/${order}`;
        expect((await auditor.post(path, { reason: 'x' })).status).toBe(403);
        expect(await other.api.post<ProblemBody>(path, { reason: 'x' })).toMatchObject({
          status: 404,
          body: { code: 'application_not_found' },
        });
        expect((await operator.post(path, order === 'pause' ? { reason: 'x' } : undefined)).status).toBe(200);
      }
    });

    it('and limits and windows that make no sense are refused by their path', async () => {
      const answer = await tenant.api.post<ProblemBody>('/api/v1/applications', {
        name: 'Bad',
        connector: 'scim',
        config: { baseUrl: peer.baseUrl },
        credentials: { token: 'x' },
        limits: { wirte: { perSecond: 1, burst: 1 }, all: { perSecond: 0, burst: 1 } },
        maintenance: [{ weekday: 8, at: '02:00', minutes: 60, timeZone: 'UTC' }],
      });
      expect(answer).toMatchObject({ status: 422, body: { code: 'application_invalid' } });
      expect(answer.body.faults?.map(({ path }) => path)).toEqual([
        'limits.wirte',
        'limits.all.perSecond',
        'maintenance.0.weekday',
      ]);
    });
  });

  describe('beside others', () => {
    let silent: Server;
    beforeAll(async () => {
      silent = createServer(() => undefined).listen(0, '127.0.0.1');
      await new Promise((done) => silent.once('listening', done));
    });
    afterAll(() => {
      silent.closeAllConnections();
      silent.close();
    });

    it('delays nobody: many silent ones of one tenant fill no worker for another, nor for a fast one of the same', async () => {
      const { port } = silent.address() as AddressInfo;
      const config = { baseUrl: `http://127.0.0.1:${port}/scim/v2`, timeoutMs: SILENCE_MS, settleMs: 200 };
      const ids: string[] = [];
      for (let i = 0; i < 30; i += 1) ids.push(await made({ name: `Silent ${i}` }));
      for (const id of ids)
        await tenant.api.patch(`/api/v1/applications/${id}`, { config, credentials: { token: 'x' } });
      const grants = ids.map((applicationId) => ({ applicationId }));
      await tenant.api.made('/api/v1/policies', { name: 'All', condition: 'true', grants, publish: true });
      await hire(people(12));
      await eventually(accounts, (seen) => seen.length === 360);
      await workOfAnother();
      // The silent ones are still waited for: whoever had to wait for them would not be done by now.
      expect((await accounts()).filter(({ state }) => state === 'failed')).toEqual([]);
      const fast = await application({ name: 'Fast' });
      await eventually(
        accounts,
        (seen) => seen.filter((a) => a.applicationId === fast && a.state === 'active').length === 12,
        SILENCE_MS,
      );
    });
  });

  /** Somebody else's hire, all the way into the same app: proof that workers and timers have gone round. */
  async function workOfAnother(): Promise<void> {
    const other = await api.tenant();
    const theirs = await HrSystem.connect(other.api);
    await application({}, other);
    await hire(['zoe'], theirs);
    await allActive(1, other);
  }
});
