import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 500;
/** So many wait in one process, and so many of one person. Whoever comes beyond is answered at once. */
const MOST = 200;
const MOST_OF_ONE = 4;

/**
 * Answers that wait until there is something new. Each looks by itself, so nothing that is missed is lost, and a waiting
 * one holds no connection to the database.
 */
export class LiveAnswers {
  private readonly waiting = new Map<string, number>();
  private count = 0;

  /** Looks until the answer is new, time is up or nobody listens any more; null: too many wait already. */
  async until<T>(
    of: string,
    look: () => Promise<T>,
    isNew: (answer: T) => boolean,
    wait: { readonly ms: number; readonly gone: AbortSignal },
  ): Promise<T | null> {
    const mine = this.waiting.get(of) ?? 0;
    if (this.count >= MOST || mine >= MOST_OF_ONE) return null;
    this.count += 1;
    this.waiting.set(of, mine + 1);
    try {
      for (const end = performance.now() + wait.ms; ; await delay(LOOK_EVERY_MS)) {
        const answer = await look();
        if (isNew(answer) || performance.now() >= end || wait.gone.aborted) return answer;
      }
    } finally {
      this.count -= 1;
      const left = (this.waiting.get(of) ?? 1) - 1;
      if (left === 0) this.waiting.delete(of);
      else this.waiting.set(of, left);
    }
  }
}
