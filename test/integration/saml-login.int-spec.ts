import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import {
  acsFormIn,
  formIn,
  signInFields,
  type SamlIdp,
  type SamlIdpUser,
} from '../../libs/saml-jit/src/test-kit/start-saml-idp.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { IdpVisitor } from '../support/idp-visitor.js';
import { HrSystem } from '../support/hr.js';
import { Browser, connectSamlIdp, type CreatedConnection } from '../support/saml-browser.js';

interface Me {
  readonly id: string;
  readonly state: string;
  readonly email: string;
  readonly displayName: string;
  readonly applications: readonly { readonly name: string; readonly state: string }[];
}

describe('a login with SAML', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let hr: HrSystem;
  let connection: CreatedConnection;
  let idp: SamlIdp;
  beforeAll(async () => {
    api = await startTestApi({ worker: true });
    tenant = await api.tenant();
    hr = await HrSystem.connect(tenant.api);
    ({ connection, idp } = await connectSamlIdp(tenant.api));
  });
  afterAll(async () => {
    await idp.stop();
    await api.close();
  });

  const browser = (): Browser => new Browser(api.anybody, connection, idp);
  const user = (name: string): SamlIdpUser => ({
    userName: name,
    email: `${name}@example.com`,
    firstName: name,
    lastName: 'Lovelace',
  });
  const me = async (who: Browser): Promise<Me> => (await who.visit<Me>('/me')).body;
  const found = (name: string): Promise<{ id: string; version: number }[]> =>
    tenant.api.all(`/api/v1/identities?filter=${encodeURIComponent(`email eq "${name}@example.com"`)}`);
  const sessionsOf = (id: string): Promise<object[]> =>
    api.database.query('SELECT id FROM sessions WHERE identity_id = $1', [id]);
  /** The worker has nothing left to do. */
  const settled = (): Promise<{ accessVersion: number; version: number }[]> =>
    eventually(
      () => tenant.api.all('/api/v1/identities'),
      (all) => all.every(({ accessVersion, version }) => accessVersion === version),
    );
  /** Every row that a login may write, with its version; a journal entry gets its position whenever it is numbered. */
  const written = (): Promise<object[]> =>
    api.database.query(
      ['identities', 'source_records', 'sessions', 'accounts']
        .map((table) => `SELECT '${table}' AS table, id::text, xmin::text FROM ${table}`)
        .concat("SELECT 'journal', id::text, '' FROM journal")
        .concat("SELECT 'saml_assertions', assertion_id, xmin::text FROM saml_assertions")
        .join(' UNION ALL ') + ' ORDER BY 1, 2',
    );

  it('makes the person once, signs in, and leads to /me', async () => {
    const [ada, name] = [browser(), 'ada'];
    const answer = await ada.logIn(user(name));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/me');
    const cookie = answer.headers.getSetCookie().find((one) => one.startsWith('tenure='));
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(await me(ada)).toMatchObject({
      state: 'active',
      email: 'ada@example.com',
      displayName: 'ada Lovelace',
      applications: [],
    });
    expect(await found(name)).toMatchObject([{ id: (await me(ada)).id, givenName: 'ada' }]);

    const again = browser();
    expect((await again.logIn(user(name))).status).toBe(303);
    expect((await me(again)).id).toBe((await me(ada)).id);
    expect(await found(name)).toMatchObject([{ version: 1 }]);
  });

  it('of six browsers at once, all for the first time, makes one person', async () => {
    const browsers = Array.from({ length: 6 }, browser);
    const answers = await Promise.all(browsers.map((one) => one.logIn(user('ben'))));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(303));
    const ids = new Set((await Promise.all(browsers.map(me))).map(({ id }) => id));
    expect(await found('ben')).toMatchObject([{ id: [...ids].join(), version: 1 }]);
  });

  it('is good for one session, however often and at once the answer is posted', async () => {
    const cleo = browser();
    const form = await cleo.begin(user('cleo'));
    const answers = await Promise.all(Array.from({ length: 5 }, () => cleo.finish(form)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array<number>(4).fill(403)]);
    const [person] = await found('cleo');
    expect(await sessionsOf(person!.id)).toHaveLength(1);
  });

  it('F13: posted again by the browser that has its session leads on, and is refused from anywhere else', async () => {
    const mina = browser();
    const form = await mina.begin(user('mina'), '/me?tab=1');
    expect((await mina.finish(form)).status).toBe(303);
    const sessions = await sessionsOf((await found('mina'))[0]!.id);
    const before = mina.cookies.get('tenure');
    const again = await mina.finish(form);
    expect([again.status, again.headers.get('location')]).toEqual([303, '/me?tab=1']);
    expect([mina.cookies.get('tenure'), again.headers.getSetCookie()]).toEqual([before, []]);
    expect(await sessionsOf((await found('mina'))[0]!.id)).toEqual(sessions);

    const [nora, thief] = [browser(), browser()];
    await nora.logIn(user('nora'));
    expect((await nora.finish(form)).headers.get('x-refusal-code')).toBe('request_unknown');
    thief.cookies.set('tenure_login', mina.cookies.get('tenure_login') ?? '');
    expect((await thief.finish(form)).headers.get('x-refusal-code')).toBe('request_unknown');
    thief.cookies.set('tenure', nora.cookies.get('tenure') ?? '');
    expect((await thief.finish(form)).headers.get('x-refusal-code')).toBe('request_unknown');
    const forged = Buffer.from(form.SAMLResponse, 'base64').toString().replaceAll('>mina<', '>evil<');
    const spoiled = { ...form, SAMLResponse: Buffer.from(forged).toString('base64') };
    expect((await mina.finish(spoiled)).status).toBe(403);
    // Of a later login of the same browser, the first answer is a replay too; so it is when the session is over.
    await mina.logIn(user('mina'));
    expect((await mina.finish(form)).status).toBe(403);
    const last = await mina.begin(user('mina'));
    await mina.finish(last);
    await mina.send('/me/logout');
    mina.cookies.set('tenure', before ?? '');
    expect((await mina.finish(last)).status).toBe(403);
  });

  it.each([
    ['in the order they were begun', [0, 1, 2]],
    ['the last first', [2, 1, 0]],
    ['mixed', [1, 2, 0]],
  ])('F12: of several tabs are all finished, %s', async (_, order) => {
    const tabs = browser();
    const forms = [];
    for (const tab of [0, 1, 2]) forms.push(await tabs.begin(user('olga'), `/me?tab=${tab}`));
    for (const tab of order) {
      const answer = await tabs.finish(forms[tab]!);
      expect([answer.status, answer.headers.get('location')]).toEqual([303, `/me?tab=${tab}`]);
    }
    expect((await browser().finish(forms[0]!)).status).toBe(403);
  });

  it('F12: with a cookie that was never given to the browser gets one that was', async () => {
    const planted = `tnb_${'x'.repeat(43)}`;
    const one = browser();
    one.cookies.set('tenure_login', planted);
    await one.begin(user('pia'));
    expect(one.cookies.get('tenure_login')).not.toBe(planted);
  });

  it.each([
    ['unsigned, by form', 'still signed in'],
    ['unsigned, by form, without the cookie', 'has answered'],
  ])('F20: a LogoutResponse that is %s ends nothing, and does not say so', async (what, words) => {
    const rosa = browser();
    await rosa.logIn(user('rosa'));
    const issuer = `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${idp.entityId}</saml:Issuer>`;
    const status =
      '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>';
    const xml = `<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_x" Version="2.0" IssueInstant="${new Date().toISOString()}">${issuer}${status}</samlp:LogoutResponse>`;
    const body = new URLSearchParams({ SAMLResponse: Buffer.from(xml).toString('base64') }).toString();
    const cookie = what.endsWith('cookie') ? '' : `tenure=${rosa.cookies.get('tenure') ?? ''}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded', cookie };
    const page = await api.anybody.post<string>(connection.sloUrl, body, { headers });
    expect([page.status, page.text]).toEqual([200, expect.stringContaining(words)]);
    expect(page.text).not.toMatch(/you are signed out/i);
    expect((await rosa.visit('/me')).status).toBe(200);
  });

  it('is refused in another browser, and still works in the one that began it', async () => {
    const [dora, eve] = [browser(), browser()];
    const form = await dora.begin(user('dora'));
    await settled();
    const before = await written();
    for (const thief of [eve, browser()]) {
      if (thief === eve) await eve.begin(user('eve'));
      const refused = await thief.finish(form);
      expect(refused).toMatchObject({ status: 403 });
      expect(refused.headers.get('x-refusal-code')).toBe('request_unknown');
      expect(refused.headers.getSetCookie()).toEqual([]);
    }
    expect(await written()).toEqual(before);
    expect((await dora.finish(form)).status).toBe(303);
  });

  it.each<[string, object]>([
    ['left', { status: 'terminated' }],
    ['was suspended', { status: 'suspended' }],
    ['has not begun', { startDate: '2099-01-01' }],
  ])(
    'of somebody who %s is refused before anything is written, and the open session is of no use',
    async (_, change) => {
      const name = `finn-${Object.values(change).join()}`;
      const finn = browser();
      await finn.logIn(user(name));
      await hr.event('employee.created', { employeeNumber: name, email: `${name}@example.com`, ...change });
      const late = browser();
      const form = await late.begin(user(name));
      await settled();
      const before = await written();
      const refused = await late.finish(form);
      expect(refused).toMatchObject({ status: 403, text: expect.stringContaining('You could not be signed in') });
      expect(refused.headers.get('x-refusal-code')).toBe('person_shut_out');
      expect(refused.headers.getSetCookie()).toEqual([]);
      expect(await written()).toEqual(before);
      if (!('startDate' in change)) expect(await finn.visit('/me')).toMatchObject({ status: 401 });
    },
  );

  it('never takes over somebody whom HR knows by the same e-mail address', async () => {
    await hr.event('employee.created', { employeeNumber: 'g1', email: 'gwen@example.com' });
    const refused = await browser().logIn(user('gwen'));
    expect([refused.status, refused.headers.get('x-refusal-code')]).toEqual([403, 'email_taken']);
    const people = await found('gwen');
    expect(people).toHaveLength(1);
    expect(await sessionsOf(people[0]!.id)).toEqual([]);
  });

  it.each([
    ['/me?tab=1', '/me?tab=1'],
    ['https://evil.example/', '/me'],
    ['//evil.example/', '/me'],
  ])('asked to go on to %s goes on to %s', async (returnTo, location) => {
    const answer = await browser().logIn(user('hugo'), returnTo);
    expect(answer.headers.get('location')).toBe(location);
  });

  it('shows on /me which applications one has, and how far they are', async () => {
    const application = await tenant.api.made('/api/v1/applications', {
      name: 'Directory',
      connector: 'scim',
      config: { baseUrl: 'http://127.0.0.1:1/scim/v2' },
      credentials: { token: 'x' },
    });
    await tenant.api.made('/api/v1/policies', {
      name: 'Ida',
      condition: 'identity.email == "ida@example.com"',
      grants: [{ applicationId: application.id }],
      publish: true,
    });
    const ida = browser();
    await ida.logIn(user('ida'));
    expect(
      (
        await eventually(
          () => me(ida),
          ({ applications }) => applications.length > 0,
        )
      ).applications,
    ).toEqual([{ id: application.id, name: 'Directory', state: 'being prepared' }]);
  });

  it.each(['', 'tenure=', 'tenure=tns_unknown', 'tenure_login=x'])(
    'is what /me asks for with the cookie %p',
    async (cookie) => {
      expect(await api.anybody.get<ProblemBody>('/me', { headers: { cookie } })).toMatchObject({
        status: 401,
        body: { code: 'session_missing' },
      });
    },
  );

  it('tells a browser that opens the address for answers by itself what it is for', async () => {
    for (const path of [`/saml/${connection.id}/acs`, `//saml/${connection.id}/acs`]) {
      const answer = await fetch(`${api.url}${path}`);
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
      expect(answer.headers.get('x-refusal-code')).toBe('method_not_allowed');
      expect(await answer.text()).toContain('Start again from the application');
    }
  });

  it('has addresses and a certificate in its metadata', async () => {
    const { status, headers, text } = await api.anybody.get(connection.metadataUrl);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/xml/);
    expect(text).toContain(`entityID="${connection.entityId}"`);
    expect(text).toContain(`Location="${connection.acsUrl}"`);
  });

  it.each<[string, number, () => Promise<{ status: number; headers: Headers; text: string }>]>([
    ['an unknown connection', 404, () => api.anybody.get('/saml/01900000-0000-7000-8000-000000000000/login')],
    ['an address that does not exist', 404, () => api.anybody.get(`/saml/${connection.id}/nothing`)],
    [
      'an empty answer',
      400,
      () =>
        api.anybody.post(connection.acsUrl, '', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    ],
    ['an answer that is no form', 400, () => api.anybody.post(connection.acsUrl, {})],
    ['an answer that is too large', 413, () => browser().finish({ SAMLResponse: 'x'.repeat(600_000), RelayState: '' })],
    ['an answer that is no SAML', 400, () => browser().finish({ SAMLResponse: 'AAAA', RelayState: '' })],
  ])('is refused with a plain page: %s', async (_, status, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.text).toContain('Support code');
  });

  describe('with an identity provider that takes forms only', () => {
    beforeAll(async () => {
      const path = `/api/v1/saml-connections/${connection.id}`;
      const { entityId: idpEntityId, ssoUrl, certificate } = idp;
      const sloUrl = ssoUrl.replace('/sso', '/slo');
      const forms = { ssoBinding: 'HTTP-POST', sloBinding: 'HTTP-POST' };
      const { status, body } = await tenant.api.put(`${path}/idp`, {
        idpEntityId,
        ssoUrl,
        sloUrl,
        certificates: [certificate],
        ...forms,
      });
      expect({ status, body }).toMatchObject({ status: 200, body: { idp: { ssoUrl, sloUrl, ...forms } } });
      await tenant.api.patch(path, { signRequests: true });
    });

    const form = (page: { status: number; headers: Headers; text: string }) => {
      expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(page.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'sha256-[^ ;]+'; form-action https: http:; base-uri 'none'; frame-ancestors 'none'$/,
      );
      const [, script = ''] = /<script>(.*)<\/script>/.exec(page.text) ?? [];
      const hash = createHash('sha256').update(script).digest('base64');
      expect(page.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`);
      expect(page.text).toContain('<button>');
      return formIn(page.text);
    };
    const xmlOf = (field: string | undefined): string => Buffer.from(field ?? '', 'base64').toString();
    /** From our page over the identity provider's to a session. */
    const signedIn = async (name: string): Promise<{ browser: Browser; visitor: IdpVisitor }> => {
      const [one, visitor] = [browser(), new IdpVisitor(new URL(idp.ssoUrl).origin)];
      const { action, fields } = form(await one.visit(`${connection.loginUrl}?RelayState=%2Fme%3Fa%3D1%26b`));
      expect([action, fields.RelayState]).toEqual([idp.ssoUrl, '/me?a=1&b']);
      expect(xmlOf(fields.SAMLRequest)).toMatch(/<samlp:AuthnRequest .*<(ds:)?Signature .*rsa-sha256/s);
      const { page } = await visitor.open(action, fields);
      const answer = acsFormIn((await visitor.open('/signin', signInFields(page, user(name)))).page);
      const finished = await one.finish(answer);
      expect([finished.status, finished.headers.get('location')]).toEqual([303, '/me?a=1&b']);
      return { browser: one, visitor };
    };

    it('a logout here is told there by a form, and answered', async () => {
      const { browser: kim, visitor } = await signedIn('kim');
      const { action, fields } = form(await kim.send('/me/logout', 'text/html'));
      expect((await kim.visit('/me')).status).toBe(401);
      expect(xmlOf(fields.SAMLRequest)).toMatch(/<samlp:LogoutRequest .*Signature.*>kim</s);
      const answer = formIn((await visitor.open(action, fields)).page);
      expect(answer.action).toBe(connection.sloUrl);
      expect(await slo(answer.fields)).toMatchObject({ status: 200, text: expect.stringContaining('signed out') });
      const script = (await signedIn('lea')).browser;
      const told = (await script.send<{ redirectTo: null; form: { action: string } }>('/me/logout')).body;
      expect(told).toMatchObject({ redirectTo: null, form: { action, fields: { SAMLRequest: expect.any(String) } } });
    });

    it('a logout there ends the session here, and is answered by a form', async () => {
      const { browser: mia, visitor } = await signedIn('mia');
      const asked = formIn((await visitor.open('/saml/slo')).page);
      expect(asked.action).toBe(connection.sloUrl);
      const { action, fields } = form(await slo(asked.fields));
      expect((await mia.visit('/me')).status).toBe(401);
      expect(xmlOf(fields.SAMLResponse)).toMatch(/<samlp:LogoutResponse .*Signature.*status:Success/s);
      expect(fields.RelayState).toBe(asked.fields.RelayState);
      expect((await visitor.open(action, fields)).page).toBe('OK');
      expect((await slo(asked.fields)).headers.get('x-refusal-code')).toBe('logout_replayed');
    });

    const slo = (fields: Readonly<Record<string, string>>) =>
      api.anybody.post<string>(connection.sloUrl, new URLSearchParams(fields).toString(), {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
  });
});
