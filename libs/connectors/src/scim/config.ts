import { ConfigReader } from '../read-config.js';
import type { ConfigFault } from '../spi.js';

/** A SCIM application as configured. */
export interface ScimConfig {
  readonly baseUrl: string;
  readonly token: string;
  readonly userAgent?: string;
  /** For one request. */
  readonly timeoutMs: number;
  readonly settleMs: number;
  readonly memberBatch: number;
}

type Values = Readonly<Record<string, unknown>>;

/** The configuration, and every mistake in it. */
export function readScimConfig(config: Values, credentials: Values): { config: ScimConfig; faults: ConfigFault[] } {
  const read = new ConfigReader(config, 'config');
  const secrets = new ConfigReader(credentials, 'credentials', read.faults);
  read.only('baseUrl', 'userAgent', 'timeoutMs', 'settleMs', 'memberBatch');
  secrets.only('token');
  return {
    faults: read.faults,
    config: {
      baseUrl: read.url('baseUrl'),
      // A token with other characters could not be sent in a header at all.
      token: secrets.matching('token', /^[\x21-\x7e]+$/, 'printable ASCII without spaces'),
      userAgent: read.optionalText('userAgent'),
      timeoutMs: read.integer('timeoutMs', { min: 100, max: 120_000, otherwise: 10_000 }),
      settleMs: read.integer('settleMs', { min: 0, max: 600_000, otherwise: 5_000 }),
      memberBatch: read.integer('memberBatch', { min: 1, max: 1_000, otherwise: 100 }),
    },
  };
}
