import { describe, expect, it } from '@jest/globals';
import { currentContext } from '@tenure/platform';
import type { LifecycleHint } from '@tenure/journal';
import { GatheredHints } from './gathered-hints.js';

const hint = (tenantId: string, identityIds: string[], requestId?: string): LifecycleHint => ({
  tenantId,
  identityIds,
  ...(requestId !== undefined && { requestId }),
});
const people = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

/** Work that ends when it is let go, and what it was given. */
function stage(atOnce = 1): {
  hints: GatheredHints;
  worked: { tenantId: string; ids: readonly string[]; requestId: string | undefined }[];
  letGo: (error?: Error) => Promise<void>;
} {
  const worked: { tenantId: string; ids: readonly string[]; requestId: string | undefined }[] = [];
  const open: { go: () => void; fail: (error: Error) => void }[] = [];
  const hints = new GatheredHints(({ tenantId, identityIds: ids }) => {
    worked.push({ tenantId, ids, requestId: currentContext()?.requestId });
    return new Promise((go, fail) => void open.push({ go, fail }));
  }, atOnce);
  const letGo = async (error?: Error): Promise<void> => {
    const first = open.shift();
    if (error) first?.fail(error);
    else first?.go();
    await new Promise(setImmediate);
  };
  return { hints, worked, letGo };
}

describe('hints that are gathered', () => {
  it('begin at once while there is a place', () => {
    const { hints, worked } = stage(2);
    void hints.handle(hint('t', ['a']));
    void hints.handle(hint('t', ['b']));
    void hints.handle(hint('t', ['c']));
    expect(worked.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
  });

  it('are worked on together, each person once, when they came while others were', async () => {
    const { hints, worked, letGo } = stage();
    const ended = [['a'], ['b'], ['c'], ['b', 'd']].map((ids) => hints.handle(hint('t', ids)));
    await letGo();
    await letGo();
    await Promise.all(ended);
    expect(worked.map(({ ids }) => ids)).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('name no more people than one hint may, unless one of them does', async () => {
    const { hints, worked, letGo } = stage();
    for (const ids of [['a'], people(150, 'b'), people(50, 'c'), ['d'], people(300, 'e')])
      void hints.handle(hint('t', ids));
    for (let i = 0; i < 3; i++) await letGo();
    expect(worked.map(({ ids }) => ids.length)).toEqual([1, 200, 1, 300]);
  });

  it('let one tenant follow the other', async () => {
    const { hints, worked, letGo } = stage();
    for (const ids of [['a'], people(200, 'b'), people(200, 'c')]) void hints.handle(hint('crowd', ids));
    void hints.handle(hint('small', ['x']));
    for (let i = 0; i < 3; i++) await letGo();
    expect(worked.map(({ tenantId }) => tenantId)).toEqual(['crowd', 'crowd', 'small', 'crowd']);
  });

  it('fail each by itself: one bad person takes nobody along', async () => {
    const { hints, worked, letGo } = stage();
    const first = hints.handle(hint('t', ['a']));
    const good = hints.handle(hint('t', ['b']));
    const bad = expect(hints.handle(hint('t', ['c']))).rejects.toThrow('c is bad');
    await letGo();
    await letGo(new Error('c is bad'));
    await letGo();
    await letGo(new Error('c is bad'));
    await Promise.all([first, good, bad]);
    expect(worked.map(({ ids }) => ids)).toEqual([['a'], ['b', 'c'], ['b'], ['c']]);
  });

  it('keep the request that they follow from, and take a new one when they follow from several', async () => {
    const { hints, worked, letGo } = stage();
    const said: [string, string][] = [
      ['a', 'r1'],
      ['b', 'r2'],
      ['c', 'r2'],
    ];
    for (const [id, requestId] of said) void hints.handle(hint('t', [id], requestId));
    await letGo();
    for (const [id, requestId] of said) void hints.handle(hint('t', [id], requestId));
    await letGo();
    expect(worked.slice(0, 2).map(({ requestId }) => requestId)).toEqual(['r1', 'r2']);
    expect(['r1', 'r2']).not.toContain(worked[2]?.requestId);
  });
});
