import { Database, type Log, type Tx, loggedReason } from '@tenure/platform';
import { restOf, WorkHints, type Application, type Work } from '@tenure/applications';
import type { Connector } from '@tenure/connectors';
import { AccountSlice } from './account-slice.js';
import { probe } from '../health/application-health.js';
import { Postponed } from '../attempt/attempt.js';
import { HealthRecords } from '../health/health-records.js';
import { MemberSlice } from './member-slice.js';
import { OpenConnectors } from '../attempt/open-connectors.js';
import { Pacers } from '../pace/pacers.js';
import { SliceWindow } from './slice-window.js';
import { CallPermissions } from '../attempt/call-permissions.js';
import {
  claimProbe,
  enterShard,
  seatsOf,
  takeBatch,
  WINDOW,
  type Batch,
  type WorkedApplication,
} from '../backlog/take-batch.js';
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
/** So often (ms) other workers are asked to help where the application takes more than one window. */
const ASK_MS = 200;
/** So much later (ms) a slice is begun again that found all places of its application taken. */
const LOOK_AGAIN_MS = 100;
/** How long (ms) a probe keeps others away, besides the lease of the trial that follows. */
const PROBE_MS = 6_000;

interface Taken {
  readonly kind: 'batch';
  readonly application: WorkedApplication;
  readonly connector: Connector;
  readonly batch: Batch;
  /** When the last call must have ended, on the process's own clock. */
  readonly endsAt: number;
  /** From before the lease, which saw every switch that may stop calls. */
  readonly seenAt: number;
}

type Next =
  | Taken
  /** Nothing may be sent for so long; null: until it is announced. */
  | { readonly kind: 'rest'; readonly ms: number | null }
  | { readonly kind: 'probe'; readonly application: Application };

/** One slice of an application's work: what is behind and due, most urgent first, as places become free. */
export class ProvisionSlice {
  constructor(
    private readonly database: Database,
    private readonly connectors: OpenConnectors,
    private readonly accounts: AccountSlice,
    private readonly members: MemberSlice,
    private readonly health: HealthRecords,
    private readonly pacers: Pacers,
    private readonly permissions: CallPermissions,
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
      this.log.error({ event: 'slice.failed', applicationId: work.applicationId, reason: loggedReason(error) });
    }
  }

  private async slice(work: Work): Promise<void> {
    const window = new SliceWindow(this.accounts, { urgent: work.urgent, trial: false });
    try {
      await this.fill(work, window);
    } finally {
      await window.close();
    }
  }

  private async fill(work: Work, window: SliceWindow): Promise<void> {
    const began = performance.now();
    const askForHelp = this.asking(work);
    let worked = 0;
    for (;;) {
      while (window.free === 0) await window.some();
      const next = await this.nextBatch(work, window);
      if (next === null) return;
      if (next === 'look again') continue;
      this.begin(next, window);
      this.share(work, next, window, askForHelp);
      worked += next.batch.accounts.length + next.batch.members.length;
      const isOver = worked >= SLICE_UNITS || performance.now() - began > SLICE_MS;
      // A shard that is dry is left: whatever comes now brings its own hint.
      if (!isOver && !isDry(next, window)) await window.some();
      else if (await window.drain()) return isOver ? this.hints.now(work) : undefined;
    }
  }

  /** There is more than this slice can take: others help, or (they have all that the limit allows) it looks again later. */
  private share(
    work: Work,
    { application, batch }: Taken,
    window: SliceWindow,
    askForHelp: (application: WorkedApplication) => void,
  ): void {
    if (batch.isDry) return;
    if (window.free === 0) askForHelp(application);
    if (window.free === WINDOW) this.wakes.after(work, LOOK_AGAIN_MS);
  }

  /** Hints for the other seats of the shard: whoever works on it already leaves them, and another worker takes one. */
  private asking(work: Work): (application: WorkedApplication) => void {
    let askedAt = -Infinity;
    return (application) => {
      if (performance.now() - askedAt < ASK_MS) return;
      askedAt = performance.now();
      for (let seat = 0; seat < seatsOf(application); seat++)
        if (seat !== (work.seat ?? 0)) void this.hints.now({ ...work, seat });
    };
  }

  /** Null: the application rests, and the slice goes on when it does. */
  private async nextBatch(work: Work, window: SliceWindow): Promise<Taken | 'look again' | null> {
    const waitMs = this.pacers.waitMs(work.applicationId, work.urgent);
    const next = waitMs > WORTH_WAITING_MS ? { kind: 'rest' as const, ms: waitMs } : await this.next(work, window);
    if (next.kind === 'batch') return next;
    if (next.kind === 'rest') {
      if (next.ms !== null) this.wakes.after(work, next.ms);
      return null;
    }
    if ((await window.drain()) && (await this.probe(next.application))) await this.try(work);
    return 'look again';
  }

  /** A few accounts of an application that has just answered its probe, to this slice: they tell together whether it is well. */
  private async try(work: Work): Promise<void> {
    const window = new SliceWindow(this.accounts, { urgent: work.urgent, trial: true });
    try {
      const next = await this.next(work, window);
      if (next.kind === 'batch') this.begin(next, window);
    } finally {
      await window.close();
    }
  }

  private begin({ application, connector, batch, endsAt, seenAt }: Taken, window: SliceWindow): void {
    const deadlineMs = endsAt - performance.now();
    const { way } = window;
    const time = { deadlineMs, seenAt };
    const leaseEndsAt = endsAt + connector.capabilities.settleMs;
    for (const account of batch.accounts) {
      const turn = this.accounts.begin(application, connector, account, time, way);
      window.addAccount(account.id, leaseEndsAt, turn);
    }
    const { entitlement, members } = batch;
    if (entitlement !== null)
      window.addMembers(this.members.run(application, connector, entitlement, members, time, way));
  }

  /** The next batch, when the application may be worked on now, or tried because it has just answered a probe. */
  private async next(work: Work, window: SliceWindow): Promise<Next> {
    const { trial } = window.way;
    // From before the lease: however long the commit takes, the lease does not end before we think it does.
    const began = performance.now();
    return this.database.transaction(work.tenantId, async (tx): Promise<Next> => {
      const entered = await enterShard(tx, work);
      if (entered === null) return { kind: 'rest', ms: null };
      const { application, now } = entered;
      const rest = restOf(application, now);
      if (rest !== null && !(trial && rest.kind === 'quarantine'))
        return { kind: 'rest', ms: rest.until && rest.until.getTime() - now.getTime() };
      if (!trial && application.quarantinedUntil !== null) return this.claim(tx, application);
      return this.take(tx, work, application, window, began);
    });
  }

  /** One slice of all workers probes; the others rest until it has. */
  private async claim(tx: Tx, application: Application): Promise<Next> {
    const claimed = await claimProbe(tx, application, this.leaseMs + PROBE_MS);
    return claimed ? { kind: 'probe', application } : { kind: 'rest', ms: this.leaseMs };
  }

  private async take(
    tx: Tx,
    work: Work,
    application: WorkedApplication,
    window: SliceWindow,
    began: number,
  ): Promise<Next> {
    const { trial } = window.way;
    const connector = this.connectors.of(application);
    // Long enough for one call that is given up, and for what the app may still do with it.
    const { settleMs } = connector.capabilities;
    const leaseMs = Math.max(this.leaseMs, 2 * settleMs + 2 * LEASE_MARGIN_MS);
    const room = trial ? TRIAL_ACCOUNTS : Math.min(window.free, this.pacers.room(application, work.urgent, SLICE_MS));
    const batch = await takeBatch(tx, application, connector, { ...work, leaseMs, room, members: !window.hasMembers });
    const isEmpty = batch.accounts.length === 0 && batch.entitlement === null;
    if (trial && isEmpty) await this.health.keep(tx, application, { kind: 'well' }, true);
    const endsAt = began + leaseMs - settleMs - LEASE_MARGIN_MS;
    return { kind: 'batch', application, connector, batch, endsAt, seenAt: began };
  }

  /** True: the application answers, and a few accounts may be tried. */
  private async probe(application: Application): Promise<boolean> {
    const mayCall = this.permissions.of({ application, accountIds: [], reads: true }, -Infinity);
    const failure = await probe(this.connectors.of(application), this.pacers.of(application, true), mayCall);
    if (failure === null) return true;
    const verdict =
      failure instanceof Postponed
        ? ({ kind: 'pause', ms: failure.detail.retryAfterMs ?? 0 } as const)
        : ({ kind: 'quarantine', reason: failure.message } as const);
    await this.database.transaction(application.tenantId, (tx) => this.health.keep(tx, application, verdict));
    return false;
  }
}

/** Nothing is left to lease; or others have all that the limit allows, and go on with the rest. */
const isDry = ({ batch: { isDry: noMore } }: Taken, { hasMembers, free }: SliceWindow): boolean =>
  (noMore || free === WINDOW) && !hasMembers;
