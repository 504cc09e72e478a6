import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScimPeer } from './scim-peer.js';

const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

describe('the SCIM app', () => {
  let folder: string;
  let peer: ScimPeer;

  const send = (method: string, path: string, body?: unknown) =>
    fetch(peer.baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${peer.token}`, 'content-type': 'application/scim+json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const createUser = async (userName: string) => {
    const answer = await send('POST', '/Users', { schemas: [USER_SCHEMA], userName, externalId: `e-${userName}` });
    return { ...((await answer.json()) as { id: string }), status: answer.status };
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'scim-app-'));
    peer = await ScimPeer.start({ dataFile: join(folder, 'data.json') });
  });
  afterEach(async () => {
    await peer.stop();
    rmSync(folder, { recursive: true });
  });

  it('creates one of twenty users with the same name in any case, however they come', async () => {
    const names = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'ada' : 'ADA'));
    const statuses = (await Promise.all(names.map(createUser))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(19);
  });

  it('loses no member when twenty are added at once', async () => {
    const users = await Promise.all(Array.from({ length: 20 }, (_, index) => createUser(`user${index}`)));
    const answer = await send('POST', '/Groups', { schemas: [GROUP_SCHEMA], displayName: 'Sales' });
    const { id } = (await answer.json()) as { id: string };
    const add = (value: string) => ({ op: 'add', path: 'members', value: [{ value }] });
    await Promise.all(
      users.map((user) => send('PATCH', `/Groups/${id}`, { schemas: [PATCH_SCHEMA], Operations: [add(user.id)] })),
    );
    const { users: state } = await peer.state();
    expect(state.map(({ groups }) => groups)).toEqual(users.map(() => ['Sales']));
  });

  it('has everything that it confirmed after it was killed and started again', async () => {
    const { id } = await createUser('ada');
    await peer.stop('SIGKILL');
    peer = await ScimPeer.start({ port: peer.port, dataFile: join(folder, 'data.json') });
    expect((await peer.state()).users).toMatchObject([{ id, userName: 'ada', externalId: 'e-ada' }]);
    expect((await createUser('Ada')).status).toBe(409);
  });

  it('fails the same requests under the same seed', async () => {
    const rule = { kind: 'error', method: 'GET', path: '^/Users', probability: 0.5, seed: 7 } as const;
    const run = async () => {
      await peer.clearFaults();
      await peer.inject(rule);
      const statuses: number[] = [];
      for (let count = 0; count < 12; count += 1) statuses.push((await send('GET', '/Users?count=1')).status);
      return statuses;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await run()).toEqual(first);
  });

  it('keeps a log of what came, with the fault that struck and the status that left', async () => {
    await peer.inject({ kind: 'rate_limit', retryAfter: '3', method: 'POST', times: 1 });
    const refused = await send('POST', '/Users', { schemas: [USER_SCHEMA], userName: 'ada' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3']);
    await createUser('ada');
    expect(await peer.received()).toMatchObject([
      { method: 'POST', path: '/Users', userName: 'ada', fault: 'rate_limit before', status: 429 },
      { method: 'POST', path: '/Users', userName: 'ada', externalId: 'e-ada', status: 201 },
    ]);
  });

  it('refuses a token that is not its own', async () => {
    const answer = await fetch(`${peer.baseUrl}/Users`, { headers: { authorization: 'Bearer other' } });
    expect(answer.status).toBe(401);
  });
});
