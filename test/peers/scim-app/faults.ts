/** A misbehaviour of the app, for the requests that match. */
export interface FaultRule {
  readonly kind: 'rate_limit' | 'error' | 'drop' | 'hang' | 'delay' | 'headers';
  /** Before the work: it is not done. After: it is done, and the answer suffers. */
  readonly when?: 'before' | 'after';
  readonly method?: string;
  /** A regular expression over the path below `/scim/v2`. */
  readonly path?: string;
  /** For so many matching requests; absent: until cleared. */
  readonly times?: number;
  /** Out of 1, drawn from a sequence that `seed` fixes. */
  readonly probability?: number;
  readonly seed?: number;
  /** `hang`, `delay`: goes on after so long; a `hang` without it never does. */
  readonly ms?: number;
  /** `error`: 500 unless given. */
  readonly status?: number;
  /** `rate_limit`: seconds, or an HTTP date. */
  readonly retryAfter?: string;
  /** `headers`: what the answer says besides. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface ActiveRule {
  readonly rule: FaultRule;
  readonly draw: () => number;
  left: number;
}

/** Which fault strikes which request. */
export class FaultPlan {
  private rules: ActiveRule[] = [];

  add(rules: readonly FaultRule[]): void {
    const active = rules.map((rule) => ({ rule, draw: sequence(rule.seed ?? 1), left: rule.times ?? Infinity }));
    this.rules.push(...active);
  }

  clear(): void {
    this.rules = [];
  }

  /** The first rule that strikes; it has one request less to go afterwards. */
  next(method: string, path: string): FaultRule | undefined {
    const struck = this.rules.find((active) => matches(active, method, path));
    if (struck) struck.left -= 1;
    return struck?.rule;
  }
}

function matches({ rule, draw, left }: ActiveRule, method: string, path: string): boolean {
  if (left <= 0) return false;
  if (rule.method !== undefined && rule.method !== method) return false;
  if (rule.path !== undefined && !new RegExp(rule.path).test(path)) return false;
  return rule.probability === undefined || draw() < rule.probability;
}

/** mulberry32: the same seed, the same faults. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
