import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../scripts/lib/ports.mjs';
import { startStack, type Stack } from '../../scripts/lib/stack.mjs';

const START_MS = 180_000;

describe('npm start', () => {
  let dataDir: string;
  let stack: Stack;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tenure-start-'));
    stack = await startStack({ dataDir, port: await freePort(), log: () => undefined });
  }, START_MS);
  afterAll(async () => {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  }, START_MS);

  it('gives a first tenant and a key that opens the api', async () => {
    const headers = { authorization: `Bearer ${stack.credentials.apiKey}` };
    expect((await fetch(`${stack.url}/api/v1/identities`, { headers })).status).toBe(200);
    expect((await fetch(`${stack.url}/api/v1/identities`)).status).toBe(401);
  });

  it('keeps the database owner’s password from what serves requests and does the work', async () => {
    const owner = new URL(stack.env.DATABASE_OWNER_URL ?? '').password;
    expect(owner).not.toBe('');
    for (const { pid } of [stack.api, ...stack.workers]) {
      const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
      const names = environment.map((entry) => entry.split('=')[0]);
      expect(names).toContain('DATABASE_URL');
      expect(names).not.toContain('DATABASE_OWNER_URL');
      expect(environment.some((entry) => entry.includes(owner))).toBe(false);
    }
    for (const name of await readdir(join(dataDir, 'logs')))
      expect(await readFile(join(dataDir, 'logs', name), 'utf8')).not.toContain(owner);
  });

  it('is refused a second time on the same data, and says where the first is', async () => {
    await expect(startStack({ dataDir, log: () => undefined })).rejects.toThrow(stack.url);
  });
});
