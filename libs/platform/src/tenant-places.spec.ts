import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NoPlace, TenantPlaces } from './tenant-places.js';

/** Work that lasts until it is let go, and who has begun so far. */
class Stage {
  readonly begun: string[] = [];
  private readonly ends = new Map<string, () => void>();

  constructor(readonly places: TenantPlaces) {}

  begin(name: string, tenantId = name.replace(/\d+$/, '')): Promise<void> {
    return this.places.run(tenantId, () => {
      this.begun.push(name);
      return new Promise<void>((resolve) => this.ends.set(name, resolve));
    });
  }

  /** Ends one, and lets everything happen that follows at once. */
  async end(name: string): Promise<void> {
    this.ends.get(name)?.();
    await new Promise(setImmediate);
  }
}
const LONG = 60_000;
const places = (total: number, each: number, waitMs = LONG): Stage =>
  new Stage(new TenantPlaces({ total, each, waitMs }));

describe('places that tenants share', () => {
  it('are left to others by a tenant that has its part', async () => {
    const stage = places(4, 2);
    const all = ['a1', 'a2', 'a3', 'a4', 'b1'].map((name) => stage.begin(name));
    expect(stage.begun).toEqual(['a1', 'a2', 'b1']);
    await stage.end('a1');
    expect(stage.begun).toEqual(['a1', 'a2', 'b1', 'a3']);
    for (const name of ['a2', 'b1', 'a3', 'a4']) await stage.end(name);
    await Promise.all(all);
    expect(stage.begun).toEqual(['a1', 'a2', 'b1', 'a3', 'a4']);
  });

  it('go to the tenant with the fewest, among equals to the one that has waited longest', async () => {
    const stage = places(2, 2);
    const all = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'].map((name) => stage.begin(name));
    await stage.end('a1');
    await stage.end('a2');
    expect(stage.begun).toEqual(['a1', 'a2', 'b1', 'a3']);
    await stage.end('b1');
    expect(stage.begun.at(-1)).toBe('c1');
    for (const name of ['a3', 'c1', 'b2']) await stage.end(name);
    await Promise.all(all);
  });

  it('are given back by work that fails', async () => {
    const { places: one } = places(1, 1);
    await expect(one.run('a', () => Promise.reject(new Error('of its own')))).rejects.toThrow('of its own');
    expect(await one.run('b', () => Promise.resolve(7))).toBe(7);
  });

  it('are not waited for longer than is said, and a place that comes later is nobody’s who has gone', async () => {
    const stage = places(1, 1, 20);
    const first = stage.begin('a1');
    await expect(stage.begin('b1')).rejects.toThrow(NoPlace);
    const last = stage.begin('c1');
    await stage.end('a1');
    expect(stage.begun).toEqual(['a1', 'c1']);
    await stage.end('c1');
    await Promise.all([first, last]);
  });

  it('are never more than there are, and everybody gets one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 }),
        async (total, each, tenants) => {
          const shared = new TenantPlaces({ total, each, waitMs: LONG });
          const now = new Map<string, number>();
          let most = 0;
          const work = async (tenantId: string): Promise<string> => {
            now.set(tenantId, (now.get(tenantId) ?? 0) + 1);
            most = Math.max(
              most,
              [...now.values()].reduce((sum, count) => sum + count, 0),
            );
            expect(now.get(tenantId)).toBeLessThanOrEqual(each);
            await new Promise(setImmediate);
            now.set(tenantId, (now.get(tenantId) ?? 1) - 1);
            return tenantId;
          };
          const done = await Promise.all(tenants.map((tenantId) => shared.run(tenantId, () => work(tenantId))));
          expect(done).toEqual(tenants);
          expect(most).toBeLessThanOrEqual(total);
        },
      ),
      { seed: 20_261_201, numRuns: 200 },
    );
  });
});
