import { Clock, createLog, Database, Metrics, Queues, readConfig } from '@tenure/platform';
import { LifecycleEvents } from '@tenure/journal';
import { ENTITIES } from '@tenure/schema';
import { environmentOf } from './configuration.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { emptyRedis } from './redis.js';
import { createTenant, type TestTenant } from './tenant.js';

/** A clock that moves when it is told to. */
export class TestClock extends Clock {
  constructor(private at = new Date()) {
    super();
  }

  now(): Date {
    return this.at;
  }

  moveTo(at: string | Date): void {
    this.at = new Date(at);
  }
}

/** The product's own door to a test's database. */
export const connect = (database: Pick<TestDatabase, 'appUrl' | 'ownerUrl'>): Promise<Database> =>
  Database.connect(
    readConfig(environmentOf(database, process.env.TEST_REDIS_URL ?? '')),
    createLog('spec', 'silent'),
    ENTITIES,
  );

/** What the libs stand on, without Nest: a database, queues and a clock. */
export interface TestPlatform {
  readonly sql: TestDatabase;
  readonly database: Database;
  readonly queues: Queues;
  readonly events: LifecycleEvents;
  readonly clock: TestClock;
  tenant(): Promise<TestTenant>;
  close(): Promise<void>;
}

export async function startTestPlatform(): Promise<TestPlatform> {
  const [sql, redisUrl] = await Promise.all([createTestDatabase(), emptyRedis()]);
  const database = await connect(sql);
  const queues = new Queues(redisUrl, createLog('spec', 'silent'), new Metrics());
  return {
    sql,
    database,
    queues,
    events: new LifecycleEvents(queues),
    clock: new TestClock(),
    tenant: () => createTenant(database),
    close: async () => {
      await database.close();
      await queues.close();
      await sql.drop();
    },
  };
}
