import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { Client } from '../support/client.js';
import { apiEnvironmentOf } from '../support/configuration.js';
import { eventually } from '../support/eventually.js';
import { ForgedIdp, type ForgedLogin } from '../support/forged-idp.js';
import { HrSystem } from '../support/hr.js';
import { startProgram, type RunningProgram } from '../support/processes.js';
import { Browser } from '../support/saml-browser.js';

interface Session {
  readonly id: string;
  readonly current?: boolean;
  readonly expiresAt: string;
  readonly agent: string | null;
}
interface Told {
  readonly actor: string;
  readonly payload: { readonly how?: string; readonly why?: string };
}
interface Apps {
  readonly version: string;
  readonly settled: boolean;
  readonly items: readonly { readonly name: string; readonly state: string }[];
}

// Two api processes: this one, and the compiled one.
describe('employees’ sessions', () => {
  let api: TestApi;
  let other: RunningProgram;
  let tenant: ApiTenant;
  let hr: HrSystem;
  let idp: ForgedIdp;
  beforeAll(async () => {
    api = await startTestApi({ worker: true });
    const env = await apiEnvironmentOf(api.database, api.redisUrl);
    other = await startProgram('api', { ...env, LOGINS_PER_ADDRESS: '1', TRUSTED_PROXIES: '127.0.0.0/8' });
    tenant = await api.tenant();
    hr = await HrSystem.connect(tenant.api);
    idp = await ForgedIdp.connect(tenant.api);
  });
  afterAll(async () => {
    await other.stop();
    await api.close();
  });

  const login = (name: string): ForgedLogin => ({
    nameId: name,
    attributes: { email: [`${name}@example.com`], employeeNumber: [name], title: ['Countess'] },
  });
  const signedIn = async (name: string, changes: Partial<ForgedLogin> = {}): Promise<Browser<ForgedLogin>> => {
    const browser = idp.browser(api.anybody);
    const answer = await browser.logIn({ ...login(name), ...changes });
    if (answer.status !== 303) throw new Error(answer.text);
    return browser;
  };
  const idOf = async (browser: Browser<ForgedLogin>): Promise<string> =>
    (await browser.visit<{ id: string }>('/me')).body.id;
  const mine = async (browser: Browser<ForgedLogin>): Promise<readonly Session[]> =>
    (await browser.visit<{ items: Session[] }>('/me/sessions')).body.items;
  const status = async (browser: Browser<ForgedLogin>): Promise<number> => (await browser.visit('/me')).status;
  /** The same browser at the other process. */
  const elsewhere = async (browser: Browser<ForgedLogin>): Promise<number> =>
    (await new Client(other.url).get('/me', { headers: { cookie: `tenure=${browser.cookies.get('tenure') ?? ''}` } }))
      .status;

  /** How a person's sessions began and why they ended, the newest first. */
  const told = async (name: string): Promise<readonly string[]> => {
    const [person] = await tenant.api.all<{ id: string }>(
      `/api/v1/identities?filter=${encodeURIComponent(`email eq "${name}@example.com"`)}`,
    );
    const { body } = await tenant.api.get<{ items: Told[] }>(`/api/v1/identities/${person?.id ?? ''}/sessions/history`);
    return body.items.map(({ payload, actor }) => `${actor.split(':')[0] ?? ''}: ${payload.how ?? payload.why ?? ''}`);
  };

  it('end at once on every process, whoever ends the employment', async () => {
    const ada = await signedIn('ada');
    expect([await status(ada), await elsewhere(ada)]).toEqual([200, 200]);
    await hr.event('employee.terminated', { employeeNumber: 'ada', email: 'ada@example.com', status: 'terminated' });
    expect([await status(ada), await elsewhere(ada)]).toEqual([401, 401]);

    const ben = await signedIn('ben');
    await tenant.api.made(`/api/v1/identities/${await idOf(ben)}/suspend`, { reason: 'a look at it' });
    expect([await status(ben), await elsewhere(ben)]).toEqual([401, 401]);
    expect(await told('ada')).toEqual(['source: terminated', 'identity: sp_initiated']);
    expect(await told('ben')).toEqual(['api_key: suspended', 'identity: sp_initiated']);
  });

  it('take the place of the one that the browser had', async () => {
    const ida = await signedIn('ida');
    const before = `tenure=${ida.cookies.get('tenure') ?? ''}`;
    expect((await ida.logIn(login('ida'))).status).toBe(303);
    expect(await mine(ida)).toMatchObject([{ current: true }]);
    expect((await api.anybody.get('/me', { headers: { cookie: before } })).status).toBe(401);
    expect((await told('ida')).toSorted()).toEqual([
      'identity: replaced',
      'identity: sp_initiated',
      'identity: sp_initiated',
    ]);
  });

  it('are listed to the person, who ends one or all others, and nobody else’s', async () => {
    const [here, there, away] = [await signedIn('cleo'), await signedIn('cleo'), await signedIn('cleo')];
    const stranger = await signedIn('dora');
    const sessions = await mine(here);
    expect(sessions.map(({ current }) => current)).toEqual([false, false, true]);
    const [newest] = sessions;
    expect((await stranger.remove(`/me/sessions/${newest?.id ?? ''}`)).status).toBe(404);
    expect((await here.remove(`/me/sessions/${newest?.id ?? ''}`)).status).toBe(204);
    expect([await status(away), await elsewhere(away), await status(there)]).toEqual([401, 401, 200]);
    expect(await here.remove<{ ended: string[] }>('/me/sessions')).toMatchObject({
      body: { ended: [expect.any(String)] },
    });
    expect([await status(there), await status(here), await status(stranger)]).toEqual([401, 200, 200]);
    const cookie = `tenure=${here.cookies.get('tenure') ?? ''}`;
    const crossSite = { headers: { cookie, 'sec-fetch-site': 'cross-site' } };
    expect((await api.anybody.delete('/me/sessions', crossSite)).status).toBe(403);
    expect((await told('cleo')).filter((one) => one === 'identity: signed_out')).toHaveLength(2);
  });

  it('are listed to admins, who end them, in their own tenant', async () => {
    const eve = await signedIn('eve');
    const path = `/api/v1/identities/${await idOf(eve)}/sessions`;
    const { body } = await tenant.api.get<{ items: Session[] }>(path);
    expect(body.items).toMatchObject([{ agent: 'node' }]);
    const stranger = (await api.tenant()).api;
    const one = `${path}/${body.items[0]?.id ?? ''}`;
    expect([
      (await stranger.get(path)).status,
      (await stranger.delete(path)).status,
      (await stranger.delete(one)).status,
    ]).toEqual([404, 404, 404]);
    expect((await (await tenant.as('auditor')).delete(path)).status).toBe(403);
    expect((await tenant.api.delete(one)).status).toBe(204);
    expect(await status(eve)).toBe(401);
    const again = await signedIn('eve');
    expect((await tenant.api.delete(path)).status).toBe(200);
    expect(await status(again)).toBe(401);
    expect(await told('eve')).toEqual([
      'api_key: admin',
      'identity: sp_initiated',
      'api_key: admin',
      'identity: sp_initiated',
    ]);
    expect((await stranger.get(`${path}/history`)).status).toBe(404);
  });

  it('renew their token, and the one before does for requests under way', async () => {
    const finn = await signedIn('finn');
    const [session] = await mine(finn);
    const id = session?.id ?? '';
    const age = (sql: string): Promise<object[]> =>
      api.database.query(`UPDATE sessions SET ${sql} WHERE id = $1`, [id]);
    const withToken = async (token: string | undefined): Promise<number> =>
      (await api.anybody.get('/me', { headers: { cookie: `tenure=${token ?? ''}` } })).status;
    const first = finn.cookies.get('tenure');
    await age(`renewed_at = now() - interval '16 minutes'`);
    const answers = await Promise.all(Array.from({ length: 10 }, () => finn.visit('/me')));
    expect(answers.map((answer) => answer.status)).toEqual(Array(10).fill(200));
    expect(answers.flatMap(({ headers }) => headers.getSetCookie())).toHaveLength(1);
    const second = finn.cookies.get('tenure');
    expect(second).not.toBe(first);
    expect([await withToken(first), await withToken(second), await withToken(first)]).toEqual([200, 200, 200]);
    expect(
      await api.database.query('SELECT FROM sessions WHERE id = $1 AND confirmed_at > renewed_at', [id]),
    ).toHaveLength(1);
    await age(`confirmed_at = now() - interval '2 minutes'`);
    expect([await withToken(first), await withToken(second)]).toEqual([401, 200]);
  });

  it('are over when they were idle or open for too long, as the connection says', async () => {
    const rules = `/api/v1/saml-connections/${idp.connection.id}/rules`;
    await tenant.api.put(rules, { sessions: { idleMinutes: 10, absoluteMinutes: 30 } });
    const [idle, open] = [await signedIn('gwen'), await signedIn('gwen')];
    const [newest, oldest] = await mine(idle);
    const ahead = Date.parse(newest?.expiresAt ?? '') - Date.now();
    expect(ahead).toBeGreaterThan(29 * 60_000);
    expect(ahead).toBeLessThanOrEqual(30 * 60_000);
    await api.database.query(`UPDATE sessions SET last_seen_at = now() - interval '11 minutes' WHERE id = $1`, [
      oldest?.id,
    ]);
    await api.database.query(`UPDATE sessions SET expires_at = now() WHERE id = $1`, [newest?.id]);
    expect([await status(idle), await status(open)]).toEqual([401, 401]);
    const soon = new Date(Date.now() + 5 * 60_000);
    const bound = await signedIn('gwen', { sessionNotOnOrAfter: soon.toISOString() });
    expect((await mine(bound)).map(({ expiresAt }) => expiresAt)).toEqual([soon.toISOString()]);
    await tenant.api.put(rules, {});
  });

  it('show what is known of the person and why, and what there is to use', async () => {
    const application = await tenant.api.made('/api/v1/applications', {
      name: 'Directory',
      connector: 'scim',
      config: { baseUrl: 'http://127.0.0.1:1/scim/v2' },
      credentials: { token: 'x' },
    });
    const hugo = await signedIn('hugo');
    await hr.event('employee.created', { employeeNumber: 'hugo', title: 'Prince' });
    const { body } = await hugo.visit<{ attributes: { name: string }[] }>('/me/profile');
    expect(body.attributes).toContainEqual({
      ...{ name: 'title', value: 'Prince', source: { name: 'HR', kind: 'hrms' }, rule: 'first_non_empty' },
      since: expect.any(String),
    });
    expect(body.attributes).toContainEqual(
      expect.objectContaining({ name: 'email', source: { name: 'Forged', kind: 'saml' } }),
    );

    const next = async (after: string): Promise<Apps> =>
      (await hugo.visit<Apps>(`/me/applications?after=${after}&waitSeconds=20`)).body;
    const settled = await eventually(
      async () => (await hugo.visit<Apps>('/me/applications')).body,
      (apps) => apps.settled,
    );
    expect(settled.items).toEqual([]);
    const waiting = next(settled.version);
    const id = await idOf(hugo);
    await tenant.api.made('/api/v1/grants', { identityId: id, applicationId: application.id, reason: 'for a look' });
    let seen = await waiting;
    while (seen.items.length === 0) seen = await next(seen.version);
    expect(seen.items).toMatchObject([{ name: 'Directory', state: 'being prepared' }]);
    const access = (await hugo.visit<{ items: object[] }>('/me/access')).body;
    expect(access.items).toMatchObject([
      {
        application: { name: 'Directory' },
        entitlement: null,
        why: { origin: 'admin', policy: null, reason: 'for a look' },
      },
    ]);
    const shutOut = hugo.visit(`/me/applications?after=${seen.version}&waitSeconds=20`);
    await hr.event('employee.terminated', { employeeNumber: 'hugo', status: 'terminated' });
    expect((await shutOut).status).toBe(401);
    expect((await (await signedIn('ida')).visit<{ items: object[] }>('/me/access')).body.items).toEqual([]);
  });

  it('are not begun without end from one address, as far as the proxies say which', async () => {
    const page = (forwarded: string): Promise<{ status: number; headers: Headers; text: string }> =>
      new Client(other.url, { 'x-forwarded-for': forwarded }).get(`/saml/${idp.connection.id}/login`);
    const answers = await Promise.all(Array.from({ length: 30 }, () => page('203.0.113.1')));
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(8);
    expect(refused[0]?.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(refused[0]?.headers.get('content-type')).toMatch(/^text\/html/);
    expect((await page('203.0.113.2')).status).toBe(302);
    await eventually(
      () => page('203.0.113.1'),
      (answer) => answer.status === 302,
    );
    // This process believes no proxy: all come from one address, which has not had its fill.
    const direct = new Client(api.url, { 'x-forwarded-for': '203.0.113.1' });
    expect((await direct.get(`/saml/${idp.connection.id}/login`)).status).toBe(302);
  });
});
