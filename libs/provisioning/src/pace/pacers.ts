import type { Application } from '@tenure/applications';
import { ApplicationPacer } from './application-pacer.js';
import type { PaceLane } from '../attempt/pace-lane.js';
import { RateBuckets } from './rate-buckets.js';

/** So many applications are kept in mind; above it those that rest are forgotten. */
const KEPT = 1_000;

/** The pace of every application that this process works on. */
export class Pacers {
  private readonly pacers = new Map<string, ApplicationPacer>();

  constructor(private readonly buckets: RateBuckets) {}

  of({ id, limits }: Pick<Application, 'id' | 'limits'>, urgent: boolean): PaceLane {
    const pacer = this.pacers.get(id) ?? this.add(id);
    pacer.setLimits(limits);
    return {
      pace: (of, until) => pacer.pace(of, urgent, until),
      limits: ({ waitMs }) => pacer.block(waitMs),
    };
  }

  /** How long nobody may call. */
  blockedMs(applicationId: string): number {
    return this.pacers.get(applicationId)?.blockedMs() ?? 0;
  }

  /** How long it is no use to begin with another account. */
  waitMs(applicationId: string, urgent: boolean): number {
    return this.pacers.get(applicationId)?.waitMs(urgent) ?? 0;
  }

  /** How many more calls may begin within `withinMs`. */
  room(application: Pick<Application, 'id' | 'limits'>, urgent: boolean, withinMs: number): number {
    const pacer = this.pacers.get(application.id) ?? this.add(application.id);
    pacer.setLimits(application.limits);
    return pacer.room(urgent, withinMs);
  }

  private add(id: string): ApplicationPacer {
    if (this.pacers.size >= KEPT) this.forgetIdle();
    const pacer = new ApplicationPacer(id, {}, this.buckets);
    this.pacers.set(id, pacer);
    return pacer;
  }

  private forgetIdle(): void {
    for (const [id, pacer] of this.pacers) {
      if (!pacer.isIdle || performance.now() - pacer.usedAt < 60_000) continue;
      this.pacers.delete(id);
      this.buckets.forget(id);
    }
  }
}
