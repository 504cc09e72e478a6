import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService, ModuleRef } from '@nestjs/core';
import type { Worker } from 'bullmq';
import {
  CONFIG,
  consume,
  Database,
  joinWork,
  LOG,
  newId,
  Queues,
  SlicedWork,
  SYNC_QUEUE,
  TenantTurns,
  Timers,
  withContext,
  type Config,
  type DefineWork,
  type HintData,
  type JoinedWork,
  type Log,
  type QueueWork,
  type Resolve,
  type SliceHint,
  type Timer,
  type TurnLimits,
} from '@tenure/platform';
import { WORK as ACCESS } from '@tenure/access';
import { WORK as HRMS_SYNC } from '@tenure/hrms-sync';
import { WORK as IDENTITY } from '@tenure/identity';
import { WORK as JOURNAL } from '@tenure/journal';
import { WORK as PROVISIONING } from '@tenure/provisioning';
import { WORK as SAML_JIT } from '@tenure/saml-jit';
import { WORK as SCIM } from '@tenure/scim';
import { WORK as TENANCY } from '@tenure/tenancy';

const WORKS: readonly DefineWork[] = [ACCESS, PROVISIONING, IDENTITY, HRMS_SYNC, SCIM, SAML_JIT, JOURNAL, TENANCY];

/**
 * Long work has places by tenant: one is always left for another tenant. A scan that waits for its application for longer
 * than a job lasts gives its place away.
 */
const SYNC: TurnLimits = { slots: 4, perTenant: 3, slowMs: 1_500, lent: 8 };
/** As many jobs as there are places, and enough to see which other tenants have work. */
const SYNC_JOBS = SYNC.slots + SYNC.lent + 16;

/** Runs the queues and timers of all libs. */
@Injectable()
export class Consumers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly workers: Worker[] = [];
  private readonly timers: Timers;
  private readonly places = new TenantTurns(SYNC);
  private joined: JoinedWork | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    @Inject(Database) database: Database,
    @Inject(Queues) private readonly queues: Queues,
    @Inject(ModuleRef) private readonly providers: ModuleRef,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
  ) {
    this.timers = new Timers(database, log);
  }

  onApplicationBootstrap(): void {
    const { queues, timers } = this.work();
    for (const one of queues) this.consume(one);
    this.consume({
      queue: SYNC_QUEUE,
      concurrency: SYNC_JOBS,
      handle: (hint) => {
        const { tenantId, kind, id } = hint as SliceHint;
        return this.places.offer(tenantId, `${kind}|${id}`, () => this.slice(hint as SliceHint));
      },
    });
    this.timers.start(timers);
    this.log.info({ event: 'worker.ready' });
  }

  /** What this process looks at again and again. */
  looks(): readonly Timer[] {
    return this.work().timers;
  }

  /** Nest closes database and Redis in the next phase: a job that is finished later could not be completed. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.timers.stop();
    const ms = (await this.queues.answers()) ? LAST_JOBS_MS.redisAnswers : LAST_JOBS_MS.redisIsSilent;
    await Promise.all(this.workers.map((worker) => closeWithin(worker, ms)));
    await this.places.close();
    await this.joined?.close();
  }

  private work(): JoinedWork {
    const get: Resolve = (token) => this.providers.get(token, { strict: false });
    this.joined ??= joinWork(
      WORKS.map((define) => define(get)),
      this.announced(),
    );
    return this.joined;
  }

  /** The sliced work of every provider of this process. */
  private announced(): SlicedWork[] {
    return this.discovery.getProviders().flatMap(({ instance }) => {
      const work: unknown = (instance as { readonly work?: unknown } | null | undefined)?.work;
      return work instanceof SlicedWork ? [work] : [];
    });
  }

  private async slice(hint: SliceHint): Promise<void> {
    const work = this.work().sliced.get(hint.kind);
    // A newer worker's work: its timer announces it again to those who know it.
    if (work === undefined) this.log.warn({ event: 'sync.kind_unknown', kind: hint.kind });
    await work?.run(hint);
  }

  private consume({ queue, concurrency, handle }: QueueWork): void {
    const options = { redisUrl: this.config.redisUrl.reveal(), queue, concurrency, log: this.log };
    this.workers.push(
      consume<HintData>(options, (data, jobId) =>
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
