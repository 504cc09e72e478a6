import { Database } from '@tenure/platform';
import { maintenanceUntil, type Application } from '@tenure/applications';

/** How old (ms) what a process knows of the switches may be: so long after one was turned the last call may begin. */
const FRESH_MS = 100;

interface Stopped {
  readonly tenants: ReadonlySet<string>;
  readonly applications: ReadonlySet<string>;
}

/**
 * What this process knows of tenants that are stopped and of applications that are paused, for batches that began before.
 * A lease tells of its own application, so only calls later than that cost a look, one for all batches of the process.
 */
export class StoppedTenants {
  private readonly seenRunningAt = new Map<string, number>();
  private looking: Promise<Stopped> | null = null;

  constructor(private readonly database: Database) {}

  /** The application, and so its tenant, was seen running at `at`, on the process's own clock. */
  sawRunning(applicationId: string, at: number): void {
    this.seenRunningAt.set(applicationId, at);
  }

  /** Whether another call may begin for the application. */
  async mayCall(
    { id, tenantId, maintenance }: Pick<Application, 'id' | 'tenantId' | 'maintenance'>,
    now: Date,
  ): Promise<boolean> {
    if (maintenance.length > 0 && maintenanceUntil(maintenance, now) !== null) return false;
    const seenAt = this.seenRunningAt.get(id);
    const began = performance.now();
    if (seenAt !== undefined && began - seenAt < FRESH_MS) return true;
    this.looking ??= this.look().finally(() => (this.looking = null));
    const { tenants, applications } = await this.looking;
    if (tenants.has(tenantId) || applications.has(id)) return false;
    this.seenRunningAt.set(id, began);
    return true;
  }

  private async look(): Promise<Stopped> {
    const rows = await this.database.asSystem((tx) =>
      tx.query<{ tenantId: string | null; id: string | null }>(
        `SELECT id AS "tenantId", NULL::uuid AS id FROM tenants WHERE stopped_at IS NOT NULL
         UNION ALL SELECT NULL, id FROM applications
         WHERE pause IS NOT NULL AND ((pause->>'until') IS NULL OR (pause->>'until')::timestamptz > clock_timestamp())`,
      ),
    );
    const named = (ids: readonly (string | null)[]): Set<string> => new Set(ids.filter((id) => id !== null));
    return { tenants: named(rows.map(({ tenantId }) => tenantId)), applications: named(rows.map(({ id }) => id)) };
  }
}
