import { Clock, Database, newId, withContext, type Log } from '@tenure/platform';
import { WorkHints, type Application, type WorkHint } from '@tenure/applications';
import type { Connector } from '@tenure/connectors';
import { AccountSlice } from './account-slice.js';
import { probe, writeHealth } from './application-health.js';
import { MemberSlice } from './member-slice.js';
import { OpenConnectors } from './open-connectors.js';
import { StoppedTenants } from './stopped-tenants.js';
import { enterShard, takeBatch, type Batch, type WorkedApplication } from './take-batch.js';

/** A job is a slice: after this much it goes to the tail of the queue, so that no application starves another. */
const SLICE_MS = 2_000;
const SLICE_UNITS = 200;
/** Left of the lease (ms) when the last call must have ended, besides the app's settle time. */
const LEASE_MARGIN_MS = 500;

interface Taken {
  readonly application: WorkedApplication;
  readonly connector: Connector;
  readonly batch: Batch;
  /** When the last call must have ended, on the process's own clock. */
  readonly endsAt: number;
}

/** Consumes "this application has work": batch after batch of what is behind and due, most urgent first. */
export class ProvisionWorker {
  constructor(
    private readonly database: Database,
    private readonly connectors: OpenConnectors,
    private readonly accounts: AccountSlice,
    private readonly members: MemberSlice,
    private readonly hints: WorkHints,
    private readonly stopped: StoppedTenants,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly leaseMs: number,
  ) {}

  async handle(hint: WorkHint, urgent: boolean): Promise<void> {
    await withContext({ requestId: hint.requestId ?? newId(), tenantId: hint.tenantId }, () =>
      this.slice(hint, urgent),
    );
  }

  private async slice(hint: WorkHint, urgent: boolean): Promise<void> {
    const began = performance.now();
    let worked = 0;
    for (;;) {
      const taken = await this.take(hint, urgent);
      if (taken === null) return;
      const { application, connector, batch, endsAt } = taken;
      const goOn = await this.work(application, connector, batch, endsAt - performance.now());
      // A shard that is dry is left: whatever comes now brings its own hint.
      if (!goOn || (batch.isDry && batch.entitlement === null)) return;
      worked += batch.accounts.length + batch.members.length;
      if (worked >= SLICE_UNITS || performance.now() - began > SLICE_MS) {
        return this.hints.now({ ...hint, connector: application.connector, urgent });
      }
    }
  }

  private async work(
    application: WorkedApplication,
    connector: Connector,
    batch: Batch,
    deadlineMs: number,
  ): Promise<boolean> {
    const { accounts, entitlement, members } = batch;
    const went = await Promise.all([
      this.accounts.run(application, connector, accounts, deadlineMs),
      entitlement === null || this.members.run(application, connector, entitlement, members, deadlineMs),
    ]);
    return went.every(Boolean);
  }

  /** The next batch, when the application may be worked on now. One whose quarantine has run out is probed first. */
  private async take(hint: WorkHint, urgent: boolean): Promise<Taken | null> {
    // From before the lease: however long the commit takes, the lease does not end before we think it does.
    const began = performance.now();
    const taken = await this.database.transaction(hint.tenantId, async (tx) => {
      const application = await enterShard(tx, hint, urgent);
      if (application === null) return null;
      this.stopped.sawRunning(hint.tenantId, began);
      const rest = restOf(application, this.clock.now());
      if (rest !== 'none') return { application, rest };
      const connector = this.connectors.of(application);
      // Long enough for one call that is given up, and for what the app may still do with it.
      const { settleMs } = connector.capabilities;
      const leaseMs = Math.max(this.leaseMs, 2 * settleMs + 2 * LEASE_MARGIN_MS);
      const batch = await takeBatch(tx, application, connector, { shard: hint.shard, urgent, leaseMs });
      return { application, rest, connector, batch, endsAt: began + leaseMs - settleMs - LEASE_MARGIN_MS };
    });
    if (taken === null || taken.rest === 'resting') return null;
    if (taken.rest === 'none') return taken;
    return (await this.probe(taken.application)) ? this.take(hint, urgent) : null;
  }

  private async probe(application: Application): Promise<boolean> {
    const failure = await probe(this.connectors.of(application));
    const verdict =
      failure === null ? ({ kind: 'well' } as const) : ({ kind: 'quarantine', reason: failure.message } as const);
    const well = await this.database.transaction(application.tenantId, (tx) =>
      writeHealth(tx, application, verdict, this.clock.now()),
    );
    this.log.info({
      event: well ? 'application.healed' : 'application.still_failing',
      applicationId: application.id,
      class: failure?.errorClass,
    });
    return well;
  }
}

/** Whether an application may be worked on: it may have asked to wait, or be failing, or be due for a probe. */
function restOf({ pausedUntil, quarantinedUntil }: Application, now: Date): 'none' | 'resting' | 'probe' {
  if (pausedUntil !== null && pausedUntil > now) return 'resting';
  if (quarantinedUntil === null) return 'none';
  return quarantinedUntil > now ? 'resting' : 'probe';
}
