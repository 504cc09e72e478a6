import { Database } from '@tenure/platform';

/** How old (ms) what a process knows of the switch may be: so long after it was turned the last call may begin. */
const FRESH_MS = 100;

/**
 * What this process knows of tenants that are stopped, for batches that began before. A lease tells of its own tenant, so
 * only calls later than that cost a look, one for all batches of the process.
 */
export class StoppedTenants {
  private readonly seenRunningAt = new Map<string, number>();
  private looking: Promise<ReadonlySet<string>> | null = null;

  constructor(private readonly database: Database) {}

  /** The tenant was seen running at `at`, on the process's own clock. */
  sawRunning(tenantId: string, at: number): void {
    this.seenRunningAt.set(tenantId, at);
  }

  /** Whether another call may begin for the tenant. */
  async mayCall(tenantId: string): Promise<boolean> {
    const seenAt = this.seenRunningAt.get(tenantId);
    const began = performance.now();
    if (seenAt !== undefined && began - seenAt < FRESH_MS) return true;
    this.looking ??= this.look().finally(() => (this.looking = null));
    if ((await this.looking).has(tenantId)) return false;
    this.seenRunningAt.set(tenantId, began);
    return true;
  }

  private async look(): Promise<ReadonlySet<string>> {
    const rows = await this.database.asSystem((tx) =>
      tx.query<{ id: string }>('SELECT id FROM tenants WHERE stopped_at IS NOT NULL'),
    );
    return new Set(rows.map(({ id }) => id));
  }
}
