import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AddressGuard, createLog, lookNow, OutboundHttp, SecretBox, Timers } from '@tenure/platform';
import { certificateClock, ConnectionKeys, ConnectionSetup, MetadataRefresh } from '@tenure/saml-jit';
import { Identities, Retirements, Sources } from '@tenure/identity';
import { CHAIN, ELLIPTIC } from '../../libs/saml-jit/src/test-kit/certificates.js';
import { createSigningKey, type SigningKey } from '../../libs/saml-jit/src/protocol/create-signing-key.js';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { connect, TestClock } from '../support/platform.js';

interface Certificate {
  readonly fingerprint: string;
  readonly isPublished: boolean;
  readonly goodUntil?: string;
  readonly expiresWithinDays: number | null;
}
interface Key {
  readonly id: string;
  readonly purpose: string;
  readonly state: string;
  readonly certificate: string;
}
interface Connection {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly metadataUrl: string;
  readonly loginUrl: string;
  readonly keys: readonly Key[];
  readonly idp: {
    readonly ssoUrl: string;
    readonly certificates: readonly Certificate[];
    readonly refreshError?: string | null;
    readonly warnings?: readonly string[];
    readonly nextRefreshAt?: string;
  };
}

const NOBODY = '01900000-0000-7000-8000-000000000000';
const pemOf = ({ certificate }: { certificate: string }): string =>
  certificate.replaceAll(/-----(BEGIN|END) CERTIFICATE-----|\s/g, '');

/** An IdP that publishes metadata at an address. */
class Publisher {
  status = 200;
  keys: readonly Pick<SigningKey, 'certificate'>[] = [];
  ssoUrl = 'https://idp.example/sso';
  entityId = 'urn:publisher';
  requests = 0;
  private constructor(private readonly server: Server) {}

  static async start(): Promise<Publisher> {
    const server = createServer((_, response) => {
      publisher.requests++;
      response.writeHead(publisher.status, { 'content-type': 'application/xml' }).end(publisher.metadata());
    }).listen(0, '127.0.0.1');
    const publisher = new Publisher(server);
    await once(server, 'listening');
    return publisher;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/metadata`;
  }

  metadata(): string {
    const keys = this.keys.map(
      (key) =>
        `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${pemOf(key)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
    );
    return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${this.entityId}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys.join('')}<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${this.ssoUrl}"/></md:IDPSSODescriptor></md:EntityDescriptor>`;
  }

  async stop(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }
}

describe('connections to identity providers', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let stranger: ApiTenant;
  let publisher: Publisher;
  let keys: readonly SigningKey[];
  beforeAll(async () => {
    api = await startTestApi();
    [tenant, stranger] = await Promise.all([api.tenant(), api.tenant()]);
    publisher = await Publisher.start();
    keys = await Promise.all([createSigningKey('one'), createSigningKey('two')]);
  });
  afterAll(async () => {
    await publisher.stop();
    await api.close();
  });
  beforeEach(() => {
    Object.assign(publisher, {
      status: 200,
      keys: [keys[0]],
      ssoUrl: 'https://idp.example/sso',
      entityId: 'urn:publisher',
    });
  });

  const values = (changes: object = {}): object => ({
    name: 'Single values',
    idpEntityId: 'urn:idp',
    ssoUrl: 'https://idp.example/sso',
    certificates: [keys[0]!.certificate],
    ...changes,
  });
  const made = (input: object = values()): Promise<Connection> =>
    tenant.api.made<Connection>('/api/v1/saml-connections', input);
  const read = async (id: string): Promise<Connection> =>
    (await tenant.api.get<Connection>(`/api/v1/saml-connections/${id}`)).body;
  const facts = (id: string, verb: string): Promise<{ body: Record<string, unknown> }[]> =>
    api.database.query(
      'SELECT p.body FROM journal j JOIN journal_payloads p ON p.journal_id = j.id WHERE j.subject_id = $1 AND j.verb = $2 ORDER BY j.revision',
      [id, `saml_connection.${verb}`],
    );

  it.each<[string, () => object]>([
    ['metadata', () => ({ name: 'By XML', idpMetadataXml: publisher.metadata() })],
    ['the address of metadata', () => ({ name: 'By address', idpMetadataUrl: publisher.url })],
    ['single values', () => values()],
  ])('are made from %s, read and listed', async (_, input) => {
    const connection = await made(input());
    expect(connection).toMatchObject({
      state: 'enabled',
      wantSigned: 'both',
      idpInitiated: false,
      authnContext: null,
      encryption: 'optional',
      idp: { ssoUrl: 'https://idp.example/sso', certificates: [{ isPublished: true, expiresWithinDays: null }] },
    });
    expect(connection.keys).toMatchObject([
      { purpose: 'signing', state: 'active' },
      { purpose: 'encryption', state: 'active' },
    ]);
    expect(JSON.stringify(connection)).not.toMatch(/PRIVATE|sealed/i);
    expect(await read(connection.id)).toEqual(connection);
    expect(await tenant.api.all('/api/v1/saml-connections?limit=2')).toContainEqual(connection);
    expect(await stranger.api.all('/api/v1/saml-connections')).toEqual([]);
  });

  it.each<[string, () => object, number, string, string]>([
    ['nothing of the identity provider', () => ({ name: 'x' }), 422, 'idp_ambiguous', 'idpMetadataXml'],
    ['it in two ways', () => values({ idpMetadataUrl: publisher.url }), 422, 'idp_ambiguous', 'idpMetadataXml'],
    ['no entity id', () => values({ idpEntityId: undefined }), 422, 'idp_incomplete', 'idpEntityId'],
    ['an address that is none', () => values({ ssoUrl: 'javascript:alert(1)' }), 422, 'idp_incomplete', 'ssoUrl'],
    ['no certificate', () => values({ certificates: [] }), 422, 'idp_incomplete', 'certificates'],
    ['a broken certificate', () => values({ certificates: ['x'] }), 422, 'certificate_invalid', 'certificates[0]'],
    [
      'a binding beside metadata',
      () => ({ name: 'x', idpMetadataXml: publisher.metadata(), ssoBinding: 'HTTP-POST' }),
      422,
      'idp_ambiguous',
      'ssoBinding',
    ],
    ['a binding that is none', () => values({ ssoBinding: 'SOAP' }), 400, 'input_invalid', 'ssoBinding'],
    ['neither signed', () => values({ wantSigned: 'none' }), 400, 'input_invalid', 'wantSigned'],
    ['too much skew', () => values({ clockSkewMs: 600_000 }), 400, 'input_invalid', 'clockSkewMs'],
    ['a setting that is null', () => values({ forceAuthn: null }), 400, 'input_invalid', 'forceAuthn'],
    [
      'metadata over plain http',
      () => ({ name: 'x', idpMetadataUrl: 'http://idp.example/metadata' }),
      422,
      'idp_metadata_invalid',
      'idpMetadataUrl',
    ],
    [
      'an internal address',
      () => ({ name: 'x', idpMetadataUrl: 'https://169.254.169.254/latest' }),
      422,
      'idp_metadata_invalid',
      'idpMetadataUrl',
    ],
  ])('are refused with %s', async (_, input, status, code, path) => {
    const answer = await tenant.api.post<ProblemBody>('/api/v1/saml-connections', input());
    expect(answer).toMatchObject({ status, body: { code, faults: [{ path }] } });
  });

  it('F17: take every certificate of a field, and refuse what is left over', async () => {
    const both = await made(values({ certificates: [`${keys[0]!.certificate}\n${keys[1]!.certificate}`] }));
    expect(both.idp.certificates).toHaveLength(2);
    for (const field of [
      `${keys[0]!.certificate}garbage`,
      keys[0]!.certificate + keys[0]!.privateKey.reveal(),
      CHAIN.leaf + CHAIN.intermediate,
    ])
      expect(await tenant.api.post('/api/v1/saml-connections', values({ certificates: [field] }))).toMatchObject({
        status: 422,
        body: { code: 'certificate_invalid', faults: [{ path: 'certificates[0]' }] },
      });
  });

  it('F18: are made from metadata with a key that is of no use, and say so', async () => {
    publisher.keys = [keys[0]!, { certificate: ELLIPTIC }];
    const { idp } = await made({ name: 'Mixed', idpMetadataXml: publisher.metadata() });
    expect(idp.certificates).toHaveLength(1);
    expect(idp.warnings).toEqual([expect.stringMatching(/at least 2048 bits/)]);
  });

  it('are refused with metadata that is not there', async () => {
    publisher.status = 503;
    const answer = await tenant.api.post('/api/v1/saml-connections', { name: 'x', idpMetadataUrl: publisher.url });
    expect(answer).toMatchObject({ status: 422, body: { detail: expect.stringContaining('503') } });
  });

  it('are changed setting by setting, with what was before in the journal', async () => {
    const { id } = await made();
    const change = { name: 'Renamed', wantSigned: 'assertion', authnContext: ['urn:mfa'], idpInitiated: true };
    const { status, body } = await tenant.api.patch(`/api/v1/saml-connections/${id}`, change);
    expect({ status, body }).toMatchObject({ status: 200, body: change });
    expect(await facts(id, 'changed')).toMatchObject([{ body: { before: { wantSigned: 'both' }, after: change } }]);
    const cleared = await tenant.api.patch(`/api/v1/saml-connections/${id}`, { authnContext: null });
    expect(cleared.body).toMatchObject({ authnContext: null, wantSigned: 'assertion' });
  });

  it('keep a certificate for another day when new values come without it, and refuse another IdP’s', async () => {
    const { id } = await made();
    const { body } = await tenant.api.put<Connection>(
      `/api/v1/saml-connections/${id}/idp`,
      values({ name: undefined, certificates: [keys[1]!.certificate] }),
    );
    expect(body.idp.certificates).toMatchObject([
      { isPublished: false, goodUntil: expect.any(String) },
      { isPublished: true },
    ]);
    const other = await tenant.api.put(
      `/api/v1/saml-connections/${id}/idp`,
      values({ name: undefined, idpEntityId: 'urn:other' }),
    );
    expect(other).toMatchObject({ status: 422, body: { code: 'idp_is_another' } });
  });

  it('let nobody in while they are off, and nobody any more when they are deleted', async () => {
    const { id, loginUrl, metadataUrl } = await made();
    expect((await api.anybody.get(loginUrl)).status).toBe(302);
    await tenant.api.post(`/api/v1/saml-connections/${id}/disable`);
    expect(await read(id)).toMatchObject({ state: 'disabled' });
    const refused = await api.anybody.get(loginUrl);
    expect([refused.status, refused.headers.get('x-refusal-code')]).toEqual([403, 'connection_disabled']);
    expect((await api.anybody.get(metadataUrl)).status).toBe(200);
    await tenant.api.post(`/api/v1/saml-connections/${id}/enable`);
    expect((await api.anybody.get(loginUrl)).status).toBe(302);

    expect((await tenant.api.delete(`/api/v1/saml-connections/${id}`)).status).toBe(204);
    expect((await api.anybody.get(loginUrl)).status).toBe(404);
    expect((await tenant.api.get(`/api/v1/saml-connections/${id}`)).status).toBe(404);
    expect((await tenant.api.get(`/api/v1/sources/${id}`)).body).toMatchObject({ retirePeople: 'keep' });
    const left = await api.database.query('SELECT FROM saml_keys WHERE connection_id = $1 AND sealed_key IS NOT NULL', [
      id,
    ]);
    expect(left).toEqual([]);
  });

  it('change their keys in three steps, all seen in the metadata', async () => {
    const { id, metadataUrl, keys: before } = await made();
    const published = async (): Promise<(string | undefined)[]> => {
      const { text } = await api.anybody.get(metadataUrl);
      const shown = [...text.matchAll(/use="signing".*?<ds:X509Certificate>([^<]*)/gs)].map(([, base64]) => base64);
      const known = (await read(id)).keys;
      return shown.map((base64) => known.find((key) => pemOf(key) === base64)?.id);
    };
    const first = before.find(({ purpose }) => purpose === 'signing')!.id;
    expect(await published()).toEqual([first]);
    const next = await tenant.api.made(`/api/v1/saml-connections/${id}/keys`, { purpose: 'signing' });
    expect(await published()).toEqual([first, next.id]);
    const twice = await tenant.api.post(`/api/v1/saml-connections/${id}/keys`, { purpose: 'signing' });
    expect(twice).toMatchObject({ status: 409, body: { code: 'key_waiting' } });
    expect(await tenant.api.delete(`/api/v1/saml-connections/${id}/keys/${first}`)).toMatchObject({
      status: 409,
      body: { code: 'key_in_use' },
    });
    expect((await tenant.api.post(`/api/v1/saml-connections/${id}/keys/${next.id}/activate`)).status).toBe(204);
    expect(await published()).toEqual([next.id, first]);
    expect((await tenant.api.delete(`/api/v1/saml-connections/${id}/keys/${first}`)).status).toBe(204);
    expect(await published()).toEqual([next.id]);
  });

  it('tell what to enter at each kind of identity provider, and how far it is', async () => {
    const { id, loginUrl, metadataUrl } = await made({ name: 'Setup', idpMetadataUrl: publisher.url });
    const setup = (preset: string) => tenant.api.get(`/api/v1/saml-connections/${id}/setup?preset=${preset}`);
    expect((await setup('entra')).body).toMatchObject({
      preset: 'entra',
      recommended: { wantSigned: 'assertion' },
      fields: expect.arrayContaining([{ name: 'Identifier (Entity ID)', value: metadataUrl }]),
      check: {
        idpMetadata: 'fetched',
        ourMetadataReadAt: null,
        loginBegunAt: null,
        lastLoginAt: null,
        lastRefusal: null,
      },
    });
    await api.anybody.get(metadataUrl);
    await api.anybody.get(loginUrl);
    await eventually(
      async () => (await setup('generic')).body as { check: Record<string, unknown> },
      ({ check }) => check.ourMetadataReadAt !== null && check.loginBegunAt !== null,
    );
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    await api.anybody.post(loginUrl.replace(/login$/, 'acs'), 'SAMLResponse=AAAA', { headers });
    await eventually(
      async () => (await setup('generic')).body as { check: { lastRefusal: { code: string } | null } },
      ({ check }) => check.lastRefusal?.code === 'xml_malformed',
    );
    expect(await setup('lotus')).toMatchObject({ status: 400, body: { code: 'parameter_invalid' } });
  });

  it('are another tenant’s business', async () => {
    const { id, keys: own } = await made();
    const path = `/api/v1/saml-connections/${id}`;
    const answers = await Promise.all([
      stranger.api.get(path),
      stranger.api.patch(path, { name: 'x' }),
      stranger.api.put(`${path}/idp`, values({ name: undefined })),
      stranger.api.delete(path),
      stranger.api.post(`${path}/disable`),
      stranger.api.post(`${path}/enable`),
      stranger.api.get(`${path}/setup`),
      stranger.api.post(`${path}/refresh`),
      stranger.api.post(`${path}/keys`, { purpose: 'signing' }),
      stranger.api.post(`${path}/keys/${own[0]!.id}/activate`),
      stranger.api.delete(`${path}/keys/${own[0]!.id}`),
      tenant.api.post(`${path}/keys/${NOBODY}/activate`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    expect(await read(id)).toMatchObject({ name: 'Single values', state: 'enabled' });
  });

  describe('and their clocks', () => {
    const clock = new TestClock();
    const DAY = 86_400_000;
    let stop: (() => Promise<void>)[] = [];
    let timers: Parameters<Timers['start']>[0];
    let look: (name: string) => Promise<void>;
    beforeAll(async () => {
      const database = await connect(api.database);
      const http = new OutboundHttp({ guard: new AddressGuard(['127.0.0.0/8']) });
      const box = new SecretBox(Buffer.alloc(32, 7));
      const retirements = new Retirements(database, {} as Identities, { queue: () => undefined } as never, clock);
      const keysOf = new ConnectionKeys(database, box, clock);
      const setup = new ConnectionSetup(new Sources(database, box), retirements, keysOf, clock);
      const refresh = new MetadataRefresh(database, setup, http, clock, createLog('spec', 'silent'));
      timers = [refresh.timer(), certificateClock(database, clock, createLog('spec', 'silent'))];
      look = async (name) =>
        lookNow(
          database,
          timers.find((one) => one.name === name)!,
        );
      stop = [() => database.close(), () => http.close()];
    });
    afterAll(async () => {
      for (const one of stop) await one();
    });

    it('read the metadata again, take what is new, and keep what is old when it cannot be read', async () => {
      const { id } = await made({ name: 'Refreshed', idpMetadataUrl: publisher.url });
      const refreshed = async (is: (connection: Connection) => boolean): Promise<Connection> => {
        clock.moveTo(new Date(clock.now().getTime() + DAY / 2));
        await look('saml-metadata');
        return eventually(() => read(id), is);
      };
      publisher.keys = keys;
      const rolling = await refreshed(({ idp }) => idp.certificates.length === 2);
      expect(rolling.idp.certificates).toMatchObject([{ isPublished: true }, { isPublished: true }]);
      publisher.status = 500;
      const failing = await refreshed(({ idp }) => idp.refreshError !== null);
      expect(failing.idp).toMatchObject({ refreshError: expect.stringContaining('500'), certificates: [{}, {}] });
      expect(await facts(id, 'metadata_failed')).toHaveLength(1);
      Object.assign(publisher, { status: 200, keys: [keys[1]], ssoUrl: 'https://idp.example/new' });
      const moved = await refreshed(({ idp }) => idp.refreshError === null);
      expect(moved.idp).toMatchObject({
        ssoUrl: 'https://idp.example/new',
        certificates: [{ isPublished: false }, { isPublished: true }],
      });
      publisher.keys = [{ certificate: ELLIPTIC }, keys[0]!];
      const warned = await refreshed(({ idp }) => (idp.warnings ?? []).length > 0);
      expect(warned.idp).toMatchObject({ refreshError: null, warnings: [expect.stringMatching(/at least 2048 bits/)] });
      expect(warned.idp.certificates.filter(({ isPublished }) => isPublished)).toHaveLength(1);
      publisher.keys = [keys[1]!];
      expect((await refreshed(({ idp }) => idp.warnings?.length === 0)).idp.refreshError).toBeNull();
      publisher.entityId = 'urn:somebody-else';
      const answer = await tenant.api.post(`/api/v1/saml-connections/${id}/refresh`);
      expect(answer.body).toMatchObject({ refreshed: false, error: expect.stringContaining('urn:publisher') });
      expect((await read(id)).idp.ssoUrl).toBe('https://idp.example/new');
    });

    it('warn of a certificate that ends: once at 30, 7 and 1 days before, and at the end', async () => {
      clock.moveTo(new Date());
      const ending = await createSigningKey('ending', { days: 40 });
      const { id } = await made(values({ certificates: [ending.certificate] }));
      const told = async (days: number): Promise<unknown[]> => {
        clock.moveTo(new Date(Date.now() + (40 - days) * DAY));
        await look('saml-certificates');
        await look('saml-certificates');
        return (await facts(id, 'certificate_expiring')).map(({ body }) => [body.whose, body.days]);
      };
      expect(await told(31)).toEqual([]);
      expect(await told(30 - 0.1)).toEqual([['idp', 30]]);
      expect(await told(6)).toEqual([
        ['idp', 30],
        ['idp', 7],
      ]);
      expect(await told(-1)).toEqual([
        ['idp', 30],
        ['idp', 7],
        ['idp', 0],
      ]);
    });
  });
});
