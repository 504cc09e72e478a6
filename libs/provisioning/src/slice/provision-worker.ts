import { newId, TenantTurns, withContext, type TurnLimits } from '@tenure/platform';
import type { Work } from '@tenure/applications';
import { ProvisionSlice } from './provision-slice.js';
import { Wakes } from './wakes.js';

/**
 * Slices are mostly waiting for applications, so many run at once; PostgreSQL's pool and the processor are shared by those
 * that have a place. Leavers have places of their own.
 */
const ORDINARY: TurnLimits = { slots: 32, perTenant: 24, slowMs: 1_000, lent: 480 };
const URGENT: TurnLimits = { slots: 16, perTenant: 12, slowMs: 1_000, lent: 240 };

/** How many jobs a worker takes off a queue at once: as many as it can work on, and one to see who else has work. */
export const provisionJobs = (urgent: boolean): number => {
  const { slots, lent } = urgent ? URGENT : ORDINARY;
  return slots + lent + 1;
};

/** Consumes "this application has work". */
export class ProvisionWorker {
  private readonly ordinary = new TenantTurns(ORDINARY);
  private readonly urgent = new TenantTurns(URGENT);

  constructor(
    private readonly slices: ProvisionSlice,
    private readonly wakes: Wakes,
  ) {}

  /** Works on one slice. When all places are taken the job ends at once, and the slice is begun when its tenant's turn comes. */
  async handle(work: Work): Promise<void> {
    const turns = work.urgent ? this.urgent : this.ordinary;
    const context = { requestId: work.requestId ?? newId(), tenantId: work.tenantId };
    await turns.offer(work.tenantId, `${work.applicationId}|${work.shard}`, () =>
      withContext(context, () => this.slices.run(work)),
    );
  }

  /** Resolves when what was begun has ended. */
  async close(): Promise<void> {
    this.wakes.close();
    await Promise.all([this.ordinary.close(), this.urgent.close()]);
  }
}
