import { RedisScript, type Config, type Log } from '@tenure/platform';

/** How many seconds of the rate may come at once. */
const BURST_S = 20;

/** One token bucket; gives the milliseconds until the next token, 0 when one was taken. */
const TAKE = `
local ask = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(ask.burst, (tonumber(kept[1]) or ask.burst) + (now - (tonumber(kept[2]) or now)) * ask.rate / 1000)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = math.ceil((1 - tokens) * 1000 / ask.rate) end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(ask.burst * 1000 / ask.rate) + 1000)
return wait`;

/** Too many logins: come again later. */
export class TooManyLogins extends Error {
  constructor(readonly retryAfterS: number) {
    super('too many logins');
    this.name = 'TooManyLogins';
  }
}

/** An address as it is counted: whoever has one IPv6 address has the whole /64. */
export const countedAddress = (address: string): string =>
  address.includes(':') && !address.includes('.') ? expand(address).slice(0, 4).join(':') : address.replace(/^.*:/, '');

function expand(address: string): string[] {
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const parts = (text: string): string[] => (text === '' ? [] : text.split(':'));
  if (tail === undefined) return parts(head);
  const missing = 8 - parts(head).length - parts(tail).length;
  return [...parts(head), ...Array<string>(Math.max(0, missing)).fill('0'), ...parts(tail)];
}

/** How often logins may be begun and answered: counted in Redis for all processes. While it is away nobody is kept out. */
export class LoginLimits {
  private readonly script: RedisScript;
  private isBlind = false;

  constructor(
    private readonly config: Pick<Config, 'redisUrl' | 'loginsPerAddress' | 'loginsPerConnection'>,
    private readonly log: Log,
  ) {
    this.script = new RedisScript(config.redisUrl.reveal(), log, TAKE);
  }

  /** Takes one turn of the address and of the connection, or refuses. */
  async take(address: string, connectionId: string): Promise<void> {
    const { loginsPerAddress, loginsPerConnection } = this.config;
    const waits = await Promise.all([
      this.wait(`address:${countedAddress(address)}`, loginsPerAddress),
      this.wait(`connection:${connectionId}`, loginsPerConnection),
    ]);
    const longest = Math.max(...waits);
    if (longest > 0) throw new TooManyLogins(Math.ceil(longest / 1_000));
  }

  private async wait(of: string, rate: number): Promise<number> {
    const answer = await this.script.run(`tenure:{logins:${of}}`, JSON.stringify({ rate, burst: rate * BURST_S }));
    if (answer === null) {
      if (!this.isBlind) this.log.warn({ event: 'saml.logins_not_limited', reason: 'redis does not answer' });
      this.isBlind = true;
      return 0;
    }
    this.isBlind = false;
    return Number(answer);
  }

  onApplicationShutdown(): void {
    this.script.close();
  }
}
