import { Database, messageOf, type Log, type Tx } from '@tenure/platform';
import { restOf, WorkHints, type Application, type Work } from '@tenure/applications';
import type { Connector } from '@tenure/connectors';
import { AccountSlice } from './account-slice.js';
import { probe } from './application-health.js';
import { Postponed } from './attempt.js';
import { HealthRecords } from './health-records.js';
import { MemberSlice } from './member-slice.js';
import { OpenConnectors } from './open-connectors.js';
import { Pacers } from './pacers.js';
import { StoppedTenants } from './stopped-tenants.js';
import { claimProbe, enterShard, takeBatch, type Batch, type WorkedApplication } from './take-batch.js';
import { Wakes } from './wakes.js';

/** A job is a slice: after this much it goes to the tail of the queue, so that no application starves another. */
const SLICE_MS = 2_000;
const SLICE_UNITS = 200;
/** Left of the lease (ms) when the last call must have ended, besides the app's settle time. */
const LEASE_MARGIN_MS = 500;
/** A turn that is further away (ms) is not waited for: the slice ends, and goes on then. */
const WORTH_WAITING_MS = 250;
/** So many accounts are tried when an application has answered its probe, before all are let go on. */
const TRIAL_ACCOUNTS = 3;
/** How long (ms) a probe keeps others away, besides the lease of the trial that follows. */
const PROBE_MS = 6_000;

interface Taken {
  readonly kind: 'batch';
  readonly application: WorkedApplication;
  readonly connector: Connector;
  readonly batch: Batch;
  readonly trial: boolean;
  /** When the last call must have ended, on the process's own clock. */
  readonly endsAt: number;
}

type Next =
  | Taken
  /** Nothing may be sent for so long; null: until it is announced. */
  | { readonly kind: 'rest'; readonly ms: number | null }
  | { readonly kind: 'probe'; readonly application: Application };

/** One slice of an application's work: batch after batch of what is behind and due, most urgent first. */
export class ProvisionSlice {
  constructor(
    private readonly database: Database,
    private readonly connectors: OpenConnectors,
    private readonly accounts: AccountSlice,
    private readonly members: MemberSlice,
    private readonly health: HealthRecords,
    private readonly pacers: Pacers,
    private readonly stopped: StoppedTenants,
    private readonly hints: WorkHints,
    private readonly wakes: Wakes,
    private readonly log: Log,
    private readonly leaseMs: number,
  ) {}

  async run(work: Work): Promise<void> {
    try {
      await this.slice(work);
    } catch (error) {
      // Also when nobody waits for the slice: its work is still behind, and is announced again.
      this.log.error({ event: 'slice.failed', applicationId: work.applicationId, reason: messageOf(error) });
    }
  }

  private async slice(work: Work): Promise<void> {
    const began = performance.now();
    let worked = 0;
    for (let trial = false; ;) {
      const waitMs = this.pacers.waitMs(work.applicationId, work.urgent);
      if (waitMs > WORTH_WAITING_MS) return this.wakes.after(work, waitMs);
      const next = await this.next(work, trial);
      trial = false;
      if (next.kind === 'rest') return next.ms === null ? undefined : this.wakes.after(work, next.ms);
      if (next.kind === 'probe') {
        trial = await this.probe(next.application);
        continue;
      }
      if (!(await this.work(work, next))) continue;
      worked += next.batch.accounts.length + next.batch.members.length;
      // A shard that is dry is left: whatever comes now brings its own hint.
      if (isDry(next)) return;
      if (worked >= SLICE_UNITS || performance.now() - began > SLICE_MS) return this.hints.now(work);
    }
  }

  private async work({ urgent }: Work, taken: Taken): Promise<boolean> {
    const { application, connector, trial, endsAt } = taken;
    const { accounts, entitlement, members } = taken.batch;
    const deadlineMs = endsAt - performance.now();
    const way = { urgent, trial };
    const went = await Promise.all([
      this.accounts.run(application, connector, accounts, deadlineMs, way),
      entitlement === null || this.members.run(application, connector, entitlement, members, deadlineMs, way),
    ]);
    return went.every(Boolean);
  }

  /** The next batch, when the application may be worked on now. `trial`: it has just answered a probe, to this slice. */
  private async next(work: Work, trial: boolean): Promise<Next> {
    // From before the lease: however long the commit takes, the lease does not end before we think it does.
    const began = performance.now();
    return this.database.transaction(work.tenantId, async (tx): Promise<Next> => {
      const entered = await enterShard(tx, work);
      if (entered === null) return { kind: 'rest', ms: null };
      const { application, now } = entered;
      const rest = restOf(application, now);
      if (rest !== null && !(trial && rest.kind === 'quarantine'))
        return { kind: 'rest', ms: rest.until && rest.until.getTime() - now.getTime() };
      this.stopped.sawRunning(application.id, began);
      if (!trial && application.quarantinedUntil !== null) return this.claim(tx, application);
      return this.take(tx, work, application, trial, began);
    });
  }

  /** One slice of all workers probes; the others rest until it has. */
  private async claim(tx: Tx, application: Application): Promise<Next> {
    const claimed = await claimProbe(tx, application, this.leaseMs + PROBE_MS);
    return claimed ? { kind: 'probe', application } : { kind: 'rest', ms: this.leaseMs };
  }

  private async take(tx: Tx, work: Work, application: WorkedApplication, trial: boolean, began: number): Promise<Next> {
    const connector = this.connectors.of(application);
    // Long enough for one call that is given up, and for what the app may still do with it.
    const { settleMs } = connector.capabilities;
    const leaseMs = Math.max(this.leaseMs, 2 * settleMs + 2 * LEASE_MARGIN_MS);
    const room = trial ? TRIAL_ACCOUNTS : this.pacers.room(application, work.urgent, SLICE_MS);
    const batch = await takeBatch(tx, application, connector, { ...work, leaseMs, room });
    const isEmpty = batch.accounts.length === 0 && batch.entitlement === null;
    if (trial && isEmpty) await this.health.keep(tx, application, { kind: 'well' }, true);
    const endsAt = began + leaseMs - settleMs - LEASE_MARGIN_MS;
    return { kind: 'batch', application, connector, batch, trial, endsAt };
  }

  /** True: the application answers, and a few accounts may be tried. */
  private async probe(application: Application): Promise<boolean> {
    const failure = await probe(this.connectors.of(application), this.pacers.of(application, true));
    if (failure === null) return true;
    const verdict =
      failure instanceof Postponed
        ? ({ kind: 'pause', ms: failure.detail.retryAfterMs ?? 0 } as const)
        : ({ kind: 'quarantine', reason: failure.message } as const);
    await this.database.transaction(application.tenantId, (tx) => this.health.keep(tx, application, verdict));
    return false;
  }
}

const isDry = ({ batch: { isDry: noMore, entitlement } }: Taken): boolean => noMore && entitlement === null;
