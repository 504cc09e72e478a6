import type { RateLimits } from '@tenure/applications';
import type { EndpointClass } from '@tenure/connectors';
import { OutOfTurn } from '../attempt/attempt.js';
import type { RateBuckets } from './rate-buckets.js';
import { bucketsOf, type Want } from './token-bucket.js';

interface Waiter {
  /** When its turn must have come, on the process's own clock. */
  readonly until: number;
  go(): void;
  refuse(error: OutOfTurn): void;
}

/** Calls of one class and lane, first come, first served. */
interface Lane {
  readonly of: EndpointClass;
  readonly urgent: boolean;
  readonly waiting: Waiter[];
  /** Before that it is no use to ask again. */
  dueAt: number;
}

/** The queue of one process's calls of one application. It asks for all that wait at once, and again when the next is due. */
export class ApplicationPacer {
  private readonly lanes = new Map<string, Lane>();
  private blockedUntil = 0;
  private asking = false;
  private timer: NodeJS.Timeout | undefined;
  usedAt = performance.now();

  constructor(
    private readonly applicationId: string,
    private limits: RateLimits,
    private readonly buckets: RateBuckets,
  ) {}

  setLimits(limits: RateLimits): void {
    this.limits = limits;
    this.usedAt = performance.now();
  }

  /** Resolves when the call may be made; throws when that is after `until`. */
  pace(of: EndpointClass, urgent: boolean, until: number): Promise<void> {
    this.usedAt = performance.now();
    return new Promise((go, refuse) => {
      this.lane(of, urgent).waiting.push({ until, go, refuse });
      void this.pump();
    });
  }

  /** Nobody calls for so long: at once in this process, and as soon as Redis knows in all others. */
  block(ms: number): void {
    this.blockedUntil = Math.max(this.blockedUntil, performance.now() + ms);
    void this.buckets.take(this.applicationId, this.limits, [], ms);
  }

  /** How long nobody may call. */
  blockedMs(): number {
    return Math.max(0, this.blockedUntil - performance.now());
  }

  /** How long it is no use to begin with another account. */
  waitMs(urgent: boolean): number {
    const { dueAt = 0 } = this.lanes.get(keyOf('write', urgent)) ?? {};
    return Math.max(this.blockedMs(), dueAt - performance.now(), 0);
  }

  /** How many more calls may begin in the next `withinMs`, as far as this process knows; at least one. */
  room(urgent: boolean, withinMs: number): number {
    const rates = bucketsOf(this.limits, 'write').map((name) => this.limits[name]?.perSecond ?? 0);
    const burst = bucketsOf(this.limits, 'write').map((name) => this.limits[name]?.burst ?? 0);
    if (rates.length === 0) return Infinity;
    const waiting = [...this.lanes.values()].filter((lane) => lane.urgent || !urgent);
    const queued = waiting.reduce((sum, lane) => sum + lane.waiting.length, 0);
    return Math.max(1, Math.floor(Math.min(...burst) + (Math.min(...rates) * withinMs) / 1_000) - queued);
  }

  get isIdle(): boolean {
    return [...this.lanes.values()].every(({ waiting }) => waiting.length === 0) && this.blockedMs() === 0;
  }

  private lane(of: EndpointClass, urgent: boolean): Lane {
    const key = keyOf(of, urgent);
    const lane = this.lanes.get(key) ?? { of, urgent, waiting: [], dueAt: 0 };
    this.lanes.set(key, lane);
    return lane;
  }

  /** One question at a time; whoever comes meanwhile is in the next. */
  private async pump(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      for (let due = this.due(); due.length > 0; due = this.due()) {
        const wants: Want[] = due.map(({ of, urgent, waiting }) => ({ of, urgent, count: waiting.length }));
        const { grants, blockMs } = await this.buckets.take(this.applicationId, this.limits, wants);
        const now = performance.now();
        this.blockedUntil = Math.max(this.blockedUntil, blockMs > 0 ? now + blockMs : 0);
        for (const [index, lane] of due.entries()) {
          const { granted = 0, waitMs = 0 } = grants[index] ?? {};
          for (const waiter of lane.waiting.splice(0, granted)) waiter.go();
          // Whoever came while Redis was asked is due to ask.
          lane.dueAt = granted < (wants[index]?.count ?? 0) ? now + waitMs : 0;
        }
      }
    } finally {
      this.asking = false;
    }
    this.refuseTheLate();
    this.comeBack();
  }

  /** Leavers first. */
  private due(): Lane[] {
    const now = performance.now();
    if (this.blockedUntil > now) {
      for (const lane of this.lanes.values()) lane.dueAt = Math.max(lane.dueAt, this.blockedUntil);
    }
    return [...this.lanes.values()]
      .filter(({ waiting, dueAt }) => waiting.length > 0 && dueAt <= now)
      .sort((a, b) => Number(b.urgent) - Number(a.urgent));
  }

  /** A turn that comes too late is refused now: the account is free again, and its worker goes on with others. */
  private refuseTheLate(): void {
    const now = performance.now();
    for (const lane of this.lanes.values()) {
      const perMs =
        Math.min(...bucketsOf(this.limits, lane.of).map((name) => this.limits[name]?.perSecond ?? 0)) / 1_000;
      const late = lane.waiting.filter(({ until }, place) => until < lane.dueAt + place / perMs);
      for (const waiter of late) {
        const dueAt = lane.dueAt + lane.waiting.indexOf(waiter) / perMs;
        waiter.refuse(new OutOfTurn(Math.max(1, Math.ceil(dueAt - now))));
      }
      if (late.length > 0)
        lane.waiting.splice(0, lane.waiting.length, ...lane.waiting.filter((w) => !late.includes(w)));
    }
  }

  private comeBack(): void {
    clearTimeout(this.timer);
    const due = [...this.lanes.values()].filter(({ waiting }) => waiting.length > 0).map(({ dueAt }) => dueAt);
    if (due.length === 0) return;
    this.timer = setTimeout(() => void this.pump(), Math.max(0, Math.min(...due) - performance.now()));
  }
}

const keyOf = (of: EndpointClass, urgent: boolean): string => `${of}|${String(urgent)}`;
