import { Database } from './database.js';

import { loggedReason, type Log } from './logging.js';
import { Queues } from './queues.js';

const TIMEOUT_MS = 1_500;
const DEPENDENCIES = ['postgres', 'redis'] as const;
type Dependency = (typeof DEPENDENCIES)[number];

export interface Health {
  /** `degraded`: what this process does goes on without the dependency that is down. */
  readonly status: 'ok' | 'degraded' | 'unavailable';
  /** `up`, or in general words why not; the log has the whole reason. */
  readonly dependencies: Readonly<Record<Dependency, string>>;
}

/** What of a process is asked, and which dependencies it cannot do without. */
export interface HealthQuestion {
  readonly database: Database;
  readonly queues: Queues;
  readonly log: Log;
  readonly needs: readonly Dependency[];
}

/** Asks each dependency, for a moment at most. */
export async function checkHealth({ database, queues, log, needs }: HealthQuestion): Promise<Health> {
  const [postgres, redis] = await Promise.all([
    ask('postgres', log, () => database.isReachable()),
    ask('redis', log, () => queues.isReachable()),
  ]);
  const dependencies = { postgres, redis };
  const down = DEPENDENCIES.filter((name) => dependencies[name] !== 'up');
  if (down.length === 0) return { status: 'ok', dependencies };
  return { status: down.some((name) => needs.includes(name)) ? 'unavailable' : 'degraded', dependencies };
}

async function ask(dependency: Dependency, log: Log, question: () => Promise<boolean>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, TIMEOUT_MS, 'down: no answer in time');
  });
  const answer = question().then(
    (up) => (up ? 'up' : 'down: not connected'),
    (error: unknown) => {
      log.warn({ event: 'health.dependency_down', dependency, reason: loggedReason(error) });
      return 'down: cannot be reached';
    },
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
