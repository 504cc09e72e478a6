import { Queue, Worker, type Job, type JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { loggedReason, type Log } from './logging.js';
import { connectRedis } from './redis.js';
import type { Metrics } from './metrics.js';
import { messageOf } from './errors.js';
import { currentContext } from './request-context.js';

const PREFIX = 'tenure';
/** After this long a hint is given up: the timers will find the work. */
const HINT_TIMEOUT_MS = 2_000;
/** A job is a hint: it never throws, is never delayed and leaves nothing behind, or its deduplication id would block the next one. */
const HINT_OPTIONS: JobsOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };

/** One hash tag per queue, so that queues spread over a Redis Cluster and the keys of one stay together. */
const tagged = (name: string): string => `{${name}}`;

/** The queue of long work that goes slice by slice with a cursor in PostgreSQL. */
export const SYNC_QUEUE = 'sync';

export interface HintData {
  readonly requestId?: string;
}

/** Sends hints to BullMQ queues. Truth is in PostgreSQL, so a hint that is lost costs time and nothing else. */
export class Queues {
  private readonly queues = new Map<string, Queue>();
  private readonly redis: Redis;

  constructor(
    redisUrl: string,
    private readonly log: Log,
    private readonly metrics: Metrics,
  ) {
    this.redis = connectRedis(redisUrl, log);
  }

  /** With `once`, at most one waiting and one active job of that id exist (and no hint during a run is lost). */
  async hint(queue: string, data: HintData, once?: string): Promise<void> {
    if (this.redis.status !== 'ready' && this.redis.status !== 'connecting' && this.redis.status !== 'connect') {
      this.lost(queue, 'redis is not connected');
      return;
    }
    const options =
      once === undefined ? HINT_OPTIONS : { ...HINT_OPTIONS, deduplication: { id: once, keepLastIfActive: true } };
    const requestId = currentContext()?.requestId;
    const added = this.open(queue).add('hint', requestId === undefined ? data : { ...data, requestId }, options);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, HINT_TIMEOUT_MS, 'late');
    });
    try {
      if ((await Promise.race([added, late])) === 'late') {
        added.catch((error: unknown) => this.lost(queue, messageOf(error)));
        this.lost(queue, 'redis did not answer in time');
      }
    } catch (error) {
      this.lost(queue, messageOf(error));
    } finally {
      clearTimeout(timer);
    }
  }

  async isReachable(): Promise<boolean> {
    if (this.redis.status !== 'ready') return false;
    await this.redis.ping();
    return true;
  }

  /** Whether Redis answers within a second. */
  async answers(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, 1_000, false);
    });
    return Promise.race([this.isReachable().catch(() => false), late]).finally(() => clearTimeout(timer));
  }

  async close(): Promise<void> {
    const closed = Promise.allSettled([...this.queues.values()].map((queue) => queue.close()));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([closed, new Promise((resolve) => (timer = setTimeout(resolve, HINT_TIMEOUT_MS)))]);
    clearTimeout(timer);
    this.redis.disconnect();
  }

  private open(name: string): Queue {
    const existing = this.queues.get(name);
    if (existing) return existing;
    const queue = new Queue(tagged(name), { connection: this.redis, prefix: PREFIX });
    queue.on('error', (error) => this.log.debug({ event: 'queue.error', queue: name, reason: error.message }));
    this.queues.set(name, queue);
    return queue;
  }

  private lost(queue: string, reason: string): void {
    this.metrics.hintsLost.inc();
    this.log.warn({ event: 'hint.not_sent', queue, reason });
  }
}

export interface ConsumerOptions {
  readonly redisUrl: string;
  readonly queue: string;
  readonly concurrency: number;
  readonly log: Log;
}

/** Consumes one queue's hints. What `handle` throws is logged: the work is still behind, and is announced again. */
export function consume<T extends HintData>(
  options: ConsumerOptions,
  handle: (data: T, jobId: string) => Promise<void>,
): Worker {
  const connection = connectRedis(options.redisUrl, options.log);
  const worker = new Worker<T>(
    tagged(options.queue),
    async (job: Job<T>) => {
      try {
        await handle(job.data, job.id ?? '');
      } catch (error) {
        options.log.error({ event: 'job.failed', queue: options.queue, jobId: job.id, reason: loggedReason(error) });
      }
    },
    {
      connection,
      prefix: PREFIX,
      concurrency: options.concurrency,
      // Measured: a killed worker's job is taken over after 3.1 s; with the defaults it is 60 s.
      lockDuration: 3_000,
      stalledInterval: 1_000,
      maxStalledCount: 1_000,
      drainDelay: 1,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
  );
  worker.on('error', (error) =>
    options.log.debug({ event: 'worker.error', queue: options.queue, reason: error.message }),
  );
  // BullMQ closes only the connections that it opened itself.
  worker.once('closed', () => connection.disconnect());
  return worker;
}
