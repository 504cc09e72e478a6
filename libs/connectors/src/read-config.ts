import { ConnectorError } from './errors.js';
import type { ConfigFault } from './spi.js';

type Values = Readonly<Record<string, unknown>>;

interface IntegerRule {
  readonly min: number;
  readonly max: number;
  readonly otherwise: number;
}

/** A configuration without the parts that say nothing of who is sent the credentials. */
export const withoutHarmless = (
  config: Readonly<Record<string, unknown>>,
  harmless: readonly string[],
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(config).filter(([name]) => !harmless.includes(name)));

/** Reads an application's configuration key by key and gathers every mistake under the key's path. */
export class ConfigReader {
  constructor(
    private readonly values: Values,
    private readonly at: string,
    readonly faults: ConfigFault[] = [],
  ) {}

  /** A text that must be there. */
  text(key: string): string {
    const value = this.optionalText(key);
    if (value === undefined && this.values[key] === undefined) this.fault(key, 'is missing');
    return value ?? '';
  }

  optionalText(key: string): string | undefined {
    const value = this.values[key];
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.fault(key, 'must be a text that is not empty');
    return undefined;
  }

  /** A text that must be there and have the pattern's form. */
  matching(key: string, pattern: RegExp, form: string): string {
    const value = this.text(key);
    if (value !== '' && !pattern.test(value)) this.fault(key, `must be ${form}`);
    return value;
  }

  integer(key: string, { min, max, otherwise }: IntegerRule): number {
    const value = this.values[key];
    if (value === undefined) return otherwise;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    this.fault(key, `must be a whole number from ${min} to ${max}`);
    return otherwise;
  }

  /** An absolute http or https URL, without a slash at its end. */
  url(key: string): string {
    const value = this.text(key);
    if (value === '') return value;
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) this.fault(key, 'must be an http or https URL');
    else if (url.username || url.password) this.fault(key, 'must not contain credentials: put them in `credentials`');
    else if (url.search || url.hash) this.fault(key, 'must not have a query or a fragment');
    return value.replace(/(?<!\/)\/+$/, '');
  }

  /** The object under a key, to be read on; an absent one reads as empty. */
  section(key: string): ConfigReader {
    const value = this.values[key];
    if (value === undefined) this.fault(key, 'is missing');
    else if (!isObject(value)) this.fault(key, 'must be an object');
    return new ConfigReader(isObject(value) ? value : {}, this.path(key), this.faults);
  }

  /** The objects of the list under a key, each to be read on; an absent one reads as empty. */
  list(key: string): readonly ConfigReader[] {
    const value = this.values[key] ?? [];
    if (!Array.isArray(value) || !value.every(isObject)) {
      this.fault(key, 'must be a list of objects');
      return [];
    }
    return value.map((entry, index) => new ConfigReader(entry, `${this.path(key)}.${index}`, this.faults));
  }

  has(key: string): boolean {
    return this.values[key] !== undefined;
  }

  keys(): readonly string[] {
    return Object.keys(this.values);
  }

  raw(key: string): unknown {
    return this.values[key];
  }

  fault(key: string, message: string): void {
    this.faults.push({ path: this.path(key), message });
  }

  /** Reports the keys that nobody reads: most often a misspelt option that would silently not work. */
  only(...known: readonly string[]): void {
    const unknown = this.keys().filter((key) => !known.includes(key));
    for (const key of unknown) this.fault(key, `is not known here; known are ${known.join(', ')}`);
  }

  private path(key: string): string {
    return `${this.at}.${key}`;
  }
}

/** Throws the first fault: an application that was checked has none. */
export function refuseFaults([fault]: readonly ConfigFault[]): void {
  if (fault) throw new ConnectorError('invalid', `${fault.path} ${fault.message}`);
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What an address that may never be called is refused for. */
export const NEVER_CALLED =
  'is an address that is neither public nor in OUTBOUND_ALLOW; take another, or ask the operator to allow its network';
