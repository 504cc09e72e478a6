import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from './ids.js';
import { SlicedWork } from './sliced-work.js';
import { TenantTurns } from './tenant-turns.js';
import type { Queues } from './queues.js';
import { startTestPlatform, type TestPlatform } from '../../../test/support/platform.js';

/** What `npm test` cannot wait for: a work that never ends by itself. */
const ENDLESS = Number.POSITIVE_INFINITY;

describe('E12: long work', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startTestPlatform();
  });
  afterAll(() => platform.close());

  /** Works of so many slices each, on one process's places; hints come back to the tail as they do from the queue. */
  function company(slicesOf: ReadonlyMap<string, number>) {
    const left = new Map(slicesOf);
    const ended: string[] = [];
    const tail: { tenantId: string; id: string }[] = [];
    const queues = {
      hint: (_queue: string, { tenantId, id }: { tenantId: string; id: string }) =>
        Promise.resolve(void tail.push({ tenantId, id })),
    };
    const slice = async (id: string): Promise<boolean> => {
      // A slice of a file takes its time in PostgreSQL.
      await platform.sql.query('SELECT pg_sleep(0.02)');
      const now = (left.get(id) ?? 1) - 1;
      left.set(id, now);
      if (now <= 0) ended.push(id);
      return now > 0;
    };
    const work = new SlicedWork(platform.database, queues as unknown as Queues, {
      ...{ kind: 'spec', timer: 'spec', open: 'SELECT NULL::uuid AS tenant_id, NULL::uuid AS id WHERE false' },
      turn: ({ id }) => slice(id),
    });
    return { work, ended, tail };
  }

  it('gives its place back after its time, and goes to the tail', async () => {
    const [tenantId, id] = [newId(), newId()];
    const { work, ended, tail } = company(new Map([[id, ENDLESS]]));
    await work.run({ tenantId, id });
    expect(ended).toEqual([]);
    expect(tail).toEqual([{ tenantId, id }]);
  });

  it('of one tenant never keeps another tenant’s from beginning', async () => {
    const [many, one] = [newId(), newId()];
    const ids = [1, 2, 3, 4].map(() => newId());
    const small = newId();
    const { work, ended, tail } = company(new Map([...ids.map((id) => [id, ENDLESS] as const), [small, 1] as const]));
    const places = new TenantTurns({ slots: 4, perTenant: 3, slowMs: 1_500, lent: 8 });
    const offer = (tenantId: string, id: string) => places.offer(tenantId, id, () => work.run({ tenantId, id }));
    const running = ids.map((id) => offer(many, id));
    await offer(one, small);
    // Nothing of the four has given anything back yet.
    expect(tail).toEqual([]);
    expect(ended).toEqual([small]);
    await Promise.all(running);
    await places.close();
  });
});
