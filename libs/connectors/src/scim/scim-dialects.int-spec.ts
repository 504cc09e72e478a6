import { AddressGuard, OutboundHttp } from '@tenure/platform';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConnectorError } from '../errors.js';
import type { Connector } from '../spi.js';
import { recordedCall } from '../test-kit/index.js';
import { scimKind } from './scim-kind.js';

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Applications that keep to the letter of SCIM less closely than the one of the contract: their answers are canned. */
describe('the SCIM connector meets', () => {
  const http = new OutboundHttp({ guard: new AddressGuard(['127.0.0.0/8']) });
  const account = { externalId: 'account-1', enabled: true, attributes: { userName: 'ada' } };
  const group = { kind: 'group', name: 'Sales', id: 'g1' };
  let server: Server;
  let connector: Connector;
  let answers: Answer[];
  let requests: Request[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        requests.push({ method, url, headers, body: body === '' ? undefined : JSON.parse(body) });
        const answer = answers.shift() ?? { status: 500 };
        const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
        response.writeHead(answer.status).end(text);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/`;
    const config = { baseUrl, userAgent: 'Tenure (contract)', memberBatch: 2 };
    connector = scimKind(http).open({ config, credentials: { token: 'token' }, attributes: ['userName'] });
  });
  afterAll(async () => {
    await http.close();
    server.close();
  });
  beforeEach(() => {
    requests = [];
    answers = [];
  });

  const user = (id: string, userName: string, more = {}) => ({ id, userName, ...more });

  it('texts for booleans, other cases of names, and no externalId', async () => {
    answers = [{ status: 200, body: { Id: '1', UserName: 'ada', Active: 'False' } }];
    expect(await connector.get(recordedCall(), '1')).toEqual({
      id: '1',
      externalId: undefined,
      enabled: false,
      attributes: { userName: 'ada' },
    });
  });

  it.each([
    ['204', { status: 204 }],
    ['200 without a body', { status: 200 }],
    ['200 with something else', { status: 200, body: 'OK' }],
  ])('%s to a PATCH: the user is read', async (_, answer) => {
    answers = [answer, { status: 200, body: user('1', 'ada', { active: false }) }];
    expect(await connector.update(recordedCall(), '1', { enabled: false })).toMatchObject({ enabled: false });
    expect(requests.map(({ method }) => method)).toEqual(['PATCH', 'GET']);
  });

  it.each<[string, unknown, unknown]>([
    [
      'with groups: those of which it is a direct member',
      [{ value: 'g1', display: 'Sales', type: 'direct' }, { value: 'g2', type: 'indirect' }, { value: 'g3' }],
      [group, { kind: 'group', name: 'g3', id: 'g3' }],
    ],
    ['without any: nothing is known, and a person must look', undefined, 'unsupported'],
  ])('a search by member that is refused: the user is read, %s', async (_, groups, expected) => {
    answers = [
      { status: 400, body: { scimType: 'invalidFilter' } },
      { status: 200, body: user('1', 'ada', { groups }) },
    ];
    const told = await connector
      .entitlementsOf?.(recordedCall(), '1')
      .catch((error: unknown) => (error as ConnectorError).errorClass);
    expect(told).toEqual(expected);
    expect(requests.map(({ url }) => url.split('?')[0])).toEqual(['/scim/Groups', '/scim/Users/1']);
  });

  it('groups without their members: each is asked', async () => {
    answers = [
      {
        status: 200,
        body: {
          totalResults: 2,
          Resources: [
            { id: 'g1', displayName: 'Sales' },
            { id: 'g2', displayName: 'IT' },
          ],
        },
      },
      { status: 200, body: { id: 'g1', members: [{ value: '1' }] } },
      { status: 200, body: { id: 'g2', members: [{ value: '2' }] } },
    ];
    expect(await connector.entitlementsOf?.(recordedCall(), '1')).toEqual([group]);
  });

  it('201 without a body: nobody knows as what the user was created', async () => {
    answers = [{ status: 201 }];
    await expect(connector.create(recordedCall(), account)).rejects.toMatchObject({ errorClass: 'outcome_unknown' });
  });

  it('a filter that is ignored: only who really matches counts', async () => {
    const everybody = { Resources: [user('1', 'ADA'), user('2', 'bob', { externalId: 'account-2' })], totalResults: 2 };
    answers = [
      { status: 200, body: everybody },
      { status: 200, body: everybody },
    ];
    const found = await connector.find(recordedCall(), account);
    expect(found.map(({ id }) => id)).toEqual(['1']);
  });

  it('an empty list without Resources', async () => {
    answers = [{ status: 200, body: { totalResults: 0 } }];
    expect(await connector.find(recordedCall(), { attributes: { userName: 'ada' } })).toEqual([]);
  });

  it('pages that are smaller than asked, and totals that are texts', async () => {
    answers = [{ status: 200, body: { Resources: [user('1', 'a'), user('2', 'b')], totalResults: '3' } }];
    expect((await connector.list(recordedCall())).next).toBe('3');
    answers = [{ status: 200, body: { Resources: [user('3', 'c')], totalResults: '3' } }];
    expect((await connector.list(recordedCall(), '3')).next).toBeUndefined();
  });

  it('a member who is refused because he is there already: only who is missing is sent again', async () => {
    answers = [
      { status: 409 },
      { status: 200, body: { id: 'g1', members: [{ value: 'a' }, { value: 'nested', type: 'Group' }] } },
      { status: 204 },
    ];
    await connector.changeMembers(recordedCall(), group, { add: ['a', 'b'], remove: [] });
    expect(requests.at(-1)?.body).toMatchObject({
      Operations: [{ op: 'add', path: 'members', value: [{ value: 'b' }] }],
    });
  });

  it('a member who is refused because he is gone already: nothing is sent again', async () => {
    answers = [
      { status: 400, body: { scimType: 'noTarget' } },
      { status: 200, body: { id: 'g1' } },
    ];
    await connector.changeMembers(recordedCall(), group, { add: [], remove: ['a'] });
    expect(requests.map(({ method }) => method)).toEqual(['PATCH', 'GET']);
  });

  it('two groups of one name: neither is taken', async () => {
    const body = {
      Resources: [
        { id: '1', displayName: 'sales' },
        { id: '2', displayName: 'SALES' },
      ],
    };
    answers = [{ status: 200, body }];
    await expect(connector.findEntitlement(recordedCall(), group)).rejects.toMatchObject({ errorClass: 'conflict' });
  });

  it('a redirect, which is not followed', async () => {
    answers = [{ status: 308 }];
    await expect(connector.create(recordedCall(), account)).rejects.toMatchObject({ errorClass: 'permanent' });
    expect(requests).toHaveLength(1);
  });

  it('a web page in place of an answer', async () => {
    answers = [{ status: 200, body: '<html>maintenance</html>' }];
    await expect(connector.list(recordedCall())).rejects.toMatchObject({ errorClass: 'retryable' });
  });

  it('requests with a User-Agent, a token, the operation’s key, and the value of a filter escaped', async () => {
    answers = [
      { status: 201, body: user('1', 'ada') },
      { status: 200, body: { totalResults: 0 } },
    ];
    const call = recordedCall();
    await connector.create(call, account);
    await connector.find(call, { attributes: { userName: 'a"b\\c' } });
    expect(requests[0]?.headers).toMatchObject({
      'user-agent': 'Tenure (contract)',
      authorization: 'Bearer token',
      'content-type': 'application/scim+json',
      'idempotency-key': call.idempotencyKey,
    });
    expect(requests[1]?.url).toBe(`/scim/Users?filter=${encodeURIComponent('userName eq "a\\"b\\\\c"')}`);
  });
});
