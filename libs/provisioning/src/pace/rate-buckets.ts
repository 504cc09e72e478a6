import { newId, type RedisScript } from '@tenure/platform';
import type { RateLimits } from '@tenure/applications';
import { bucketsOf, takeBlind, type BlindBuckets, type BucketName, type Grant, type Want } from './token-bucket.js';

/** A worker that has never asked Redis takes itself for one of so many. */
const SHARE_OF_A_STRANGER = 8;

export interface Answer {
  readonly grants: readonly Grant[];
  /** Nobody calls before so much has passed. */
  readonly blockMs: number;
}

/** What is known of one application's buckets while Redis is away. */
interface Blind {
  buckets: BlindBuckets;
  /** Taken from without Redis's knowledge: it is told when it is back. */
  readonly away: Partial<Record<BucketName, true>>;
}

/**
 * The buckets that all workers share. While Redis is away each takes its share of the rate by itself, without bursts, and
 * Redis is told of it afterwards: all together stay below the limit.
 */
export class RateBuckets {
  private readonly process = newId();
  private readonly shares = new Map<string, number>();
  private readonly blind = new Map<string, Blind>();

  constructor(private readonly script: Pick<RedisScript, 'run'>) {}

  /** Takes what may be had of each want, in their order; `blockMs` closes the application for everybody. */
  async take(applicationId: string, limits: RateLimits, wants: readonly Want[], blockMs = 0): Promise<Answer> {
    const away = this.blind.get(applicationId)?.away ?? {};
    const ask = JSON.stringify({ limits, wants, blockMs, away, process: this.process });
    const answer = (await this.script.run(`tenure:{rate:${applicationId}}`, ask)) as
      [[number, string][], string, number] | null;
    if (answer === null) return this.takeBlind(applicationId, limits, wants);
    const [grants, block, processes] = answer;
    this.blind.delete(applicationId);
    this.shares.set(applicationId, Math.max(1, processes));
    return { grants: grants.map(([granted, wait]) => ({ granted, waitMs: Number(wait) })), blockMs: Number(block) };
  }

  private takeBlind(applicationId: string, limits: RateLimits, wants: readonly Want[]): Answer {
    const blind = this.blind.get(applicationId) ?? { buckets: {}, away: {} };
    this.blind.set(applicationId, blind);
    const share = this.shares.get(applicationId) ?? SHARE_OF_A_STRANGER;
    const grants = wants.map((want) => {
      const { buckets, grant } = takeBlind(blind.buckets, limits, share, want, performance.now());
      blind.buckets = buckets;
      if (grant.granted > 0) for (const name of bucketsOf(limits, want.of)) blind.away[name] = true;
      return grant;
    });
    return { grants, blockMs: 0 };
  }

  forget(applicationId: string): void {
    this.shares.delete(applicationId);
    this.blind.delete(applicationId);
  }
}
