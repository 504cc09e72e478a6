import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync, inflateRawSync } from 'node:zlib';
import { createSigningKey, type SigningKey } from '../../libs/saml-jit/src/protocol/create-signing-key.js';
import type { SamlConnection, WantSigned } from '../../libs/saml-jit/src/protocol/saml-connection.js';
import { ATTACKS, type AttackWorld } from '../../libs/saml-jit/src/test-kit/attacks.js';
import { goodLogout, logoutForm, logoutXml, redirectQuery } from '../../libs/saml-jit/src/test-kit/forge-logout.js';
import {
  authnStatementXml,
  conditionsXml,
  forgeResponse,
  formOf,
  goodParts,
  subjectXml,
  type ResponseParts,
} from '../../libs/saml-jit/src/test-kit/forge-response.js';
import { testConnection } from '../../libs/saml-jit/src/test-kit/test-connection.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { Answer } from '../support/client.js';
import type { CreatedConnection } from '../support/saml-browser.js';

interface Made extends CreatedConnection {
  readonly keys: readonly { readonly purpose: string; readonly certificate: string }[];
}

/** One in so many goes over HTTP; all of them are tried where the message is verified. */
const SAMPLE = 9;

describe('hostile messages at the door', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let idp: SigningKey;
  let attacker: SigningKey;
  beforeAll(async () => {
    api = await startTestApi();
    tenant = await api.tenant();
    [idp, attacker] = await Promise.all([createSigningKey('idp'), createSigningKey('attacker')]);
  });
  afterAll(() => api.close());

  const connect = async (
    wantSigned: WantSigned,
    more: object = {},
  ): Promise<{ made: Made; connection: SamlConnection }> => {
    const made = await tenant.api.made<Made>('/api/v1/saml-connections', {
      name: wantSigned,
      idpEntityId: 'urn:test:idp',
      ssoUrl: 'https://idp.example/sso',
      sloUrl: 'https://idp.example/slo',
      certificates: [idp.certificate],
      wantSigned,
      ...more,
    });
    const { id, entityId, acsUrl, sloUrl } = made;
    return { made, connection: testConnection(idp.certificate, wantSigned, { id, entityId, acsUrl, sloUrl }) };
  };
  /** Begins a login: the request's id, and the cookie of the browser. */
  const begin = async ({ loginUrl }: Made): Promise<{ requestId: string; cookie: string }> => {
    const { headers } = await api.anybody.get(loginUrl);
    const request = new URL(headers.get('location') ?? '').searchParams.get('SAMLRequest') ?? '';
    const xml = inflateRawSync(Buffer.from(request, 'base64')).toString();
    return { requestId: / ID="([^"]*)"/.exec(xml)?.[1] ?? '', cookie: headers.getSetCookie()[0]?.split(';')[0] ?? '' };
  };
  const post = (url: string, body: unknown, cookie = ''): Promise<Answer<string>> => {
    const pairs = typeof body === 'object' && body !== null ? Object.entries(body) : [];
    const fields = pairs.flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, String(one)]));
    const headers = { 'content-type': 'application/x-www-form-urlencoded', cookie };
    return api.anybody.post<string>(url, new URLSearchParams(fields).toString(), { headers });
  };
  const written = (): Promise<object[]> =>
    api.database.query(
      [
        'sessions',
        'identities',
        'source_records',
        'saml_assertions',
        'saml_requests',
        'saml_subjects',
        'journal',
        'cases',
      ]
        .map((table) => `SELECT '${table}' AS name, count(*)::int FROM ${table}`)
        .join(' UNION ALL ') + ' ORDER BY 1',
    );
  const logIn = async (
    { made, connection }: { made: Made; connection: SamlConnection },
    nameId: string,
    index: string,
  ): Promise<string> => {
    const { requestId, cookie } = await begin(made);
    const parts = {
      ...goodParts(connection, requestId),
      subject: subjectXml(connection, requestId, { nameId: `<saml:NameID>${nameId}</saml:NameID>` }),
      authnStatement: authnStatementXml({ SessionIndex: index }),
      attributes: '',
    };
    const answer = await post(made.acsUrl, formOf(forgeResponse(parts, connection.wantSigned, idp)), cookie);
    if (answer.status !== 303) throw new Error(`${answer.status} ${answer.headers.get('x-refusal-code') ?? ''}`);
    return (
      answer.headers
        .getSetCookie()
        .find((one) => one.startsWith('tenure='))
        ?.split(';')[0] ?? ''
    );
  };
  const isIn = async (cookie: string): Promise<boolean> =>
    (await api.anybody.get('/me', { headers: { cookie } })).status === 200;

  it.each<WantSigned>(['both', 'assertion', 'response'])(
    'are refused with 4xx and write nothing, with %s signed; and the good one still passes',
    async (wantSigned) => {
      // Another tenant each: the same person may be known to only one connection of a tenant.
      tenant = await api.tenant();
      const { made, connection } = await connect(wantSigned);
      const { requestId, cookie } = await begin(made);
      const good = forgeResponse(goodParts(connection, requestId), wantSigned, idp);
      const encryptionCertificate = made.keys.find(({ purpose }) => purpose === 'encryption')?.certificate ?? '';
      const world: AttackWorld = { connection, requestId, idp, attacker, encryptionCertificate, good };
      const before = await written();
      for (const [name, body] of ATTACKS.filter((_, index) => index % SAMPLE === 0)) {
        const { status, headers } = await post(made.acsUrl, body(world), cookie);
        expect([name, Math.floor(status / 100), headers.getSetCookie()]).toEqual([name, 4, []]);
        expect(headers.get('x-refusal-code')).toBeTruthy();
      }
      expect(await written()).toEqual(before);
      expect((await post(made.acsUrl, formOf(good), cookie)).status).toBe(303);
    },
  );

  it('are refused in every form that is none', async () => {
    const { made, connection } = await connect('both');
    const { requestId, cookie } = await begin(made);
    const form = formOf(forgeResponse(goodParts(connection, requestId), 'both', idp));
    const query = new URLSearchParams(form).toString();
    const as = (type: string, body: string): Promise<Answer<string>> =>
      api.anybody.post<string>(made.acsUrl, body, { headers: { 'content-type': type, cookie } });
    const answers = await Promise.all([
      as('application/json', JSON.stringify(form)),
      as('text/plain', query),
      as('text/xml', Buffer.from(form.SAMLResponse, 'base64').toString()),
      as(
        'multipart/form-data; boundary=x',
        `--x\r\nContent-Disposition: form-data; name="SAMLResponse"\r\n\r\n${form.SAMLResponse}\r\n--x--`,
      ),
      as('application/x-www-form-urlencoded; charset=utf-16', query),
      as('application/x-www-form-urlencoded', `${query}&${query}`),
      as('application/x-www-form-urlencoded', `SAMLResponse[]=${encodeURIComponent(form.SAMLResponse)}`),
      as('application/x-www-form-urlencoded', Array.from({ length: 50 }, (_, n) => `a${n}=1`).join('&')),
      api.anybody.get<string>(`${made.acsUrl}?${query}`, { headers: { cookie } }),
      api.anybody.post<string>(`${made.acsUrl}?SAMLRequest=x`, query, {
        headers: { 'content-type': 'application/x-www-form-urlencoded', cookie },
      }),
    ]);
    expect(answers.map(({ status }) => Math.floor(status / 100))).toEqual(answers.map(() => 4));
    expect(answers.flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
  });

  it('are refused at every other door too, whatever is asked of it', async () => {
    const { made, connection } = await connect('both');
    const { requestId, cookie } = await begin(made);
    const { SAMLResponse } = formOf(forgeResponse(goodParts(connection, requestId), 'both', idp));
    const form = new URLSearchParams({ SAMLResponse }).toString();
    const before = await written();
    const ask = async (
      method: string,
      path: string,
      headers: Record<string, string> = {},
      body?: string | Uint8Array<ArrayBuffer>,
    ) => {
      const answer = await fetch(new URL(path, api.url), {
        method,
        redirect: 'manual',
        headers: { cookie, ...headers },
        ...(body !== undefined && { body }),
      });
      return [method, path.slice(0, 60), Math.floor(answer.status / 100), answer.headers.getSetCookie().length];
    };
    const typed = { 'content-type': 'application/x-www-form-urlencoded' };
    const [acs, slo, login, metadata] = [made.acsUrl, made.sloUrl, made.loginUrl, made.metadataUrl].map(
      (url) => new URL(url).pathname,
    ) as [string, string, string, string];
    const asked: readonly Parameters<typeof ask>[] = [
      ...['PUT', 'PATCH', 'DELETE'].flatMap((method) =>
        [acs, slo, login, metadata].map((path): Parameters<typeof ask> => [method, path, typed, form]),
      ),
      ['GET', acs],
      ['HEAD', acs],
      ['POST', login, typed, form],
      ['POST', metadata, typed, form],
      ['POST', acs, { ...typed, 'content-encoding': 'gzip' }, form],
      ['POST', acs, { ...typed, 'content-encoding': 'br' }, form],
      ['POST', acs, { ...typed, 'content-encoding': 'x' }, form],
      ['POST', acs, { 'content-type': 'application/x-www-form-urlencoded; charset=x' }, form],
      ['POST', acs, { ...typed, 'content-encoding': 'gzip' }, new Uint8Array(gzipSync(Buffer.alloc(5_000_000, 'a')))],
      ['POST', acs, { 'content-type': '' }, form],
      ['POST', acs, typed, '%'],
      ['POST', acs, typed, 'SAMLResponse=%00'],
      ['POST', acs, typed, `SAMLResponse=${'%'.repeat(1000)}`],
      ['POST', acs, typed, `__proto__[SAMLResponse]=x&${form}&constructor=x&SAMLResponse`],
      ['POST', acs, { ...typed, cookie: '' }, form],
      ['POST', acs, { ...typed, cookie: `tenure_login=x; ${cookie}` }, form],
      ['POST', acs, { ...typed, cookie: `tenure_login=${'x'.repeat(6000)}` }, form],
      ['GET', `${slo}?`],
      ['GET', `${slo}?SAMLRequest`],
      ['GET', `${slo}?SAMLRequest=&SigAlg=&Signature=`],
      ['GET', `${slo}?SAMLRequest=%00`],
      ['GET', `${slo}?=x&&=&SAMLResponse=%`],
      ['POST', slo, typed, ''],
      ['POST', slo, typed, '%'],
      ['POST', slo, { ...typed, 'content-encoding': 'deflate' }, form],
      ['POST', slo, { 'content-type': 'application/json' }, '{'],
      ['GET', `${login}?test=`],
      ['GET', `${login}?test=%00`],
      ['GET', `${login}?test=${'x'.repeat(4000)}`],
      ...['login', 'metadata', 'slo', 'acs', ''].flatMap((door) =>
        [
          'x',
          '%00',
          '..%2f..',
          '%E0%A4%A',
          '01900000-0000-7000-8000-00000000000g',
          "'--",
          '01900000-0000-7000-8000-000000000000',
        ].map((id): Parameters<typeof ask> => [
          door === 'acs' ? 'POST' : 'GET',
          `/saml/${id}/${door}`,
          door === 'acs' ? typed : {},
          door === 'acs' ? form : undefined,
        ]),
      ),
    ];
    for (const one of asked) expect(await ask(...one)).toEqual([one[0], one[1].slice(0, 60), 4, 0]);
    expect(await written()).toEqual(before);
    // Whatever stands beside it leads nowhere else, and is no more than a login that was begun.
    for (const query of [
      'RelayState[]=/a',
      'RelayState=/a&RelayState=/b',
      `RelayState=${'/a'.repeat(2000)}`,
      'RelayState=https://evil.example',
      'test[]=x',
      'SAMLRequest=x',
    ]) {
      const { status, headers } = await api.anybody.get(`${login}?${query}`);
      expect([query, status, new URL(headers.get('location') ?? '').searchParams.get('RelayState')]).toEqual([
        query,
        302,
        null,
      ]);
    }
  });

  it('of an identity provider’s own make no error of ours, however odd they are', async () => {
    tenant = await api.tenant();
    const world = await connect('both');
    const value = (name: string, ...values: string[]): string =>
      `<saml:Attribute Name="${name}">${values.map((one) => `<saml:AttributeValue>${one}</saml:AttributeValue>`).join('')}</saml:Attribute>`;
    const long = 'a'.repeat(60_000);
    const odd: Readonly<Record<string, Partial<ResponseParts>>> = {
      'a long address': { attributes: value('email', `${long}@example.com`) },
      'a long user name': { attributes: value('userName', long) },
      'a long number': { attributes: value('employeeNumber', long) },
      'a long name': { attributes: value('givenName', long) },
      'a long group': { attributes: value('groups', long) },
      'very many groups': { attributes: value('groups', ...Array.from({ length: 1500 }, (_, n) => `g${n}`)) },
      'names that every object has': {
        attributes: ['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((name) => value(name, 'x')).join(''),
      },
      'letters of every kind': { attributes: value('familyName', 'Ünï 𝒸ødé ‮​ �') },
      'values in themselves': {
        attributes: value('email', '<saml:AttributeValue>x@example.com</saml:AttributeValue>'),
      },
      'a long session index': { authnStatement: authnStatementXml({ SessionIndex: long }) },
      'a session until the end of time': {
        authnStatement: authnStatementXml({ SessionNotOnOrAfter: '9999-12-31T23:59:59Z' }),
      },
      'a session that is over with the leap second': {
        authnStatement: authnStatementXml({ SessionNotOnOrAfter: '2016-12-31T23:59:60Z' }),
      },
      'an assertion until the end of time': {
        conditions: conditionsXml(world.connection.entityId, { NotOnOrAfter: '9999-12-31T23:59:59Z' }),
      },
    };
    for (const [name, parts] of Object.entries(odd)) {
      const { requestId, cookie } = await begin(world.made);
      const { attributes, ...rest } = parts;
      const message = {
        ...goodParts(world.connection, requestId),
        attributes: attributes === undefined ? '' : `<saml:AttributeStatement>${attributes}</saml:AttributeStatement>`,
        ...rest,
      };
      const { status, headers } = await post(world.made.acsUrl, formOf(forgeResponse(message, 'both', idp)), cookie);
      expect([name, [303, 400, 403, 413].includes(status), headers.get('x-refusal-code')]).toEqual([
        name,
        true,
        status === 303 ? null : expect.any(String),
      ]);
    }
  });

  it('that begin at the identity provider pass once where that is on, however often and at once they come', async () => {
    tenant = await api.tenant();
    const { made, connection } = await connect('both', { idpInitiated: true });
    const parts = {
      ...goodParts(connection, ''),
      subject: subjectXml(connection, '', { InResponseTo: undefined }),
    };
    const form = formOf(forgeResponse(parts, 'both', idp));
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(made.acsUrl, form)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array<number>(7).fill(403)]);
    expect((await post(made.acsUrl, form)).headers.get('x-refusal-code')).toBe('assertion_refused');
    const facts = await api.database.query<{ how: string }>(
      `SELECT p.body ->> 'how' AS how FROM journal j JOIN journal_payloads p ON p.journal_id = j.id WHERE j.tenant_id = $1 AND j.verb = 'session.started'`,
      [tenant.tenantId],
    );
    expect(facts).toEqual([{ how: 'idp_initiated' }]);
  });

  it('of two connections to identity providers of one name are of two people', async () => {
    tenant = await api.tenant();
    const [one, other] = [await connect('both'), await connect('both')];
    const [first, second] = [await logIn(one, 'kim', '_1'), await logIn(other, 'kim', '_2')];
    const id = async (cookie: string): Promise<unknown> =>
      (await api.anybody.get<{ id: string }>('/me', { headers: { cookie } })).body.id;
    expect(await id(first)).not.toBe(await id(second));
  });

  it('do not get in with another connection’s request, nor with its answer', async () => {
    const [one, other] = [await connect('assertion'), await connect('assertion')];
    const { requestId, cookie } = await begin(one.made);
    const elsewhere = forgeResponse(goodParts(other.connection, requestId), 'assertion', idp);
    const crossed = await post(other.made.acsUrl, formOf(elsewhere), cookie);
    expect(crossed.headers.get('x-refusal-code')).toBe('request_unknown');
    const good = forgeResponse(goodParts(one.connection, requestId), 'assertion', idp);
    const misplaced = await post(other.made.acsUrl, formOf(good), cookie);
    expect(misplaced.headers.get('x-refusal-code')).toBe('wrong_destination');
  });

  describe('about a logout', () => {
    const query = (
      connection: SamlConnection,
      nameId: string,
      key: SigningKey | undefined,
      ...indexes: string[]
    ): string =>
      redirectQuery(logoutXml(goodLogout(connection, nameId, ...indexes)), {
        relayState: 'state',
        ...(key && { key }),
      });

    it('end nothing, whoever did not sign them, wherever they are sent', async () => {
      const world = await connect('both');
      const { made, connection } = world;
      const cookie = await logIn(world, 'finn', '_1');
      const { requestId } = await begin(made);
      const form = formOf(forgeResponse(goodParts(connection, requestId), 'both', idp));
      const signed = logoutForm(goodLogout(connection, 'finn'), idp);
      const answers = await Promise.all([
        api.anybody.get(`${made.sloUrl}?${query(connection, 'finn', undefined)}`),
        api.anybody.get(`${made.sloUrl}?${query(connection, 'finn', attacker)}`),
        api.anybody.get(`${made.sloUrl}?${query(connection, 'finn', idp).replace('SAMLRequest', '%53AMLRequest')}`),
        api.anybody.get(made.sloUrl),
        api.anybody.get(`${made.acsUrl}?${query(connection, 'finn', idp)}`),
        post(made.sloUrl, logoutForm(goodLogout(connection, 'finn'))),
        post(made.sloUrl, logoutForm(goodLogout(connection, 'finn'), attacker)),
        post(`${made.sloUrl}?x=1`, signed),
        post(made.sloUrl, form),
        post(made.sloUrl, { SAMLRequest: form.SAMLResponse }),
        post(made.acsUrl, signed),
        post(made.acsUrl, { SAMLResponse: signed.SAMLRequest }),
      ]);
      expect(answers.map(({ status }) => Math.floor(status / 100))).toEqual(answers.map(() => 4));
      expect(await isIn(cookie)).toBe(true);
    });

    it('that are good end the sessions that they name, once, and are answered', async () => {
      const world = await connect('both');
      const { made, connection } = world;
      const [phone, laptop, gwen] = [
        await logIn(world, 'hugo', '_phone'),
        await logIn(world, 'hugo', '_laptop'),
        await logIn(world, 'gwen', '_g'),
      ];
      const address = `${made.sloUrl}?${query(connection, 'hugo', idp, '_phone')}`;
      const answers = await Promise.all(Array.from({ length: 8 }, () => api.anybody.get(address)));
      expect(answers.map(({ status }) => status).sort()).toEqual([302, ...Array<number>(7).fill(403)]);
      const location = new URL(answers.find(({ status }) => status === 302)?.headers.get('location') ?? '');
      expect(location.href).toMatch(/^https:\/\/idp\.example\/slo\?SAMLResponse=/);
      expect(location.searchParams.get('RelayState')).toBe('state');
      expect([await isIn(phone), await isIn(laptop), await isIn(gwen)]).toEqual([false, true, true]);
      const ended = await api.database.query(
        `SELECT j.actor, p.body ->> 'why' AS why FROM journal j JOIN journal_payloads p ON p.journal_id = j.id WHERE j.verb = 'session.ended' AND j.actor = $1`,
        [`source:${made.id}`],
      );
      expect(ended).toEqual([{ actor: `source:${made.id}`, why: 'identity_provider' }]);
      expect((await post(made.sloUrl, logoutForm(goodLogout(connection, 'hugo'), idp))).status).toBe(302);
      expect([await isIn(laptop), await isIn(gwen)]).toEqual([false, true]);
    });

    it.each([
      ['emailAddress', 'Ada@Example.com', 'ada@EXAMPLE.com', false],
      ['emailAddress', 'bea@example.com', 'beb@example.com', true],
      ['persistent', 'Ada', 'ada', true],
      ['persistent', 'Ada', 'Ada', false],
    ])(
      'S3: of a NameID of the format %s, %s, with the name %s leave it open: %s',
      async (kind, name, written, isOpen) => {
        const world = await connect('both');
        const { made, connection } = world;
        const version = kind === 'persistent' ? '2.0' : '1.1';
        const format = `urn:oasis:names:tc:SAML:${version}:nameid-format:${kind}`;
        const { requestId, cookie } = await begin(made);
        const nameId = `<saml:NameID Format="${format}">${name}</saml:NameID>`;
        const parts = {
          ...goodParts(connection, requestId),
          subject: subjectXml(connection, requestId, { nameId }),
          attributes: '',
        };
        const answer = await post(made.acsUrl, formOf(forgeResponse(parts, 'both', idp)), cookie);
        const session =
          answer.headers
            .getSetCookie()
            .find((one) => one.startsWith('tenure='))
            ?.split(';')[0] ?? '';
        expect(await isIn(session)).toBe(true);
        expect((await post(made.sloUrl, logoutForm(goodLogout(connection, written), idp))).status).toBe(302);
        expect(await isIn(session)).toBe(isOpen);
      },
    );

    it('from the person end the session here first, whatever the identity provider says', async () => {
      const world = await connect('both');
      const cookie = await logIn(world, 'ida', '_i');
      const headers = { cookie, origin: api.url };
      const foreign = await api.anybody.post('/me/logout', undefined, {
        headers: { cookie, origin: 'https://evil.example' },
      });
      expect([foreign.status, await isIn(cookie)]).toEqual([403, true]);
      const { body } = await api.anybody.post<{ redirectTo: string }>('/me/logout', undefined, { headers });
      expect(await isIn(cookie)).toBe(false);
      const request = new URL(body.redirectTo).searchParams.get('SAMLRequest') ?? '';
      expect(inflateRawSync(Buffer.from(request, 'base64')).toString()).toMatch(
        /<saml:NameID>ida<.*<samlp:SessionIndex>_i</,
      );
      const answer = redirectQuery(
        logoutXml({
          ...goodLogout(world.connection),
          name: 'LogoutResponse',
          notOnOrAfter: undefined,
          content: '<samlp:Status/>',
        }),
        { kind: 'SAMLResponse' },
      );
      expect((await api.anybody.get(`${world.made.sloUrl}?${answer}`)).status).toBe(200);
    });
  });
});
