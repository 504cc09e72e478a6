import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cutLogs } from '../../scripts/lib/data-folder.mjs';
import { freePort } from '../../scripts/lib/ports.mjs';
import { spawnService } from '../../scripts/lib/processes.mjs';
import { startStack, type Stack } from '../../scripts/lib/stack.mjs';
import { eventually } from '../support/eventually.js';

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

  it('keeps the logs of running programs small, and what they held beside them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tenure-logs-'));
    const file = join(folder, 'api.log');
    const talks = `process.on('SIGUSR2', () => process.stdout.write('again')).stdout.write('a'.repeat(2000)); setInterval(() => 0, 1e3);`;
    const program = spawnService({
      ...{ name: 'talker', command: process.execPath, args: ['-e', talks], logFile: file },
    });
    await eventually(async () => (await stat(file)).size === 2_000);
    cutLogs(folder, 10_000);
    expect(await readdir(folder)).toEqual(['api.log']);
    cutLogs(folder, 1_000);
    expect((await stat(`${file}.1`)).size).toBe(2_000);
    process.kill(program.pid ?? 0, 'SIGUSR2');
    expect(await eventually(() => readFile(file, 'utf8'))).toBe('again');
    await program.stop();
    await rm(folder, { recursive: true });
  });

  it('is refused a second time on the same data, and says where the first is', async () => {
    await expect(startStack({ dataDir, log: () => undefined })).rejects.toThrow(stack.url);
  });
});
