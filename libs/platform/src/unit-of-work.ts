import type { Tx } from './tx.js';

type Open = <T>(body: (tx: Tx) => Promise<T>) => Promise<T>;

const TRIES = 5;
const BEAT_MS = 5_000;

/**
 * One transaction for everything that a request does. It begins with the first part and ends after the last; each part is
 * taken back alone when it fails, as if it were a transaction of its own.
 */
export class UnitOfWork {
  private opened: Promise<Tx> | null = null;
  private settled: Promise<void> | null = null;
  private end: (outcome: { readonly error?: unknown }) => void = () => undefined;
  /** Parts follow each other: a savepoint belongs to one of them. */
  private turn: Promise<unknown> = Promise.resolve();
  private readonly waits: (() => Promise<void>)[] = [];

  constructor(
    readonly tenantId: string,
    private readonly isRetried: (error: unknown) => boolean,
    private readonly open: Open,
  ) {}

  /** Runs all parts, then `last`, and commits. */
  async whole<T>(work: () => Promise<T>, last: (tx: Tx, result: T) => Promise<void>): Promise<T> {
    try {
      const result = await work();
      await this.run((tx) => last(tx, result));
      this.end({});
      await this.settled;
      await Promise.all(this.waits.map((wait) => wait()));
      return result;
    } catch (error) {
      this.end({ error });
      await this.settled?.catch(() => undefined);
      throw error;
    }
  }

  /** The whole is answered only when this has passed, after its commit. */
  waitAfterCommit(wait: () => Promise<void>): void {
    this.waits.push(wait);
  }

  /** Runs one part. */
  run<T>(part: (tx: Tx) => Promise<T>): Promise<T> {
    const mine = this.turn.then(() => this.part(part));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async part<T>(part: (tx: Tx) => Promise<T>): Promise<T> {
    const tx = await (this.opened ??= this.begin());
    for (let attempt = 1; ; attempt++) {
      const effects: (() => Promise<unknown>)[] = [];
      await tx.query('SAVEPOINT part');
      try {
        const result = await part({ ...tx, afterCommit: (effect) => void effects.push(effect) });
        await tx.query('RELEASE SAVEPOINT part');
        for (const effect of effects) tx.afterCommit(effect);
        return result;
      } catch (error) {
        await tx.query('ROLLBACK TO SAVEPOINT part');
        if (attempt >= TRIES || !this.isRetried(error)) throw error;
      }
    }
  }

  /** The transaction stays open until `end`; what it fails with goes to whoever waits for the whole. */
  private begin(): Promise<Tx> {
    return new Promise<Tx>((resolve, reject) => {
      this.settled = this.open(async (tx) => {
        const ended = new Promise<{ readonly error?: unknown }>((end) => (this.end = end));
        resolve(tx);
        // Between two parts a request may compute for longer than PostgreSQL lets a transaction idle.
        const beat = setInterval(() => void tx.query('SELECT').catch(() => undefined), BEAT_MS);
        const outcome = await ended.finally(() => clearInterval(beat));
        if ('error' in outcome) throw outcome.error;
      });
      this.settled.catch(reject);
    });
  }
}
