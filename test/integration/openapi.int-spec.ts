import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type TestApi } from '../support/api.js';
import { Client } from '../support/client.js';
import { apiEnvironmentOf } from '../support/configuration.js';
import { startProgram, type RunningProgram } from '../support/processes.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<
    Record<string, { readonly type?: string; readonly description?: string; readonly enum?: readonly string[] }>
  >;
  readonly required?: readonly string[];
}
interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>>; readonly securitySchemes: object };
}

// The compiled api: the build puts into the document what the sources say of each field.
describe('the OpenAPI document', () => {
  let api: TestApi;
  let program: RunningProgram;
  let document: Document;
  beforeAll(async () => {
    api = await startTestApi();
    program = await startProgram('api', await apiEnvironmentOf(api.database, api.redisUrl));
    document = (await new Client(program.url).get<Document>('/api/openapi.json')).body;
  });
  afterAll(async () => {
    await program.stop();
    await api.close();
  });

  const operations = (): [string, Operation][] =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
    );

  /** It has fields of its own, or is no object. */
  const described = ({ $ref, type }: Schema): boolean => {
    const named = document.components.schemas[$ref?.split('/').at(-1) ?? ''];
    return named === undefined ? type === 'string' : Object.keys(named.properties ?? {}).length > 0;
  };

  it('has every route, and no other', () => {
    const served = api.routes.filter((route) => !/ \/?api\/(docs|openapi)/.test(route));
    expect(served.length).toBeGreaterThan(30);
    expect(
      operations()
        .map(([route]) => route)
        .sort(),
    ).toEqual(served.sort());
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['CreateSourceDto', ['kind', 'name', 'vendor', 'mapping'], ['kind', 'name']],
    [
      'CreateSamlConnectionDto',
      [
        ...['name', 'idpMetadataXml', 'idpMetadataUrl', 'idpEntityId', 'ssoUrl', 'ssoBinding', 'sloUrl', 'sloBinding'],
        'certificates',
        ...['wantSigned', 'nameIdFormat', 'forceAuthn', 'authnContext', 'clockSkewMs', 'idpInitiated', 'encryption'],
        'signRequests',
      ],
      ['name'],
    ],
    [
      'CreateApplicationDto',
      [
        'name',
        'connector',
        'mode',
        'config',
        'credentials',
        'mapping',
        'ownerId',
        'verify',
        'dependsOn',
        'playbook',
        'budgets',
        'drift',
        'limits',
        'concurrency',
        'maintenance',
        'match',
        'initialCredential',
      ],
      ['name', 'connector', 'config'],
    ],
    [
      'UpdateApplicationDto',
      [
        'mode',
        'config',
        'credentials',
        'mapping',
        'ownerId',
        'verify',
        'dependsOn',
        'playbook',
        'budgets',
        'drift',
        'limits',
        'concurrency',
        'maintenance',
        'match',
        'initialCredential',
      ],
      [],
    ],
    [
      'PolicyDto',
      ['name', 'condition', 'grants', 'publish', 'priority', 'enabledFrom', 'enabledUntil', 'overlap', 'request'],
      ['name', 'condition', 'grants'],
    ],
    ['PolicyGrantDto', ['applicationId', 'entitlements', 'attributes'], ['applicationId']],
    ['EntitlementDto', ['kind', 'name'], ['kind', 'name']],
  ])('has the fields of %s', (name, fields, required) => {
    const schema = document.components.schemas[name];
    expect(Object.keys(schema?.properties ?? {}).sort()).toEqual([...fields].sort());
    expect([...(schema?.required ?? [])].sort()).toEqual([...required].sort());
  });

  it('says what a body may be, wherever there is one', () => {
    const bodies = operations().flatMap(([route, { requestBody }]) =>
      Object.values(requestBody?.content ?? {}).map(({ schema = {} }) => [route, described(schema)]),
    );
    expect(bodies.length).toBeGreaterThan(5);
    expect(bodies.filter(([, isDescribed]) => isDescribed !== true)).toEqual([]);
    expect(document.components.schemas.CreateApplicationDto?.properties?.mode).toMatchObject({
      enum: ['observe', 'add_only', 'enforce'],
    });
    expect(document.components.schemas.PolicyDto?.properties?.condition?.description).toMatch(/^CEL over/);
  });

  it('says of the admin API what each call does, and that it wants a key', () => {
    const admin = operations().filter(([route]) => route.includes('/api/v1/'));
    expect(admin.filter(([, { security }]) => !security?.length)).toEqual([]);
    const silent = admin.filter(([, { summary, description }]) => !summary && !description).map(([route]) => route);
    // What a plain list and a plain read do is in their path.
    expect(silent.filter((route) => !route.startsWith('GET '))).toEqual([]);
  });

  it.each([
    ['GET /api/v1/accounts', ['applicationId', 'identityId', 'state', 'limit', 'cursor']],
    ['GET /api/v1/identities', ['filter', 'limit', 'cursor']],
    [
      'GET /api/v1/operations',
      ['applicationId', 'accountId', 'identityId', 'entitlementId', 'kind', 'outcome', 'limit', 'cursor'],
    ],
    ['GET /api/v1/source-records', ['sourceId', 'identityId', 'unresolved', 'disputed', 'missing', 'limit', 'cursor']],
    ['POST /api/v1/sources/{id}/files', ['preview', 'scope']],
    ['POST /api/v1/identities/{id}/merge', ['preview']],
    ['GET /api/v1/cases', ['kind', 'state', 'subjectId', 'limit', 'cursor']],
    ['GET /api/v1/holds', ['kind', 'state', 'subjectId', 'limit', 'cursor']],
    ['GET /api/v1/scheduled-changes', ['identityId', 'sourceId', 'state', 'limit', 'cursor']],
  ])('has the parameters of %s', (route, names) => {
    const [, operation] = operations().find(([found]) => found === route) ?? [];
    const inQuery = operation?.parameters?.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    expect(inQuery?.sort()).toEqual([...names].sort());
  });

  it('is shown to developers as a page, and as YAML', async () => {
    const client = new Client(program.url);
    expect(await client.get('/api/docs')).toMatchObject({ status: 200, text: expect.stringContaining('<html') });
    expect(await client.get('/api/openapi.yaml')).toMatchObject({
      status: 200,
      text: expect.stringMatching(/^openapi: 3\.1/),
    });
  });
});
