/** How many may work at once: over all, and of one tenant. */
export interface Places {
  readonly total: number;
  readonly each: number;
  /** Who has waited so long (ms) for a place is sent away. */
  readonly waitMs: number;
}

/** Nobody made room in time; the caller may try again. */
export class NoPlace extends Error {}

/**
 * Places that tenants share. One tenant has only some of them; who finds none waits, and a place that becomes free goes to the
 * tenant that has the fewest, among equals to the one that has waited longest.
 */
export class TenantPlaces {
  private readonly taken = new Map<string, number>();
  private readonly waiting = new Map<string, Set<() => void>>();
  private busy = 0;

  constructor(private readonly places: Places) {}

  /** Runs `work` in a place of the tenant's. Throws `NoPlace` when none became free in time. */
  async run<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    if (this.hasPlace(tenantId)) this.count(tenantId, 1);
    else await this.wait(tenantId);
    try {
      return await work();
    } finally {
      this.count(tenantId, -1);
      this.next();
    }
  }

  /** Resolves when a place was taken for the caller. */
  private wait(tenantId: string): Promise<void> {
    const own = this.waiting.get(tenantId) ?? new Set();
    this.waiting.set(tenantId, own);
    return new Promise((resolve, reject) => {
      const take = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        own.delete(take);
        reject(new NoPlace('No place became free in time'));
      }, this.places.waitMs);
      own.add(take);
    });
  }

  private next(): void {
    for (let tenantId = this.poorest(); tenantId !== undefined; tenantId = this.poorest()) {
      const own = this.waiting.get(tenantId) ?? new Set();
      const [first] = own;
      if (first) own.delete(first);
      // To the end: among equals the one that has waited longest is next.
      this.waiting.delete(tenantId);
      if (own.size > 0) this.waiting.set(tenantId, own);
      if (first === undefined) continue;
      this.count(tenantId, 1);
      first();
    }
  }

  private poorest(): string | undefined {
    let found: string | undefined;
    for (const tenantId of this.waiting.keys())
      if (this.hasPlace(tenantId) && (found === undefined || this.of(tenantId) < this.of(found))) found = tenantId;
    return found;
  }

  private hasPlace(tenantId: string): boolean {
    return this.busy < this.places.total && this.of(tenantId) < this.places.each;
  }

  private of(tenantId: string): number {
    return this.taken.get(tenantId) ?? 0;
  }

  private count(tenantId: string, change: 1 | -1): void {
    this.busy += change;
    const taken = this.of(tenantId) + change;
    if (taken === 0) this.taken.delete(tenantId);
    else this.taken.set(tenantId, taken);
  }
}
