import { afterAll, describe, expect, it } from '@jest/globals';
import { createLog, Secret } from '@tenure/platform';
import { LoginLimits } from './login-limits.js';

describe('LoginLimits without Redis', () => {
  const lines: string[] = [];
  const log = createLog('test', 'info', { write: (line: string) => void lines.push(line) });
  const config = { redisUrl: new Secret('redis://127.0.0.1:1'), loginsPerAddress: 1, loginsPerConnection: 1 };
  const limits = new LoginLimits(config, log);
  afterAll(() => limits.onApplicationShutdown());

  it('keep nobody out, and say so once', async () => {
    for (let n = 0; n < 3; n++) await limits.take('203.0.113.1', 'connection');
    expect(lines.filter((line) => line.includes('saml.logins_not_limited'))).toHaveLength(1);
  });
});
