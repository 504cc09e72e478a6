import { WorkHints, type Work } from '@tenure/applications';

/** Longer than this (ms) nobody is woken for: the sweep finds what is due. */
const LONGEST_MS = 60 * 60_000;

/** Says that work goes on at a moment that is known: when tokens are due, or when an application has rested. */
export class Wakes {
  private readonly timers = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>();

  constructor(private readonly hints: WorkHints) {}

  /** Announces the work after `ms`, once for each application, shard and lane: the earliest moment counts. */
  after(work: Work, ms: number): void {
    if (ms > LONGEST_MS) return;
    const key = `${work.applicationId}|${work.shard}|${String(work.urgent)}`;
    const at = performance.now() + ms;
    const before = this.timers.get(key);
    if (before && before.at <= at) return;
    clearTimeout(before?.timer);
    const timer = setTimeout(
      () => {
        this.timers.delete(key);
        void this.hints.now(work);
      },
      Math.max(0, Math.ceil(ms)),
    );
    this.timers.set(key, { at, timer: timer.unref() });
  }

  close(): void {
    for (const { timer } of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
