import ipaddr from 'ipaddr.js';
import { Secret } from './secrets.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Everything that the environment decides, checked once and frozen. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Health and metrics of the worker; 0 takes a free port. */
  readonly workerPort: number;
  /** Without a trailing slash. */
  readonly publicUrl: string;
  /** Whoever reads the api's `/metrics` sends it as a bearer token; null: nobody is asked. */
  readonly metricsToken: Secret | null;
  /** Whether the api serves its OpenAPI document and the page that shows it. */
  readonly apiDocs: 'on' | 'off';
  readonly databaseUrl: Secret;
  readonly databaseOwnerUrl: Secret;
  readonly databasePool: number;
  readonly redisUrl: Secret;
  readonly secretKey: Secret;
  readonly outboundAllow: readonly string[];
  /** Proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Logins begun and answered per second, by one address and through one connection; a burst may be twenty times as many. */
  readonly loginsPerAddress: number;
  readonly loginsPerConnection: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** How long (ms) one worker may hold an account without renewing. */
  readonly leaseMs: number;
  /** Pause (ms) between two looks for work that is behind. */
  readonly sweepMs: number;
}

/** The environment is wrong: one line per mistake, each naming the variable and what it must be. */
export class ConfigError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(
      `The configuration is not usable:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}\nSee .env.example for every variable.`,
    );
    this.name = 'ConfigError';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment, or throws one `ConfigError` that lists every mistake. */
export function readConfig(env: Environment): Config {
  const mistakes: string[] = [];
  const read = new Reader(env, mistakes);
  const port = read.integer('PORT', 3000, 0, 65535);
  const databaseUrl = read.url('DATABASE_URL', ['postgres:', 'postgresql:']);
  const config: Config = {
    host: read.text('HOST', '0.0.0.0'),
    port,
    workerPort: read.integer('WORKER_PORT', 0, 0, 65535),
    publicUrl: read
      .url('PUBLIC_URL', ['http:', 'https:'], `http://localhost:${port}`)
      .reveal()
      .replace(/(?<!\/)\/+$/, ''),
    databaseUrl,
    databaseOwnerUrl: read.isSet('DATABASE_OWNER_URL')
      ? read.url('DATABASE_OWNER_URL', ['postgres:', 'postgresql:'])
      : databaseUrl,
    databasePool: read.integer('DATABASE_POOL', 12, 2, 200),
    redisUrl: read.url('REDIS_URL', ['redis:', 'rediss:']),
    secretKey: read.key('TENURE_SECRET_KEY'),
    outboundAllow: read.cidrs('OUTBOUND_ALLOW'),
    trustedProxies: read.cidrs('TRUSTED_PROXIES'),
    loginsPerAddress: read.integer('LOGINS_PER_ADDRESS', 50, 1, 1_000_000),
    loginsPerConnection: read.integer('LOGINS_PER_CONNECTION', 500, 1, 1_000_000),
    metricsToken: read.isSet('METRICS_TOKEN') ? new Secret(read.text('METRICS_TOKEN', '')) : null,
    apiDocs: read.choice('API_DOCS', ['on', 'off'], 'on'),
    logLevel: read.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
    leaseMs: read.integer('LEASE_MS', 15_000, 1_000, 600_000),
    sweepMs: read.integer('SWEEP_MS', 400, 50, 60_000),
  };
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return Object.freeze(config);
}

class Reader {
  constructor(
    private readonly env: Environment,
    private readonly mistakes: string[],
  ) {}

  isSet(name: string): boolean {
    return Boolean(this.env[name]?.trim());
  }

  /** An empty variable is one that is not set. */
  private given(name: string): string | undefined {
    const text = this.env[name]?.trim();
    return text === '' ? undefined : text;
  }

  text(name: string, fallback: string): string {
    return this.given(name) ?? fallback;
  }

  integer(name: string, fallback: number, least: number, most: number): number {
    const text = this.given(name);
    if (text === undefined) return fallback;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    this.mistakes.push(`${name} must be a whole number from ${least} to ${most}`);
    return fallback;
  }

  url(name: string, protocols: readonly string[], fallback?: string): Secret {
    const text = this.given(name) ?? fallback;
    if (!text) {
      this.mistakes.push(`${name} is missing; it must be a URL that begins with ${protocols.join(' or ')}//`);
      return new Secret('');
    }
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) {
      this.mistakes.push(`${name} must be a URL that begins with ${protocols.join(' or ')}//`);
    }
    return new Secret(text);
  }

  key(name: string): Secret {
    const text = this.env[name]?.trim() ?? '';
    const key = Buffer.from(text, 'base64');
    // Node skips what is not base64: only a text that comes back the same is a key and no passphrase.
    if (key.length !== 32 || key.toString('base64') !== text) {
      this.mistakes.push(`${name} must be 32 random bytes in base64 (openssl rand -base64 32)`);
    }
    return new Secret(text);
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const text = this.given(name);
    if (text === undefined) return fallback;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) this.mistakes.push(`${name} must be one of ${choices.join(', ')}`);
    return found ?? fallback;
  }

  cidrs(name: string): readonly string[] {
    const list = (this.env[name] ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
    for (const cidr of list) {
      if (!ipaddr.isValidCIDR(cidr))
        this.mistakes.push(`${name} has "${cidr}", which is no address range (like 10.0.0.0/8)`);
    }
    return list;
  }
}
