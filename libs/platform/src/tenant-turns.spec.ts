import { describe, expect, it, jest } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import { TenantTurns } from './tenant-turns.js';

/** Works that end when the test says so; `began` tells in which order. */
class Bench {
  readonly began: string[] = [];
  private readonly ends = new Map<string, () => void>();
  readonly turns: TenantTurns;

  constructor(limits: Partial<ConstructorParameters<typeof TenantTurns>[0]> = {}) {
    this.turns = new TenantTurns({ slots: 4, perTenant: 3, slowMs: 60_000, lent: 2, ...limits });
  }

  offer(tenantId: string, ...keys: string[]): void {
    for (const key of keys) {
      void this.turns.offer(tenantId, key, () => {
        this.began.push(key);
        return new Promise((end) => this.ends.set(key, end));
      });
    }
  }

  async end(...keys: string[]): Promise<void> {
    for (const key of keys) {
      this.ends.get(key)?.();
      await setImmediate();
    }
  }
}

describe('TenantTurns', () => {
  it('gives one tenant at most its part, and another’s first a place at once', () => {
    const bench = new Bench();
    bench.offer('big', 'a', 'b', 'c', 'd', 'e');
    bench.offer('small', 'z');
    expect(bench.began).toEqual(['a', 'b', 'c', 'z']);
  });

  it('gives a place that becomes free to the tenant that has the fewest', async () => {
    const bench = new Bench();
    bench.offer('big', 'a', 'b', 'c', 'd', 'e');
    bench.offer('small', 'z', 'y');
    bench.offer('third', 't');
    await bench.end('a');
    expect(bench.began.slice(4)).toEqual(['t']);
    await bench.end('b');
    expect(bench.began.slice(5)).toEqual(['d']);
    await bench.end('c');
    expect(bench.began.slice(6)).toEqual(['y']);
  });

  it('lets one that is offered while it works begin again afterwards, once', async () => {
    const bench = new Bench();
    bench.offer('big', 'a', 'a', 'a');
    expect(bench.began).toEqual(['a']);
    await bench.end('a');
    expect(bench.began).toEqual(['a', 'a']);
    await bench.end('a');
    expect(bench.began).toEqual(['a', 'a']);
  });

  it('keeps one that waits once, however often it is offered', async () => {
    const bench = new Bench({ slots: 1, perTenant: 1 });
    bench.offer('big', 'a', 'b', 'b');
    await bench.end('a', 'b');
    expect(bench.began).toEqual(['a', 'b']);
  });

  it('gives away the places of those that wait for a slow application, but not all of them', () => {
    jest.useFakeTimers();
    try {
      const bench = new Bench({ slots: 3, perTenant: 3, slowMs: 1_000 });
      bench.offer('big', 'a', 'b', 'c', 'd', 'e', 'f');
      expect(bench.began).toEqual(['a', 'b', 'c']);
      jest.advanceTimersByTime(1_000);
      expect(bench.began).toEqual(['a', 'b', 'c', 'd', 'e']);
      jest.advanceTimersByTime(10_000);
      expect(bench.began).toEqual(['a', 'b', 'c', 'd', 'e']);
    } finally {
      jest.useRealTimers();
    }
  });

  it('goes on after one that failed, and tells whoever offered it', async () => {
    const bench = new Bench({ slots: 1, perTenant: 1 });
    const failed = bench.turns.offer('big', 'a', () => Promise.reject(new Error('no')));
    bench.offer('big', 'b');
    await expect(failed).rejects.toThrow('no');
    expect(bench.began).toEqual(['b']);
  });

  it('ends when what works has ended, and begins nothing more', async () => {
    const bench = new Bench({ slots: 1, perTenant: 1 });
    bench.offer('big', 'a', 'b');
    const closed = bench.turns.close();
    await bench.end('a');
    await closed;
    expect(bench.began).toEqual(['a']);
  });
});
