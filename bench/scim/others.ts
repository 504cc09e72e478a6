import { once } from 'node:events';
import { execFileSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { Client } from 'pg';
import { messageOf } from '@tenure/platform';
import { report } from '../identity/bench.js';
import { start } from '../journey/processes.js';
import { Target, user } from './stage.js';

const PACKAGES = {
  scimmy: ['express@4.22.1', 'scimmy@1.3.5', 'scimmy-routers@1.3.2'],
  jackson: ['@boxyhq/saml-jackson@26.2.0'],
} as const;

/** POSTs per second of another server in this very run; null where it cannot be had. */
export async function rateOf(peer: keyof typeof PACKAGES, times: number): Promise<number | null> {
  const folder = mkdtempSync(join(tmpdir(), `tenure-bench-${peer}-`));
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  try {
    const options = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', ...PACKAGES[peer]];
    execFileSync('npm', options, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const PEER_DATABASE_URL = peer === 'jackson' ? await databaseFor() : '';
    const running = start(peer, 'bench/scim/responder.js', { PEERS: folder, PEER: peer, PEER_DATABASE_URL }, 'pipe');
    const ended = once(running.child, 'exit').then((): never => {
      throw new Error('it ended at once');
    });
    const port = await Promise.race([portOf(running.child), ended]);
    const target = new Target(`http://127.0.0.1:${port}`, '/scim/v2', 'bench');
    await target.rate(Math.ceil(times / 10), (n) => target.call('POST', '/Users', user(10_000_000 + n)));
    const rate = await target.rate(times, (n) => target.call('POST', '/Users', user(20_000_000 + n)));
    await target.close();
    ended.catch(() => undefined);
    await running.stop();
    return rate;
  } catch (error) {
    report(`${peer} cannot be compared with here: ${messageOf(error).slice(0, 300)}`);
    return null;
  }
}

/** Some servers say other things before. */
async function portOf({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('the child has no output');
  for await (const line of createInterface(stdout)) {
    if (!/^port \d+$/.test(line)) continue;
    // Nobody reads on, and nobody waits for a full pipe.
    stdout.resume();
    return line.slice(5);
  }
  throw new Error('it told no port');
}

/** A database of its own beside ours, on the same server. */
async function databaseFor(): Promise<string> {
  const url = new URL(process.env.DATABASE_OWNER_URL ?? '');
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query('CREATE DATABASE peer');
  await client.end();
  url.pathname = '/peer';
  return url.href;
}
