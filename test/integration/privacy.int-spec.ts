import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ScimPeer } from '../peers/scim-peer.js';
import { Client } from '../support/client.js';
import { apiEnvironmentOf } from '../support/configuration.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';
import { importFile } from '../support/import-file.js';
import { connect } from '../support/platform.js';
import { startProgram, type RunningProgram } from '../support/processes.js';
import { emptyRedis } from '../support/redis.js';
import { Browser, connectSamlIdp } from '../support/saml-browser.js';
import { createTenant } from '../support/tenant.js';

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Values of people, none of which may be in a log: each is found by these words. */
const PERSONAL = [
  'quillfeather',
  'zanzibari',
  'whiskerton',
  'q-7741',
  'q-7742',
  'q-7743',
  'q-7744',
  'dept-of-secrets',
  'mastermind',
];

// Whole processes that tell everything they can tell.
describe('the logs of a whole journey', () => {
  let database: TestDatabase;
  let programs: readonly RunningProgram[];
  let peer: ScimPeer;
  const secrets: string[] = [];
  const keep = (...values: string[]): void => void secrets.push(...values);
  let output = '';
  const lines = (): Record<string, unknown>[] =>
    output
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  beforeAll(async () => {
    const [made, redisUrl, app] = await Promise.all([
      createTestDatabase(),
      emptyRedis(),
      ScimPeer.start({ token: 'downstream-token-4711' }),
    ]);
    [database, peer] = [made, app];
    const env = { ...(await apiEnvironmentOf(database, redisUrl)), LOG_LEVEL: 'trace' };
    programs = await Promise.all([startProgram('api', env), startProgram('worker', { ...env, PORT: undefined })]);
    keep(env.TENURE_SECRET_KEY, new URL(env.DATABASE_URL).password, new URL(env.REDIS_URL).password, peer.token);
    await journey(env.PUBLIC_URL);
    output = (await Promise.all(programs.map((program) => program.output()))).join('\n');
  }, 60_000);
  afterAll(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    await peer.stop();
    await database.drop();
  });

  it('tell of every door and of the work', () => {
    const events = new Set(lines().map(({ event }) => event));
    expect([...events]).toEqual(
      expect.arrayContaining(['api.ready', 'worker.ready', 'request.answered', 'saml.login_refused']),
    );
  });

  it('are JSON, line by line, with the ids by which a change can be followed', () => {
    for (const line of lines())
      expect(line).toMatchObject({
        level: expect.any(String),
        time: expect.any(String),
        service: expect.stringMatching(/^(api|worker)$/),
      });
    const asked = lines().filter(({ event }) => event === 'request.answered');
    expect(asked.every(({ requestId }) => typeof requestId === 'string')).toBe(true);
  });

  it('have no secret', () => {
    expect(secrets.length).toBeGreaterThan(10);
    expect(secrets.filter((secret) => output.includes(secret))).toEqual([]);
  });

  it('have no value of a person', () => {
    const told = output.split('\n').filter((line) => PERSONAL.some((value) => line.toLowerCase().includes(value)));
    expect(told).toEqual([]);
  });

  /** Everything that people and systems do here, well and badly. */
  async function journey(url: string): Promise<void> {
    const doors = await connect(database);
    const tenant = await createTenant(doors);
    await doors.close();
    keep(tenant.apiKey);
    const api = new Client(url, { authorization: `Bearer ${tenant.apiKey}` });
    const settled = (): Promise<unknown> =>
      eventually(
        () => api.all<{ appliedVersion: number; desiredVersion: number; state: string }>('/api/v1/accounts'),
        (all) =>
          all.length > 0 &&
          all.every(
            ({ appliedVersion, desiredVersion, state }) => appliedVersion === desiredVersion || state === 'failed',
          ),
      );

    const config = { baseUrl: peer.baseUrl };
    const { id: applicationId } = await api.made('/api/v1/applications', {
      name: 'Directory',
      connector: 'scim',
      config,
      credentials: { token: peer.token },
    });
    keep('another-token-0815');
    await api.made('/api/v1/applications', {
      name: 'Wrong',
      connector: 'scim',
      config,
      credentials: { token: 'another-token-0815' },
    });
    await api.post('/api/v1/policies', {
      name: 'Bad',
      condition: 'identity.email == "quillfeather@example.com',
      grants: [{ applicationId }],
    });
    await api.made('/api/v1/policies', {
      name: 'Everyone',
      condition: 'true',
      grants: [{ applicationId, entitlements: [{ kind: 'group', name: 'All' }] }],
      publish: true,
    });

    const csv = await api.made('/api/v1/sources', { kind: 'csv', name: 'File' });
    await importFile(
      api,
      csv.id,
      'employeeNumber,givenName,familyName,email,department\nQ-7741,Quillfeather,Zanzibari,quillfeather@example.com,Dept-of-Secrets\nQ-7742,Whiskerton,X,not-an-address-quillfeather,Y\n',
    );

    const hr = await HrSystem.connect(api);
    keep(hr.source.webhookSecret);
    await hr.event('employee.created', {
      employeeNumber: 'Q-7743',
      firstName: 'Whiskerton',
      lastName: 'Zanzibari',
      email: 'whiskerton@example.com',
      title: 'Mastermind',
    });
    await hr.event('employee.created', { employeeNumber: 'Q-7744', email: 'whiskerton@example.com' });
    await hr.event('employee.created', { employeeNumber: 'Q-7743', email: 'quillfeather', startDate: 'Mastermind' });
    await hr.event(
      'employee.created',
      { employeeNumber: 'Q-7743' },
      { secret: `whsec_${Buffer.alloc(32, 3).toString('base64')}` },
    );

    const { token } = await api.made<{ token: string }>('/api/v1/sources', { kind: 'scim', name: 'IdP' });
    keep(token);
    const scim = new Client(url, { authorization: `Bearer ${token}` });
    const user = await scim.made('/scim/v2/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'quillfeather-scim',
      password: 'pass-Quillfeather',
      emails: [{ value: 'scim-quillfeather@example.com' }],
    });
    await scim.post('/scim/v2/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'quillfeather-scim',
    });
    await scim.get(`/scim/v2/Users?filter=${encodeURIComponent('userName eq "quillfeather-scim"')}`);
    await scim.get(`/scim/v2/Users?filter=${encodeURIComponent('userName xx "quillfeather-scim"')}`);
    await scim.patch(`/scim/v2/Users/${user.id}`, {
      schemas: [PATCH],
      Operations: [{ op: 'replace', path: 'active', value: 'False' }],
    });
    await scim.get('/scim/v2/Users/quillfeather-scim');
    await settled();

    await peer.inject(
      { kind: 'error', method: 'PATCH', status: 500, times: 2 },
      { kind: 'drop', when: 'after', method: 'POST', times: 2 },
    );
    await hr.event('employee.updated', { employeeNumber: 'Q-7743', title: 'Mastermind II', firstName: 'Zanzibari' });
    await saml(url, api);
    await api.get(`/api/v1/identities?filter=${encodeURIComponent('email eq "quillfeather@example.com"')}`);
    await api.get(`/api/v1/identities?filter=${encodeURIComponent('mail eq "quillfeather@example.com"')}`);
    await api.get('/api/v1/identities?quillfeather=1', {
      headers: { 'idempotency-key': 'quillfeather', 'x-request-id': 'req-1' },
    });
    await settled();
  }

  async function saml(url: string, api: Client): Promise<void> {
    const { connection, idp } = await connectSamlIdp(api);
    const browser = new Browser(new Client(url), connection, idp);
    const form = await browser.begin({
      userName: 'whiskerton-saml',
      email: 'saml-whiskerton@example.com',
      firstName: 'Whiskerton',
      lastName: 'Zanzibari',
    });
    keep(form.SAMLResponse, form.SAMLResponse.slice(200, 260));
    const answer = await browser.finish(form);
    const session =
      answer.headers
        .getSetCookie()
        .find((cookie) => cookie.startsWith('tenure='))
        ?.split(/[=;]/)[1] ?? '';
    expect(session).not.toBe('');
    keep(session);
    await browser.visit('/me');
    await browser.finish(form);
    await browser.logIn({
      userName: 'other',
      email: 'whiskerton@example.com',
      firstName: 'Whiskerton',
      lastName: 'Zanzibari',
    });
    await idp.stop();
  }
});
