import type { ErrorCode } from './error-codes.js';
import { Refusal } from './errors.js';

/** How much of something one process does at once: over all, and for each who asks. What is beyond is refused at once. */
export class ConcurrencyLimit {
  private readonly running = new Map<string, number>();
  private total = 0;

  constructor(
    private readonly most: { readonly each: number; readonly total: number },
    private readonly code: ErrorCode,
    private readonly message: string,
  ) {}

  /** Runs `work`, or refuses because too much of it is running. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = this.running.get(key) ?? 0;
    if (mine >= this.most.each || this.total >= this.most.total) throw new Refusal(this.code, this.message);
    this.total += 1;
    this.running.set(key, mine + 1);
    try {
      return await work();
    } finally {
      this.total -= 1;
      const left = (this.running.get(key) ?? 1) - 1;
      if (left === 0) this.running.delete(key);
      else this.running.set(key, left);
    }
  }
}
