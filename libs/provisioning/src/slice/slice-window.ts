import { setTimeout as pause } from 'node:timers/promises';
import type { AccountSlice, EndedTurn, Way } from './account-slice.js';
import { WINDOW } from '../backlog/take-batch.js';

/** What ends within so long (ms) is written together: a transaction for each account would cost more than it brings. */
const TOGETHER_MS = 20;

/**
 * What one slice has under way. As soon as some of it has ended it is written, and its places are free for others: one
 * account whose calls take long keeps no other waiting.
 */
export class SliceWindow {
  private readonly underWay = new Set<Promise<void>>();
  /** When the leases end of accounts that are not written yet. */
  private readonly leases = new Map<string, number>();
  private ended: EndedTurn[] = [];
  private hasNews = false;
  private mustLook = false;
  private failure: { readonly error: unknown } | null = null;
  /** Whether what ended lately got through to the application, one for each account. */
  private lately: readonly boolean[] = [];
  private members = false;

  constructor(
    private readonly accounts: Pick<AccountSlice, 'end'>,
    readonly way: Way,
  ) {}

  /** So many more accounts may be begun. */
  get free(): number {
    return Math.max(0, WINDOW - this.leases.size);
  }

  get hasMembers(): boolean {
    return this.members;
  }

  addAccount(accountId: string, leaseEndsAt: number, turn: Promise<EndedTurn>): void {
    this.leases.set(accountId, leaseEndsAt);
    this.follow(turn.then((ended) => void this.ended.push(ended)));
  }

  /** Members of an entitlement, which are written by themselves. */
  addMembers(run: Promise<boolean>): void {
    this.members = true;
    this.follow(
      run
        .then((goOn) => {
          this.mustLook ||= !goOn;
        })
        .finally(() => (this.members = false)),
    );
  }

  /** Waits until something has ended, and writes what has. */
  async some(): Promise<void> {
    if (!this.hasNews && this.underWay.size > 0) await Promise.race(this.underWay);
    const all = Promise.all(this.underWay);
    // A trial is judged as a whole.
    if (this.underWay.size > 0) await (this.way.trial ? all : Promise.race([all, pause(TOGETHER_MS)]));
    this.hasNews = false;
    await this.write();
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure.error;
  }

  /** Until nothing is under way. False: the application may rest by now. */
  async drain(): Promise<boolean> {
    while (this.isBusy) await this.some();
    const goOn = !this.mustLook;
    this.mustLook = false;
    return goOn;
  }

  /** Nothing goes on behind a slice that has failed: what it has begun is written, as far as that is possible. */
  async close(): Promise<void> {
    const failed: unknown[] = [];
    while (this.isBusy) await this.some().catch((error: unknown) => failed.push(error));
    if (failed.length > 0) throw failed[0];
  }

  private get isBusy(): boolean {
    return this.underWay.size > 0 || this.ended.length > 0;
  }

  private follow(run: Promise<void>): void {
    const followed = run
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => {
        this.hasNews = true;
        this.underWay.delete(followed);
      });
    this.underWay.add(followed);
  }

  private async write(): Promise<void> {
    const ended = this.ended;
    if (ended.length === 0) return;
    this.ended = [];
    // A probe must leave time to write what ends meanwhile.
    const leaseEndsAt = Math.min(...this.leases.values());
    const before = this.lately.slice(Math.max(0, this.lately.length + ended.length - WINDOW)).filter(Boolean).length;
    this.lately = [...this.lately, ...ended.map(({ isThrough }) => isThrough)].slice(-WINDOW);
    try {
      this.mustLook ||= !(await this.accounts.end(ended, this.way, { leaseEndsAt, throughBefore: before }));
    } finally {
      for (const { turn } of ended) this.leases.delete(turn.account.id);
    }
  }
}
