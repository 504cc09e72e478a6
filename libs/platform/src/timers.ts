import type { Database, Tx } from './database.js';
import { loggedReason, type Log } from './logging.js';

/** What is done about a look's rows, in transactions of its own: the look's is committed before, and holds nothing open. */
export type FollowUp = () => Promise<void>;

/** Something that is looked at again and again: rows that are behind, or that have come due. */
export interface Timer {
  readonly name: string;
  readonly everyMs: number;
  /**
   * Runs under the system role, while this process alone holds the timer's row. What it returns runs after the commit, before
   * this process looks again; another process may look meanwhile, so a follow-up asks again under the rows' own locks.
   */
  readonly run: (tx: Tx) => Promise<FollowUp> | Promise<void>;
}

const NOTHING_FOLLOWS: FollowUp = () => Promise.resolve();

/** One look of a timer, with what follows from it. */
export async function lookNow(database: Database, { run }: Pick<Timer, 'run'>): Promise<void> {
  const followUp = await database.asSystem<FollowUp | undefined>(async (tx) => (await run(tx)) ?? undefined);
  await followUp?.();
}

/** Plain timers of one process (job schedulers would die with a flush); the cursor row makes many processes one. */
export class Timers {
  private readonly handles: NodeJS.Timeout[] = [];
  private readonly running = new Set<Promise<void>>();
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly log: Log,
  ) {}

  start(timers: readonly Timer[]): void {
    for (const timer of timers) this.schedule(timer, 0);
  }

  /** Ends after the looks in progress have ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const handle of this.handles) clearTimeout(handle);
    await Promise.allSettled(this.running);
  }

  private schedule(timer: Timer, delayMs: number): void {
    if (this.stopped) return;
    const handle = setTimeout(() => {
      this.handles.splice(this.handles.indexOf(handle), 1);
      const look = this.look(timer).finally(() => {
        this.running.delete(look);
        this.schedule(timer, timer.everyMs);
      });
      this.running.add(look);
    }, delayMs);
    this.handles.push(handle);
  }

  private async look(timer: Timer): Promise<void> {
    try {
      await lookNow(this.database, {
        run: (tx) => this.claim(tx, timer),
      });
    } catch (error) {
      this.log.warn({ event: 'timer.failed', timer: timer.name, reason: loggedReason(error) });
    }
  }

  private async claim(tx: Tx, timer: Timer): Promise<FollowUp> {
    const [, [mine]] = await Promise.all([
      tx.prepared('INSERT INTO timers (name) VALUES ($1) ON CONFLICT DO NOTHING', [timer.name]),
      tx.prepared(
        `UPDATE timers SET next_at = clock_timestamp() + make_interval(secs => $2::float8 / 1000)
           WHERE name = (SELECT name FROM timers WHERE name = $1 AND next_at <= clock_timestamp() FOR UPDATE SKIP LOCKED) RETURNING name`,
        [timer.name, timer.everyMs * 0.8],
      ),
    ]);
    return (mine && (await timer.run(tx))) ?? NOTHING_FOLLOWS;
  }
}
