import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { IdpVisitor } from '../support/idp-visitor.js';
import { Browser, type CreatedConnection } from '../support/saml-browser.js';
import { SimpleSamlPhp, type SspUser } from './simplesamlphp.js';

interface Me {
  readonly id: string;
  readonly email: string;
}

const ALICE: SspUser = {
  userName: 'alice',
  email: 'alice@example.com',
  firstName: 'Alice',
  lastName: 'Adams',
  groups: ['engineering', 'admins'],
};
const CAROL: SspUser = { userName: 'carol', firstName: 'Carol', lastName: "O'Neil-Ünïcode", groups: [] };

const describeWhere = process.env.TEST_SIMPLESAMLPHP === undefined ? describe.skip : describe;

describeWhere('SimpleSAMLphp as the identity provider', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let idp: SimpleSamlPhp;
  let connection: CreatedConnection;
  beforeAll(async () => {
    api = await startTestApi();
    tenant = await api.tenant();
    idp = await SimpleSamlPhp.start([ALICE, CAROL]);
    connection = await tenant.api.made<CreatedConnection>('/api/v1/saml-connections', {
      name: 'SimpleSAMLphp',
      idpMetadataUrl: idp.metadataUrl,
      signRequests: true,
    });
    await trust();
  }, 60_000);
  afterAll(async () => {
    await idp.stop();
    await api.close();
  });

  const trust = async (provider = {}): Promise<void> =>
    idp.trust((await api.anybody.get(connection.metadataUrl)).text, provider);
  const set = async (change: object): Promise<void> => {
    expect((await tenant.api.patch(`/api/v1/saml-connections/${connection.id}`, change)).status).toBe(200);
  };
  const somebody = (): { browser: Browser; visitor: IdpVisitor } => {
    const visitor = new IdpVisitor(idp.url);
    return { visitor, browser: new Browser(api.anybody, connection, visitor) };
  };
  const user = ({ userName }: SspUser) => ({ userName, email: '', firstName: '', lastName: '' });
  const me = async (browser: Browser): Promise<Me> => (await browser.visit<Me>('/me')).body;

  it('logs in with a signed request, and makes the person once', async () => {
    const [first, second] = [somebody(), somebody()];
    expect((await first.browser.logIn(user(ALICE))).status).toBe(303);
    const alice = await me(first.browser);
    expect(alice).toMatchObject({ email: 'alice@example.com' });
    expect((await second.browser.logIn(user(ALICE))).status).toBe(303);
    expect((await me(second.browser)).id).toBe(alice.id);
    const carol = somebody();
    expect((await carol.browser.logIn(user(CAROL))).status).toBe(303);
    const { id } = await me(carol.browser);
    expect((await tenant.api.get(`/api/v1/identities/${id}`)).body).toMatchObject({ familyName: "O'Neil-Ünïcode" });
  });

  it('changes what it says, and the next login knows', async () => {
    await idp.know([{ ...ALICE, lastName: 'Ampère', groups: ['admins'] }, CAROL]);
    const { browser } = somebody();
    expect((await browser.logIn(user(ALICE))).status).toBe(303);
    const { id } = await me(browser);
    const identity = await tenant.api.get<{ familyName: string }>(`/api/v1/identities/${id}`);
    expect(identity.body.familyName).toBe('Ampère');
    await idp.know([ALICE, CAROL]);
  });

  it.each([
    ['assertion', { signResponse: false }],
    ['response', { signAssertion: false }],
  ])('passes where only the %s is signed, and that is asked for', async (wantSigned, provider) => {
    await trust(provider);
    const strict = await somebody().browser.logIn(user(ALICE));
    expect([strict.status, strict.headers.get('x-refusal-code')]).toEqual([
      403,
      wantSigned === 'assertion' ? 'response_not_signed' : 'assertion_not_signed',
    ]);
    await set({ wantSigned });
    expect((await somebody().browser.logIn(user(ALICE))).status).toBe(303);
    await set({ wantSigned: 'both' });
    await trust();
  });

  it('encrypts its assertions, also for the key that comes next', async () => {
    await trust({ encrypt: true });
    await set({ encryption: 'required' });
    expect((await somebody().browser.logIn(user(ALICE))).status).toBe(303);
    const keys = `/api/v1/saml-connections/${connection.id}/keys`;
    const next = await tenant.api.made(keys, { purpose: 'encryption' });
    expect((await tenant.api.post(`${keys}/${next.id}/activate`)).status).toBe(204);
    expect((await somebody().browser.logIn(user(ALICE))).status).toBe(303);
    await trust({ encrypt: true });
    expect((await somebody().browser.logIn(user(ALICE))).status).toBe(303);
    await set({ encryption: 'optional' });
    await trust();
  });

  it('asks for a login again where that is wanted', async () => {
    await set({ forceAuthn: true });
    const { browser } = somebody();
    expect((await browser.logIn(user(ALICE))).status).toBe(303);
    expect((await browser.logIn(user(ALICE))).status).toBe(303);
    await set({ forceAuthn: false });
  });

  it('may begin the login itself only where that is on, and each answer is good once', async () => {
    const begin = (visitor: IdpVisitor) =>
      visitor.logIn(`${idp.url}/saml2/idp/SSOService.php?spentityid=${encodeURIComponent(connection.entityId)}`, ALICE);
    const refused = somebody();
    const early = await refused.browser.finish(await begin(refused.visitor));
    expect([early.status, early.headers.get('x-refusal-code')]).toEqual([403, 'request_missing']);
    await set({ idpInitiated: true });
    const { browser, visitor } = somebody();
    const form = await begin(visitor);
    const answers = await Promise.all(Array.from({ length: 8 }, () => browser.finish(form)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array<number>(7).fill(403)]);
    await set({ idpInitiated: false });
  });

  it('is told of a logout here, and answers', async () => {
    const { browser, visitor } = somebody();
    await browser.logIn(user(ALICE));
    const { body } = await browser.send<{ redirectTo: string }>('/me/logout');
    expect((await browser.visit('/me')).status).toBe(401);
    const { elsewhere } = await visitor.open(body.redirectTo);
    expect(elsewhere).toMatch(new RegExp(`^${connection.sloUrl}\\?SAMLResponse=`));
    const done = await browser.visit(elsewhere ?? '');
    expect([done.status, done.text]).toEqual([200, expect.stringContaining('signed out')]);
    // Its own session has ended too: it asks for the password again.
    const login = await browser.visit(connection.loginUrl);
    expect((await visitor.open(login.headers.get('location') ?? '')).page).toContain('AuthState');
  });

  it('logs out there, which ends the session here', async () => {
    const [{ browser, visitor }, other] = [somebody(), somebody()];
    await browser.logIn(user(ALICE));
    await other.browser.logIn(user(CAROL));
    const { elsewhere } = await visitor.open(
      `/saml2/idp/SingleLogoutService.php?ReturnTo=${encodeURIComponent(`${idp.url}/`)}`,
    );
    expect(elsewhere).toMatch(new RegExp(`^${connection.sloUrl}\\?SAMLRequest=`));
    const answer = await api.anybody.get(elsewhere ?? '');
    expect(answer.status).toBe(302);
    expect((await browser.visit('/me')).status).toBe(401);
    expect((await other.browser.visit('/me')).status).toBe(200);
    expect((await visitor.open(answer.headers.get('location') ?? '')).page).not.toMatch(/error/i);
    const again = await api.anybody.get(elsewhere ?? '');
    expect([again.status, again.headers.get('x-refusal-code')]).toEqual([403, 'logout_replayed']);
  });
});
