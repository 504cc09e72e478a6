import { Clock, CONFIG, Database, LOG, type Config, type DefineWork, type HintData, type Log } from '@tenure/platform';
import { ConnectorRegistry, provisionQueue, WorkHints, type WorkHint } from '@tenure/applications';
import { behindWorkTimer } from './backlog/behind-work.js';
import { BulkOrders } from './orders/bulk-orders.js';
import { GroupPushes } from './group-push/group-pushes.js';
import { HeldItems } from './budget/held-items.js';
import { heldItemsClock } from './budget/held-items-clock.js';
import { evidenceTimer } from './evidence/keep-evidence.js';
import { leaveClock } from './offboarding/leave-clock.js';
import { provisionJobs, ProvisionWorker } from './slice/provision-worker.js';
import { Scans } from './drift/scans.js';
import { waitingAccountsTimer } from './backlog/wait-for-others.js';

/** What provisioning does in the worker: a pair of queues for each kind of connector. */
export const WORK: DefineWork = (get) => {
  const [database, hints, clock, log] = [get(Database), get(WorkHints), get(Clock), get<Log>(LOG)];
  const [worker, scans] = [get(ProvisionWorker), get(Scans)];
  return {
    timers: [
      behindWorkTimer(hints, get<Config>(CONFIG).sweepMs),
      heldItemsClock(database, get(HeldItems), clock, log),
      evidenceTimer(database, clock),
      scans.clockTimer(),
      waitingAccountsTimer(hints, 1_000),
      leaveClock(hints, clock, 1_000),
    ],
    sliced: [get(BulkOrders).work, get(GroupPushes).work, scans.work],
    queues: get(ConnectorRegistry)
      .kinds()
      .flatMap((connector) =>
        [false, true].map((urgent) => ({
          queue: provisionQueue(connector, urgent),
          concurrency: provisionJobs(urgent),
          handle: (hint: HintData) => worker.handle({ ...(hint as WorkHint), connector, urgent }),
        })),
      ),
    close: () => worker.close(),
  };
};
