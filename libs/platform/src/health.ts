import { Database } from './database.js';
import { messageOf } from './errors.js';
import { Queues } from './queues.js';

const TIMEOUT_MS = 1_000;

export interface Health {
  readonly status: 'ok' | 'unavailable';
  /** `up`, or why not. */
  readonly dependencies: Readonly<Record<'postgres' | 'redis', string>>;
}

/** Asks each dependency, for at most a second. */
export async function checkHealth(database: Database, queues: Queues): Promise<Health> {
  const [postgres, redis] = await Promise.all([
    ask(async () => (await database.dataSource.query('SELECT 1')) !== undefined),
    ask(() => queues.isReachable()),
  ]);
  return { status: postgres === 'up' && redis === 'up' ? 'ok' : 'unavailable', dependencies: { postgres, redis } };
}

async function ask(question: () => Promise<boolean>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, TIMEOUT_MS, 'down: no answer in time');
  });
  const answer = question().then(
    (up) => (up ? 'up' : 'down'),
    (error: unknown) => `down: ${messageOf(error)}`,
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
