import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@tenure/platform';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { Answer, ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { ForgedIdp, type ForgedLogin } from '../support/forged-idp.js';
import { HrSystem } from '../support/hr.js';
import type { Browser } from '../support/saml-browser.js';
import { ScimClient } from '../support/scim-client.js';

interface Person {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly givenName?: string;
  readonly displayName?: string;
  readonly email?: string;
  readonly department?: string;
  readonly groups?: readonly string[];
  readonly custom?: Readonly<Record<string, unknown>>;
}

interface Test {
  readonly state: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly attributes?: readonly { readonly target: string; readonly outcome: string; readonly why?: string }[];
}

/** A browser, and the answer that it has yet to post. */
interface Begun {
  readonly one: Browser<ForgedLogin>;
  readonly form: { readonly SAMLResponse: string; readonly RelayState: string };
}

const OID = 'http://schemas.microsoft.com/identity/claims/objectidentifier';
const EMAIL = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

const ada = (changes: Partial<ForgedLogin> = {}, attributes: Record<string, readonly string[]> = {}): ForgedLogin => ({
  nameId: 'ada',
  attributes: { email: ['ada@example.com'], givenName: ['Ada'], familyName: ['Lovelace'], ...attributes },
  ...changes,
});

describe('a first login and those after it', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let idp: ForgedIdp;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenant = await api.tenant();
    idp = await ForgedIdp.connect(tenant.api);
  });

  const path = (of = idp): string => `/api/v1/saml-connections/${of.connection.id}`;
  const rules = async (document: object, of = idp): Promise<Answer<ProblemBody>> => {
    const answer = await tenant.api.put<ProblemBody>(`${path(of)}/rules`, document);
    if (answer.status !== 200) throw new Error(answer.text);
    return answer;
  };
  const browser = (of = idp): Browser<ForgedLogin> => of.browser(api.anybody);
  const people = (): Promise<Person[]> => tenant.api.all<Person>('/api/v1/identities');
  const person = async (): Promise<Person> => {
    const [one, ...more] = await people();
    if (one === undefined || more.length > 0) throw new Error(`There are ${more.length + 1} people.`);
    return one;
  };
  const refusal = async (who: Browser<ForgedLogin>, user: ForgedLogin): Promise<[number, string | null]> => {
    const answer = await who.logIn(user);
    return [answer.status, answer.headers.get('x-refusal-code')];
  };
  /** Every row of the tenant's people that a login may write. */
  const written = (): Promise<object[]> =>
    api.database.query(
      ['identities', 'source_records', 'sessions', 'journal', 'cases']
        .map((table) => `SELECT '${table}' AS name, id::text FROM ${table} WHERE tenant_id = $1`)
        .join(' UNION ALL ') + ' ORDER BY 1, 2',
      [tenant.tenantId],
    );

  it('of forty browsers at once makes one person', async () => {
    const begun: Begun[] = [];
    for (const one of Array.from({ length: 40 }, () => browser())) begun.push({ one, form: await one.begin(ada()) });
    // On a machine that is busy with other things some wait too long for a connection, and are told to come again.
    const finish = async ({ one, form }: Begun): Promise<Answer<string>> => {
      const answer = await one.finish(form);
      return answer.status === 503 ? finish({ one, form }) : answer;
    };
    const answers = await Promise.all(begun.map(finish));
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(303));
    expect(await person()).toMatchObject({ version: 1, displayName: 'Ada Lovelace' });
    expect(await tenant.api.all('/api/v1/source-records')).toHaveLength(1);
  });

  it('keeps the person when the NameID changes and the immutable attribute stays', async () => {
    await browser().logIn(ada({}, { [OID]: ['guid-1'] }));
    await rules({ key: { attribute: OID } });
    expect((await browser().logIn(ada({}, { [OID]: ['guid-1'] }))).status).toBe(303);
    expect((await browser().logIn(ada({ nameId: 'countess' }, { [OID]: ['guid-1'] }))).status).toBe(303);
    await person();
    expect(await tenant.api.all('/api/v1/source-records')).toMatchObject([{ key: 'guid-1' }]);
    expect(await refusal(browser(), ada({ nameId: 'guid-1' }))).toEqual([403, 'key_missing']);
    await rules({});
    expect(await refusal(browser(), ada({ nameId: 'guid-1' }))).toEqual([403, 'key_taken']);
    // Back to the NameID: nobody is made twice, nor taken for somebody else, and who it concerns is said before.
    expect(await refusal(browser(), ada({ nameId: 'countess' }))).toEqual([403, 'key_unproven']);
    expect((await browser().logIn(ada({ nameId: 'countess' }, { [OID]: ['guid-1'] }))).status).toBe(303);
    expect((await browser().logIn(ada({ nameId: 'countess' }))).status).toBe(303);
    await person();
    const preview = await tenant.api.put<object>(`${path()}/rules?preview=true`, { key: { attribute: 'uid' } });
    expect(preview.body).toMatchObject({ version: 3, keyedOtherwise: 1 });
    expect((await tenant.api.get(`${path()}/rules`)).body).toMatchObject({ version: 2, keyedOtherwise: 0 });
  });

  it('with other groups each, at once, all pass, and the person has those of one of them', async () => {
    await browser().logIn(ada());
    const begun: Begun[] = [];
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const one = browser();
      begun.push({ one, form: await one.begin(ada({}, { groups: [`g${n}`, 'all'] })) });
    }
    const answers = await Promise.all(begun.map(({ one, form }) => one.finish(form)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(303));
    expect((await person()).groups).toEqual([expect.stringMatching(/^g[1-8]$/), 'all']);
    await browser().logIn(ada({}, { groups: ['all'] }));
    expect((await person()).groups).toEqual(['all']);
    await browser().logIn(ada({}, { groups: [] }));
    expect((await person()).groups ?? []).toEqual([]);
  });

  it('of somebody else with the same address in other letters makes nobody, and takes nobody over', async () => {
    await browser().logIn(ada());
    const before = await person();
    for (const email of ['ADA@EXAMPLE.COM', ' ada@Example.com '])
      expect(await refusal(browser(), ada({ nameId: 'mallory' }, { email: [email] }))).toEqual([403, 'email_taken']);
    expect(await person()).toEqual(before);
    expect(await tenant.api.all('/api/v1/cases?state=open')).toHaveLength(1);
  });

  it('takes no transient NameID for a key', async () => {
    expect(await refusal(browser(), ada({ nameIdFormat: TRANSIENT }))).toEqual([403, 'key_transient']);
    expect(await people()).toEqual([]);
  });

  it('finds whom SCIM knows by externalId, also when SCIM took them away', async () => {
    const scim = await ScimClient.connect(api.url, tenant.api);
    await rules({ match: { externalId: { attribute: OID } } });
    const id = await scim.user('a.lovelace', { externalId: 'guid-1' });
    const ones = ada({}, { [OID]: ['guid-1'] });
    const signedIn = browser();
    expect((await signedIn.logIn(ones)).status).toBe(303);
    await person();
    expect((await scim.call.delete(`/scim/v2/Users/${id}`)).status).toBe(204);
    expect((await person()).state).toBe('terminated');
    expect((await signedIn.visit('/me')).status).toBe(401);
    expect(await refusal(browser(), ones)).toEqual([403, 'person_shut_out']);
    // Somebody who never logged in before is not a ghost either.
    expect(await refusal(browser(), { ...ones, nameId: 'other' })).toEqual([403, 'person_shut_out']);
    await person();
  });

  it('makes somebody whom SCIM finds by externalId, whatever the address', async () => {
    const scim = await ScimClient.connect(api.url, tenant.api);
    await rules({ match: { externalId: 'nameId' } });
    const signedIn = browser();
    await signedIn.logIn(ada());
    await Promise.all([
      scim.user('a.lovelace', { externalId: 'ada', emails: [{ value: 'other@example.com' }] }),
      browser().logIn(ada()),
    ]);
    expect(await person()).toMatchObject({ version: 2, email: 'other@example.com' });
    expect((await signedIn.visit('/me')).status).toBe(200);
  });

  it('waits with its record for an admin where the tenant wants to be asked', async () => {
    const hr = await HrSystem.connect(tenant.api);
    await hr.event('employee.created', { employeeNumber: '1', email: 'ada@example.com' });
    await tenant.api.put('/api/v1/settings/identity', { reactions: { saml: { collision: 'ask' } } });
    expect(await refusal(browser(), ada())).toEqual([403, 'email_taken']);
    const [asked, ...more] = await tenant.api.all<{ id: string }>('/api/v1/cases?state=open');
    expect(more).toEqual([]);
    const [{ id }] = (await people()) as [Person];
    const link = { action: 'link', identityId: id };
    expect((await tenant.api.post(`/api/v1/cases/${asked?.id ?? ''}/resolve`, link)).status).toBe(200);
    expect((await browser().logIn(ada())).status).toBe(303);
    await person();
  });

  it('S2-14: of somebody known is linked by its verified domain, as usual', async () => {
    const hr = await HrSystem.connect(tenant.api);
    const scim = await ScimClient.connect(api.url, tenant.api);
    await hr.event('employee.created', { employeeNumber: '1', email: 'ada@example.com', firstName: 'Augusta' });
    await scim.user('bob', { emails: [{ value: 'bob@example.com' }] });
    await rules({ domains: ['example.com'] });
    expect((await browser().logIn(ada())).status).toBe(303);
    expect((await browser().logIn(ada({ nameId: 'bob' }, { email: ['Bob@Example.com'] }))).status).toBe(303);
    expect(await people()).toHaveLength(2);
    const { rules: usual } = (await tenant.api.get<{ rules: object }>(`${path()}/rules`)).body;
    expect((await tenant.api.put(`${path()}/rules`, usual)).status).toBe(200);
    await rules({ domains: ['example.com'], match: { verifiedEmail: false } });
    await hr.event('employee.created', { employeeNumber: '3', email: 'cy@example.com' });
    expect(await refusal(browser(), ada({ nameId: 'cy' }, { email: ['cy@example.com'] }))).toEqual([
      403,
      'email_taken',
    ]);
  });

  it.each([
    ['domains of none', {}],
    ['another domain', { domains: ['other.example'] }],
    ['a part of its domain', { domains: ['mail.example.com'] }],
  ])(
    'S2-14: of somebody known, with %s, waits for an admin who links it, and never tells the browser of whom',
    async (_, document) => {
      const hr = await HrSystem.connect(tenant.api);
      await hr.event('employee.created', { employeeNumber: '1', email: 'ada@example.com', firstName: 'Augusta' });
      await rules(document);
      const { id } = await person();
      const refused = await browser().logIn(ada());
      expect([refused.status, refused.headers.get('x-refusal-code')]).toEqual([403, 'email_taken']);
      expect(refused.text).not.toMatch(new RegExp(`${id}|Augusta|ada@example`, 'i'));
      const [asked, ...more] = await tenant.api.all<{ id: string; details: object }>('/api/v1/cases?state=open');
      expect(more).toEqual([]);
      expect(asked?.details).toMatchObject({ candidates: [{ identityId: id }] });
      const code = /<code>(\w+)<\/code>/.exec(refused.text)?.[1] ?? '';
      const found = await eventually(
        () => tenant.api.get<{ reason: string }>(`${path()}/refusals/${code}`),
        ({ status }) => status === 200,
      );
      expect(found.body.reason).toContain(id);
      expect(found.body.reason).toContain(asked?.id);
      expect(await refusal(browser(), ada())).toEqual([403, 'email_taken']);
      expect(await tenant.api.all('/api/v1/cases?state=open')).toHaveLength(1);
      const link = { action: 'link', identityId: id };
      const auditor = await tenant.as('auditor');
      expect((await auditor.post(`/api/v1/cases/${asked?.id ?? ''}/resolve`, link)).status).toBe(403);
      expect((await tenant.api.post(`/api/v1/cases/${asked?.id ?? ''}/resolve`, link)).status).toBe(200);
      expect((await browser().logIn(ada())).status).toBe(303);
      expect((await person()).id).toBe(id);
    },
  );

  it('S2-14: is no more than refused where the tenant wants that', async () => {
    const hr = await HrSystem.connect(tenant.api);
    await hr.event('employee.created', { employeeNumber: '1', email: 'ada@example.com' });
    await tenant.api.put('/api/v1/settings/identity', { reactions: { saml: { collision: 'refuse' } } });
    const before = await written();
    expect(await refusal(browser(), ada())).toEqual([403, 'email_taken']);
    expect(await written()).toEqual(before);
  });

  it('F3: takes away a group that is not sent any more, whatever else is sent', async () => {
    const groupsAfter = async (groups: readonly string[]): Promise<readonly string[] | undefined> => {
      expect((await browser().logIn(ada({}, { groups }))).status).toBe(303);
      return (await person()).groups;
    };
    expect(await groupsAfter(['staff', 'admins'])).toEqual(['staff', 'admins']);
    expect(await groupsAfter(['staff', 'two\nlines'])).toEqual(['staff']);
    expect(await groupsAfter(['\n  staff\n', ' admins ', '', 'admins'])).toEqual(['staff', 'admins']);
    expect(await groupsAfter([' ', 'staff'])).toEqual(['staff']);
    await rules({ admit: { groups: ['my_group'] } });
    expect(await groupsAfter(['\n    my_group\n  '])).toEqual(['my_group']);
  });

  it('F3: opens a case where groups cannot be read, until they can; where groups are asked for it is refused', async () => {
    const unreadable = ada({}, { groups: ['two\nlines'] });
    const open = (): Promise<object[]> => tenant.api.all('/api/v1/cases?state=open&kind=login_list_unreadable');
    expect((await browser().logIn(unreadable)).status).toBe(303);
    expect(await open()).toEqual([]);
    await browser().logIn(ada({}, { groups: ['staff'] }));
    expect((await browser().logIn(unreadable)).status).toBe(303);
    expect((await person()).groups).toEqual(['staff']);
    expect(await open()).toMatchObject([{ subjectId: (await person()).id }]);
    await browser().logIn(ada({}, { groups: ['guests'] }));
    expect([await open(), (await person()).groups]).toEqual([[], ['guests']]);
    await rules({ admit: { groups: ['guests'] } });
    expect(await refusal(browser(), unreadable)).toEqual([403, 'groups_unreadable']);
  });

  it.each<[string, object, readonly (readonly [string, string])[]]>([
    [
      'an address',
      {},
      [
        ['Ada@Example.com', EMAIL],
        ['ada@EXAMPLE.COM', EMAIL],
        ['jose\u0301@x.y', ''],
        ['jos\u00e9@x.y', ''],
      ],
    ],
    [
      'an attribute',
      { key: { attribute: 'uid' } },
      [
        ['U1', 'uid'],
        ['\n U1\n', 'uid'],
        [' U1', 'uid'],
      ],
    ],
  ])('F14: knows who it is by %s, however it is written', async (_, document, names) => {
    await rules(document);
    for (const [name, how] of names) {
      const isAddress = how !== 'uid';
      const user: ForgedLogin = isAddress
        ? { nameId: name, nameIdFormat: EMAIL, attributes: {} }
        : { nameId: `n${Math.random()}`, attributes: { uid: [name], email: ['u1@example.com'] } };
      expect((await browser().logIn(user)).status).toBe(303);
    }
    expect(await people()).toHaveLength(new Set(names.map(([, how]) => how)).size);
  });

  it('F14: finds again a record that was made under the key as it was written', async () => {
    await browser().logIn({ nameId: 'ada@example.com', nameIdFormat: EMAIL, attributes: {} });
    await api.database.query(`UPDATE source_records SET key = 'Ada@Example.com' WHERE tenant_id = $1`, [
      tenant.tenantId,
    ]);
    expect((await browser().logIn({ nameId: 'Ada@Example.com', nameIdFormat: EMAIL, attributes: {} })).status).toBe(
      303,
    );
    expect(await tenant.api.all('/api/v1/source-records')).toMatchObject([{ key: 'ada@example.com' }]);
  });

  it('F12: of a test beside a login in another tab takes nothing from it, nor the other way round', async () => {
    const { id, testUrl } = await tenant.api.made<{ id: string; testUrl: string }>(`${path()}/tests`, {});
    const one = browser();
    const real = await one.begin(ada());
    const tried = await one.beginAt(testUrl, ada());
    expect((await one.finish(real)).status).toBe(303);
    expect((await one.finish(tried)).status).toBe(200);
    expect((await tenant.api.get(`${path()}/tests/${id}`)).body).toMatchObject({ state: 'passed' });
  });

  it('makes somebody whom SCIM then adopts, updates and takes away', async () => {
    const scim = await ScimClient.connect(api.url, tenant.api);
    const signedIn = browser();
    await signedIn.logIn(ada({}, { department: ['Poetry'] }));
    const id = await scim.user('ada', { emails: [{ value: 'ADA@example.com' }], name: { givenName: 'Augusta' } });
    expect(await person()).toMatchObject({ givenName: 'Augusta', department: 'Poetry', state: 'active' });
    // A login says what it said, and SCIM is believed first.
    await browser().logIn(ada({}, { department: ['Engines'] }));
    expect(await person()).toMatchObject({ givenName: 'Augusta', department: 'Engines' });
    await scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
    expect((await signedIn.visit('/me')).status).toBe(401);
    expect(await refusal(browser(), ada())).toEqual([403, 'person_shut_out']);
    expect((await person()).state).toBe('suspended');
  });

  it('is given to somebody with the same address only inside the connection’s own domains', async () => {
    const hr = await HrSystem.connect(tenant.api);
    await hr.event('employee.created', { employeeNumber: '1', email: 'ada@example.com', firstName: 'Augusta' });
    expect(await refusal(browser(), ada())).toEqual([403, 'email_taken']);
    await rules({ domains: ['other.example'], match: { verifiedEmail: true } });
    expect(await refusal(browser(), ada())).toEqual([403, 'email_taken']);
    await rules({ domains: ['example.com'], match: { verifiedEmail: true } });
    expect((await browser().logIn(ada())).status).toBe(303);
    expect(await person()).toMatchObject({ givenName: 'Augusta' });
  });

  it('of another connection never takes over whom the first one knows', async () => {
    await browser().logIn(ada());
    const other = await ForgedIdp.connect(tenant.api, 'Other');
    await rules({ domains: ['example.com'], match: { verifiedEmail: true } }, other);
    const before = await person();
    expect(await refusal(browser(other), ada())).toEqual([403, 'email_taken']);
    expect(await person()).toEqual(before);
    expect((await tenant.api.put<ProblemBody>(`${path()}/rules`, { domains: ['example.com'] })).body).toMatchObject({
      code: 'domain_taken',
      faults: [{ path: 'domains.0' }],
    });
  });

  it('matches no employee number where the connection may not', async () => {
    const hr = await HrSystem.connect(tenant.api);
    await hr.event('employee.created', { employeeNumber: '1', firstName: 'Augusta' });
    await rules({ match: { employeeNumber: false } });
    const numbered = ada({}, { employeeNumber: ['1'] });
    expect(await refusal(browser(), numbered)).toEqual([403, 'email_taken']);
    await rules({});
    expect((await browser().logIn(numbered)).status).toBe(303);
    await person();
  });

  it('changes later what the connection’s rules let it, and nothing that is not sent', async () => {
    await rules({
      refresh: { usual: 'always', targets: { department: 'never', 'custom.desk': 'missing' } },
      mapping: { 'custom.desk': 'attributes.desk', 'custom.floor': 'attributes.floor' },
      roles: 'role',
    });
    await browser().logIn(
      ada({}, { department: ['A'], title: ['A'], groups: ['x', 'y'], floor: ['1'], role: ['r1', 'r2'] }),
    );
    expect(await person()).toMatchObject({ groups: ['x', 'y'], custom: { floor: '1', roles: ['r1', 'r2'] } });
    await browser().logIn(ada({}, { department: ['B'], title: [''], desk: ['7'] }));
    await browser().logIn(ada({}, { desk: ['8'], floor: ['2'] }));
    const { id } = await person();
    expect((await tenant.api.get(`/api/v1/identities/${id}`)).body).toMatchObject({
      department: 'A',
      groups: ['x', 'y'],
      custom: { floor: '2', desk: '7', roles: ['r1', 'r2'] },
    });
    const [record] = await tenant.api.all<{ attributes: object }>('/api/v1/source-records');
    expect(record?.attributes).toMatchObject({ title: null });
  });

  it('with more groups than are sent leaves them as they are known', async () => {
    const link = { 'http://schemas.microsoft.com/claims/groups.link': ['https://graph.windows.net/x'] };
    await rules({ admit: { groups: ['staff'] } });
    expect(await refusal(browser(), ada({}, link))).toEqual([403, 'groups_unknown']);
    expect((await browser().logIn(ada({}, { groups: ['staff'] }))).status).toBe(303);
    expect((await browser().logIn(ada({}, link))).status).toBe(303);
    expect((await person()).groups).toEqual(['staff']);
    expect(await refusal(browser(), ada({}, { groups: ['guests'] }))).toEqual([403, 'group_missing']);
    expect(await refusal(browser(), ada())).toEqual([403, 'group_missing']);
  });

  it.each<[string, object, string]>([
    ['outside the domains', { admit: { domains: ['other.example'] } }, 'domain_not_admitted'],
    ['whom nobody knows, where nobody is made', { jit: 'known_only' }, 'person_unknown'],
    ['in no group that is admitted', { admit: { groups: ['staff'] } }, 'group_missing'],
  ])('of somebody %s is refused before anything is written', async (_, document, code) => {
    await rules({ ...document, askWhom: 'the <b>help</b> desk' });
    const before = await written();
    const refused = await browser().logIn(ada());
    expect([refused.status, refused.headers.get('x-refusal-code')]).toEqual([403, code]);
    expect(refused.text).toContain('the &#60;b&#62;help&#60;/b&#62; desk');
    expect(await written()).toEqual(before);
  });

  it('has room for as many as the licence has, of five who come at once', async () => {
    await rules({ maxPeople: 2 });
    const five = [1, 2, 3, 4, 5].map((n) => ada({ nameId: `p${n}` }, { email: [`p${n}@example.com`] }));
    const answers = await Promise.all(five.map((one) => browser().logIn(one)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 303, 403, 403, 403]);
    expect(await people()).toHaveLength(2);
  });

  it('of somebody on leave is as the connection says, and the leave ends the session there', async () => {
    const hr = await HrSystem.connect(tenant.api);
    const numbered = ada({}, { employeeNumber: ['1'] });
    await hr.event('employee.created', { employeeNumber: '1', firstName: 'Ada' });
    await rules({ admit: { onLeave: false } });
    const signedIn = browser();
    await signedIn.logIn(numbered);
    expect((await signedIn.visit('/me')).status).toBe(200);
    await hr.event('employee.leave_started', { employeeNumber: '1', status: 'on_leave' });
    expect((await signedIn.visit('/me')).status).toBe(401);
    expect(await refusal(browser(), numbered)).toEqual([403, 'person_on_leave']);
    await rules({});
    expect((await browser().logIn(numbered)).status).toBe(303);
    const settings = (value: object) => tenant.api.put<ProblemBody>('/api/v1/settings/logins', value);
    expect((await settings({ onLeave: 'perhaps' })).body.faults).toMatchObject([{ path: 'onLeave' }]);
    expect((await settings({ onLeave: 'refuse' })).body).toMatchObject({ settings: { onLeave: 'refuse' } });
    expect(await refusal(browser(), numbered)).toEqual([403, 'person_on_leave']);
    await rules({ admit: { onLeave: true } });
    expect((await browser().logIn(numbered)).status).toBe(303);
  });

  it('that is refused is found by its support code, with the message and without what it says', async () => {
    await rules({ jit: 'known_only' });
    const refused = await browser().logIn(ada());
    const code = /<code>(\w+)<\/code>/.exec(refused.text)?.[1] ?? '';
    const found = await eventually(
      () => tenant.api.get<{ reason: string; message: string }>(`${path()}/refusals/${code.toLowerCase()}`),
      ({ status }) => status === 200,
    );
    expect(found.body).toMatchObject({ code: 'person_unknown', verified: true, times: 1, supportCode: code });
    expect(found.body.reason).toMatch(/lets in only people who are known/);
    expect(found.body.message).toMatch(/NotOnOrAfter="20.*<saml:Audience>http.*Name="email"/s);
    expect(found.body.message).not.toMatch(/>ada<|Lovelace|ada@example/i);
    expect(api.log.lines.join('\n')).not.toMatch(/ada@example\.com/);
  });

  it('is kept for the admin as one of the newest five hundred', async () => {
    await rules({ jit: 'known_only' });
    await api.database.query(
      `INSERT INTO saml_refusals (tenant_id, id, connection_id, support_code, code, reason, verified, first_at, last_at)
       SELECT $1, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $2, 'OLD', 'expired', '', n % 2 = 0, now(), now()
       FROM generate_series(1, 1100) AS n`,
      [tenant.tenantId, idp.connection.id],
    );
    await browser().logIn(ada());
    const count = (): Promise<{ verified: boolean; rows: number }[]> =>
      api.database.query(
        'SELECT verified, count(*)::int AS rows FROM saml_refusals WHERE tenant_id = $1 GROUP BY 1 ORDER BY 1',
        [tenant.tenantId],
      );
    await eventually(count, ([, own]) => own?.rows === 500);
    expect(await count()).toEqual([
      { verified: false, rows: 200 },
      { verified: true, rows: 500 },
    ]);
  });

  it('that anybody may have posted is counted, not kept one by one', async () => {
    const spoiled = await Promise.all(Array.from({ length: 12 }, () => browser().logIn(ada({ spoiled: true }))));
    expect(spoiled.map(({ status }) => status)).toEqual(Array(12).fill(403));
    const codes = new Set(spoiled.map(({ text }) => /<code>(\w+)<\/code>/.exec(text)?.[1]));
    expect(codes.size).toBe(1);
    const rows = await eventually(
      () => tenant.api.all<{ times: number }>(`${path()}/refusals?code=signature_invalid`),
      (all) => all.some(({ times }) => times === 12),
    );
    expect(rows).toHaveLength(1);
  });

  it.each([
    ['connections that do not exist', () => newId()],
    ['one connection of another tenant', (other: string) => other],
  ])('D9: is found whatever was posted to %s before it', async (_, idOf) => {
    const other = await ForgedIdp.connect((await api.tenant()).api);
    const unread = { headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'bogus' } };
    const post = () => api.anybody.post(`/saml/${idOf(other.connection.id)}/acs`, 'SAMLResponse=x', unread);
    for (let sent = 0; sent < 2_100; sent += 50) await Promise.all(Array.from({ length: 50 }, post));
    await rules({ admit: { groups: ['staff'] } });
    const refused = await browser().logIn(ada());
    expect([refused.status, refused.headers.get('x-refusal-code')]).toEqual([403, 'group_missing']);
    const code = /<code>(\w+)<\/code>/.exec(refused.text)?.[1] ?? '';
    await eventually(async () => (await tenant.api.get(`${path()}/refusals/${code}`)).status === 200);
    const dropped = api.log.lines.filter((line) => line.includes('saml.refusal_not_kept'));
    expect(dropped.filter((line) => line.includes(idp.connection.id))).toEqual([]);
  });

  it('F22: of a status of the identity provider is told with its own words, each under its own code', async () => {
    const codeOf = async (message: string): Promise<string> => {
      const one = browser();
      const form = await one.begin(ada());
      const xml = Buffer.from(form.SAMLResponse, 'base64').toString();
      const status = `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:RequestDenied"/></samlp:StatusCode><samlp:StatusMessage>${message}</samlp:StatusMessage>`;
      const denied = xml.replace(/(?<=<samlp:Status>).*(?=<\/samlp:Status>)/s, status);
      const SAMLResponse = Buffer.from(denied).toString('base64');
      const refused = await one.finish({ ...form, SAMLResponse });
      expect([refused.status, refused.headers.get('x-refusal-code')]).toEqual([403, 'status_not_success']);
      expect(refused.text).not.toContain('assigned');
      return /<code>(\w+)<\/code>/.exec(refused.text)?.[1] ?? '';
    };
    const told = async (code: string): Promise<string> => {
      const found = () => tenant.api.get<{ reason: string }>(`${path()}/refusals/${code}`);
      return (await eventually(found, ({ status }) => status === 200)).body.reason;
    };
    const [first, second] = [
      await codeOf('ben@example.com is not assigned'),
      await codeOf('cy@example.com is not assigned'),
    ];
    expect(await told(first)).toMatch(/status:Responder \/ \S*status:RequestDenied.*ben@example.com is not assigned/);
    expect(await told(second)).toMatch(/cy@example.com is not assigned/);
    expect(api.log.lines.join('\n')).not.toMatch(/is not assigned/);
  });

  it('can be tried: it shows what would be, attribute by attribute, and makes nothing', async () => {
    const begin = (): Promise<{ id: string; testUrl: string }> => tenant.api.made(`${path()}/tests`, {});
    const result = async (id: string): Promise<Test> => (await tenant.api.get<Test>(`${path()}/tests/${id}`)).body;
    const attempt = async (user: ForgedLogin): Promise<[number, Test]> => {
      const { id, testUrl } = await begin();
      const admin = browser();
      const answer = await admin.finish(await admin.beginAt(testUrl, user));
      expect(admin.cookies.has('tenure')).toBe(false);
      return [answer.status, await result(id)];
    };
    const untouched = async (): Promise<object[]> =>
      (await written()).filter((row) => !('name' in row && row.name === 'journal'));
    const before = await untouched();
    const [status, created] = await attempt(ada({}, { title: ['Countess'] }));
    expect(status).toBe(200);
    expect(created).toMatchObject({ state: 'passed', outcome: 'would_create', identity: null });
    expect(created.attributes).toContainEqual({
      target: 'title',
      claim: 'title',
      from: null,
      to: 'Countess',
      outcome: 'set',
    });
    expect(created.attributes).toContainEqual(
      expect.objectContaining({ target: 'department', outcome: 'not_taken', why: 'not sent' }),
    );
    expect(await untouched()).toEqual(before);

    await browser().logIn(ada({}, { title: ['A'] }));
    await rules({ refresh: { usual: 'always', targets: { title: 'never' } } });
    const [, changed] = await attempt(ada({}, { title: ['B'], givenName: ['Augusta'] }));
    expect(changed).toMatchObject({ outcome: 'would_sign_in', identity: { state: 'active' } });
    expect(changed.attributes).toContainEqual({
      target: 'givenName',
      claim: 'givenName',
      from: 'Ada',
      to: 'Augusta',
      outcome: 'changed',
    });
    expect(changed.attributes).toContainEqual(expect.objectContaining({ target: 'title', outcome: 'not_taken' }));
    expect((await person()).givenName).toBe('Ada');

    expect((await attempt(ada({ spoiled: true })))[1]).toMatchObject({ state: 'refused', code: 'signature_invalid' });
    await rules({ admit: { domains: ['other.example'] } });
    expect((await attempt(ada()))[1]).toMatchObject({ state: 'refused', code: 'domain_not_admitted' });
    const { testUrl } = await begin();
    await browser().beginAt(testUrl, ada());
    expect((await browser().visit(`${idp.connection.loginUrl}?test=tst_unknown`)).status).toBe(403);
  });

  it('has rules that are read back, and refuses mistakes with their place', async () => {
    const usual = await tenant.api.get<{ version: number; rules: object }>(`${path()}/rules`);
    expect(usual.headers.get('etag')).toBe('"0"');
    expect(usual.body).toMatchObject({ version: 0, rules: { key: 'nameId', jit: 'create' } });
    await rules({ jit: 'known_only' });
    const wrong = {
      mapping: { email: 'atributes.mail', titel: 'nameId' },
      match: { verifiedEmail: true },
      jit: 'maybe',
    };
    const refused = await tenant.api.put<ProblemBody>(`${path()}/rules`, wrong);
    expect(refused).toMatchObject({ status: 422, body: { code: 'rules_invalid' } });
    expect(refused.body.faults).toEqual([
      expect.objectContaining({ path: 'mapping.email', offset: 0, suggestion: 'attributes' }),
      expect.objectContaining({ path: 'mapping.titel', suggestion: 'title' }),
      expect.objectContaining({ path: 'jit' }),
      expect.objectContaining({ path: 'match.verifiedEmail' }),
    ]);
    const stale = await tenant.api.put<ProblemBody>(`${path()}/rules`, {}, { headers: { 'if-match': '"0"' } });
    expect(stale).toMatchObject({ status: 409, body: { code: 'rules_changed' } });
    expect((await (await tenant.as('auditor')).put(`${path()}/rules`, {})).status).toBe(403);
  });

  it('belongs to its tenant alone', async () => {
    await browser().logIn(ada({ spoiled: true }));
    const { id } = await tenant.api.made<{ id: string }>(`${path()}/tests`, {});
    const [refused] = await eventually(
      () => tenant.api.all<{ supportCode: string }>(`${path()}/refusals`),
      (all) => all.length > 0,
    );
    const stranger = (await api.tenant()).api;
    const paths = ['rules', 'refusals', `refusals/${refused?.supportCode ?? ''}`, `tests/${id}`];
    for (const one of paths) expect([one, (await stranger.get(`${path()}/${one}`)).status]).toEqual([one, 404]);
    expect((await stranger.put(`${path()}/rules`, {})).status).toBe(404);
    expect((await stranger.post(`${path()}/tests`, {})).status).toBe(404);
  });
});
