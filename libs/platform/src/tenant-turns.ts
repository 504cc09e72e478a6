export interface TurnLimits {
  /** Slices that work at once. */
  readonly slots: number;
  /** Of them one tenant has at most so many, so that another's first slice never waits for a place. */
  readonly perTenant: number;
  /** A slice that has lasted so long (ms) only waits for its application: its place is given to others. */
  readonly slowMs: number;
  /** So many places, at most, are given away. */
  readonly lent: number;
}

interface Running {
  readonly tenantId: string;
  lent: boolean;
  again: (() => Promise<void>) | null;
}

/**
 * Who works next in this process. Places are for slices that keep it busy; one that waits for a slow application gives its
 * place away. Slices that find none wait by tenant, and a place that becomes free goes to the tenant that has the fewest.
 */
export class TenantTurns {
  private readonly running = new Map<string, Running>();
  private readonly places = new Map<string, number>();
  private readonly parked = new Map<string, Map<string, () => Promise<void>>>();
  private readonly underWay = new Set<Promise<void>>();
  private busy = 0;
  private lent = 0;
  private closed = false;

  constructor(private readonly limits: TurnLimits) {}

  /**
   * Works now and resolves when it is done, or at once when it must wait (it is begun later then), or when the same key
   * works already (it is begun again afterwards).
   */
  async offer(tenantId: string, key: string, work: () => Promise<void>): Promise<void> {
    const same = this.running.get(key);
    if (same) same.again = work;
    else if (this.hasPlace(tenantId)) await this.begin(tenantId, key, work);
    else this.park(tenantId, key, work);
  }

  /** What waits is given up (the timers find it); resolves when what works has ended. */
  async close(): Promise<void> {
    this.closed = true;
    this.parked.clear();
    await Promise.allSettled([...this.underWay]);
  }

  private hasPlace(tenantId: string): boolean {
    return this.busy < this.limits.slots && (this.places.get(tenantId) ?? 0) < this.limits.perTenant;
  }

  private park(tenantId: string, key: string, work: () => Promise<void>): void {
    if (this.closed) return;
    const waiting = this.parked.get(tenantId) ?? new Map<string, () => Promise<void>>();
    waiting.set(key, work);
    this.parked.set(tenantId, waiting);
  }

  private begin(tenantId: string, key: string, work: () => Promise<void>): Promise<void> {
    const running: Running = { tenantId, lent: false, again: null };
    this.running.set(key, running);
    this.parked.get(tenantId)?.delete(key);
    this.count(tenantId, 1);
    const slow = setTimeout(() => this.lend(running), this.limits.slowMs);
    const done = work().finally(() => {
      clearTimeout(slow);
      this.running.delete(key);
      this.underWay.delete(done);
      if (running.lent) this.lent -= 1;
      else this.count(tenantId, -1);
      if (running.again) this.park(tenantId, key, running.again);
      this.next();
    });
    this.underWay.add(done);
    return done;
  }

  private lend(running: Running): void {
    if (this.lent >= this.limits.lent) return;
    running.lent = true;
    this.lent += 1;
    this.count(running.tenantId, -1);
    this.next();
  }

  private count(tenantId: string, change: 1 | -1): void {
    this.busy += change;
    const places = (this.places.get(tenantId) ?? 0) + change;
    if (places === 0) this.places.delete(tenantId);
    else this.places.set(tenantId, places);
  }

  private next(): void {
    for (let tenantId = this.poorest(); tenantId !== undefined; tenantId = this.poorest()) {
      const waiting = this.parked.get(tenantId);
      const [first] = waiting ?? [];
      this.parked.delete(tenantId);
      if (waiting === undefined || first === undefined) continue;
      // To the end: among equals the one that has waited longest is next.
      this.parked.set(tenantId, waiting);
      // Its failure is told by whoever gave the work.
      this.begin(tenantId, ...first).catch(() => undefined);
    }
  }

  /** The tenant with the fewest places among those that wait and may have one more. */
  private poorest(): string | undefined {
    let found: string | undefined;
    for (const tenantId of this.parked.keys()) {
      if (!this.hasPlace(tenantId)) continue;
      if (found === undefined || (this.places.get(tenantId) ?? 0) < (this.places.get(found) ?? 0)) found = tenantId;
    }
    return found;
  }
}
