import { setImmediate } from 'node:timers/promises';

/** Gathers what is said in one turn of the event loop, by key, and hands it over once. */
export class TurnBatch<T> {
  private gathered = new Map<string, T>();
  private handing: Promise<void> | undefined;

  constructor(private readonly hand: (gathered: ReadonlyMap<string, T>) => Promise<void>) {}

  /** Resolves, or rejects, when what was added has been handed over. */
  add(key: string, merge: (before: T | undefined) => T): Promise<void> {
    this.gathered.set(key, merge(this.gathered.get(key)));
    this.handing ??= this.handOver();
    return this.handing;
  }

  private async handOver(): Promise<void> {
    await setImmediate();
    const gathered = this.gathered;
    this.gathered = new Map();
    this.handing = undefined;
    await this.hand(gathered);
  }
}
