import { Clock, CONFIG, Database, LOG, type Config, type DefineWork, type HintData, type Log } from '@tenure/platform';
import { LIFECYCLE_QUEUE, LIFECYCLE_URGENT_QUEUE, LifecycleEvents, type LifecycleHint } from '@tenure/journal';
import { accessClock } from './recompute/access-clock.js';
import { behindIdentitiesTimer } from './recompute/behind-identities.js';
import { GatheredHints } from './recompute/gathered-hints.js';
import { policyClock } from './policy/policy-clock.js';
import { AccessWorker } from './recompute/recompute-access.js';
import { Recomputes } from './policy/recomputes.js';
import { requestClock } from './request/request-clock.js';

/** How many batches of people one worker computes at once. The urgent lane's are reserved: nothing else takes them. */
const AT_ONCE = 2;
/** How many hints of people are taken off a queue, to be processed together. */
const GATHERED_JOBS = 200;

/** What access does in the worker. */
export const WORK: DefineWork = (get) => {
  const [database, events, clock, log] = [get(Database), get(LifecycleEvents), get(Clock), get<Log>(LOG)];
  const [worker, recomputes] = [get(AccessWorker), get(Recomputes)];
  return {
    timers: [
      behindIdentitiesTimer(events, clock, get<Config>(CONFIG).sweepMs),
      accessClock(database, events, clock, log),
      policyClock(database, recomputes, clock, log),
      requestClock(database, clock, log),
    ],
    sliced: [recomputes.work],
    queues: [LIFECYCLE_QUEUE, LIFECYCLE_URGENT_QUEUE].map((queue) => {
      const gathered = new GatheredHints((hint) => worker.handle(hint), AT_ONCE);
      return { queue, concurrency: GATHERED_JOBS, handle: (hint: HintData) => gathered.handle(hint as LifecycleHint) };
    }),
  };
};
