import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Worker } from 'bullmq';
import {
  Clock,
  CONFIG,
  consume,
  Database,
  LOG,
  newId,
  Queues,
  SYNC_QUEUE,
  TenantTurns,
  Timers,
  withContext,
  type Config,
  type HintData,
  type Log,
  type SlicedWork,
  type SliceHint,
  type Timer,
  type TurnLimits,
} from '@tenure/platform';
import {
  LIFECYCLE_QUEUE,
  LIFECYCLE_URGENT_QUEUE,
  LifecycleEvents,
  numberJournalEntries,
  type LifecycleHint,
} from '@tenure/journal';
import { Absences, dueIdentitiesTimer, Identities, Retirements, Schedules, Settlements } from '@tenure/identity';
import { forgetImportRows, forgetInboundEvents, Imports } from '@tenure/hrms-sync';
import { ConnectorRegistry, provisionQueue, WorkHints, type WorkHint } from '@tenure/applications';
import {
  accessClock,
  AccessWorker,
  behindIdentitiesTimer,
  GatheredHints,
  policyClock,
  Recomputes,
  requestClock,
} from '@tenure/access';
import {
  behindWorkTimer,
  BulkOrders,
  evidenceTimer,
  GroupPushes,
  heldItemsClock,
  HeldItems,
  leaveClock,
  provisionJobs,
  ProvisionWorker,
  Scans,
  waitingAccountsTimer,
} from '@tenure/provisioning';
import { forgetOldRequests, Refolding, Regrouping, silenceClock, unknownManagers } from '@tenure/scim';
import { certificateClock, forgetOldLogins, MetadataRefresh } from '@tenure/saml-jit';
import { forgetIdempotentAnswers, forgetOldSessions } from '@tenure/tenancy';

/** How much of each queue one worker works on at once. The urgent lanes' are reserved: nothing else takes them. */
const CONCURRENCY = { lifecycle: 2, urgent: 2 };
/**
 * Long work has places by tenant: one is always left for another tenant. A scan that waits for its application for longer
 * than a job lasts gives its place away.
 */
const SYNC: TurnLimits = { slots: 4, perTenant: 3, slowMs: 1_500, lent: 8 };
/** As many jobs as there are places, and enough to see which other tenants have work. */
const SYNC_JOBS = SYNC.slots + SYNC.lent + 16;
/** So many hints of people are taken off a queue, to be worked on together. */
const GATHERED_JOBS = 200;

/** Joins queues and timers to the libs that do the work. */
@Injectable()
export class Consumers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly workers: Worker[] = [];
  private readonly timers: Timers;
  private readonly sliced: readonly SlicedWork[];
  private readonly places = new TenantTurns(SYNC);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    @Inject(Database) private readonly database: Database,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LifecycleEvents) private readonly events: LifecycleEvents,
    @Inject(WorkHints) private readonly hints: WorkHints,
    @Inject(Identities) private readonly identities: Identities,
    @Inject(Settlements) settlements: Settlements,
    @Inject(Imports) imports: Imports,
    @Inject(Absences) absences: Absences,
    @Inject(Retirements) retirements: Retirements,
    @Inject(Regrouping) private readonly regrouping: Regrouping,
    @Inject(Refolding) refolding: Refolding,
    @Inject(Schedules) private readonly schedules: Schedules,
    @Inject(Recomputes) private readonly recomputes: Recomputes,
    @Inject(AccessWorker) private readonly access: AccessWorker,
    @Inject(ProvisionWorker) private readonly provisioning: ProvisionWorker,
    @Inject(BulkOrders) orders: BulkOrders,
    @Inject(GroupPushes) pushes: GroupPushes,
    @Inject(HeldItems) private readonly heldItems: HeldItems,
    @Inject(Scans) private readonly scans: Scans,
    @Inject(MetadataRefresh) private readonly metadata: MetadataRefresh,
    @Inject(ConnectorRegistry) private readonly connectors: ConnectorRegistry,
    @Inject(Queues) private readonly queues: Queues,
  ) {
    this.timers = new Timers(database, log);
    this.sliced = [
      imports,
      recomputes,
      settlements,
      absences,
      retirements,
      regrouping,
      refolding,
      orders,
      pushes,
      scans,
    ].map(({ work }) => work);
  }

  onApplicationBootstrap(): void {
    this.consumePeople(LIFECYCLE_QUEUE, CONCURRENCY.lifecycle);
    this.consumePeople(LIFECYCLE_URGENT_QUEUE, CONCURRENCY.urgent);
    this.consume<SliceHint>(SYNC_QUEUE, SYNC_JOBS, (hint) =>
      this.places.offer(hint.tenantId, `${hint.kind}|${hint.id}`, () => this.slice(hint)),
    );
    for (const kind of this.connectors.kinds()) {
      for (const urgent of [false, true]) {
        this.consume<WorkHint>(provisionQueue(kind, urgent), provisionJobs(urgent), (hint) =>
          this.provisioning.handle({ ...hint, connector: kind, urgent }),
        );
      }
    }
    this.timers.start(this.looks());
    this.log.info({ event: 'worker.ready' });
  }

  /** What this process looks at again and again. */
  looks(): Timer[] {
    const { sweepMs } = this.config;
    return [
      behindIdentitiesTimer(this.events, this.clock, sweepMs),
      accessClock(this.database, this.events, this.clock, this.log),
      policyClock(this.database, this.recomputes, this.clock, this.log),
      requestClock(this.database, this.clock, this.log),
      behindWorkTimer(this.hints, sweepMs),
      heldItemsClock(this.database, this.heldItems, this.clock, this.log),
      evidenceTimer(this.database, this.clock),
      this.scans.clockTimer(),
      waitingAccountsTimer(this.hints, 1_000),
      leaveClock(this.hints, this.clock, 1_000),
      ...this.sliced.map((work) => work.timer()),
      this.schedules.timer(),
      dueIdentitiesTimer(this.database, this.identities, () => this.clock.now(), this.log),
      numberJournalEntries,
      this.metadata.timer(),
      certificateClock(this.database, this.clock, this.log),
      forgetOldLogins,
      forgetOldSessions,
      forgetOldRequests,
      ...[forgetInboundEvents, forgetImportRows, forgetIdempotentAnswers].map((forget) =>
        forget(this.database, this.clock, this.log),
      ),
      silenceClock(this.database, this.clock, this.log),
      unknownManagers(this.database, this.regrouping, this.clock, this.log),
    ];
  }

  /** Nest closes database and Redis in the next phase: a job that is finished later could not be completed. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.timers.stop();
    const ms = (await this.queues.answers()) ? LAST_JOBS_MS.redisAnswers : LAST_JOBS_MS.redisIsSilent;
    await Promise.all(this.workers.map((worker) => closeWithin(worker, ms)));
    await this.places.close();
    await this.provisioning.close();
  }

  private async slice(hint: SliceHint): Promise<void> {
    const work = this.sliced.find(({ kind }) => kind === hint.kind);
    // A newer worker's work: its timer announces it again to those who know it.
    if (work === undefined) this.log.warn({ event: 'sync.kind_unknown', kind: hint.kind });
    await work?.run(hint);
  }

  private consumePeople(queue: string, atOnce: number): void {
    const gathered = new GatheredHints((hint) => this.access.handle(hint), atOnce);
    this.consume<LifecycleHint>(queue, GATHERED_JOBS, (hint) => gathered.handle(hint));
  }

  private consume<T extends HintData>(queue: string, concurrency: number, handle: (data: T) => Promise<void>): void {
    const options = { redisUrl: this.config.redisUrl.reveal(), queue, concurrency, log: this.log };
    this.workers.push(
      consume<T>(options, (data, jobId) =>
        withContext({ requestId: data.requestId ?? newId(), jobId }, () => handle(data)),
      ),
    );
  }
}

/** How long (ms) a graceful stop waits for jobs that are under way, and how long when Redis is silent. */
const LAST_JOBS_MS = { redisAnswers: 25_000, redisIsSilent: 4_000 };

/** Closes a worker. Its jobs are hints: what is not finished in time is still behind, and is announced again. */
async function closeWithin(worker: Worker, ms: number): Promise<void> {
  const closed = worker.close().catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late');
  });
  if ((await Promise.race([closed, late])) === 'late') void worker.disconnect().catch(() => undefined);
  clearTimeout(timer);
}
