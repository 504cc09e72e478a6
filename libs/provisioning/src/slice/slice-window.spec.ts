import { describe, expect, it } from '@jest/globals';
import type { EndedTurn, Standing } from './account-slice.js';
import { SliceWindow } from './slice-window.js';
import { WINDOW } from '../backlog/take-batch.js';

interface Open {
  readonly end: (isThrough?: boolean) => void;
  readonly fail: (error: Error) => void;
}

/** A window whose accounts end when they are told to, and what was written together. */
function stage({ trial = false, goOn = true } = {}): {
  window: SliceWindow;
  written: { ids: string[]; standing: Standing }[];
  begin: (id: string, leaseEndsAt?: number) => Open;
} {
  const written: { ids: string[]; standing: Standing }[] = [];
  const accounts = {
    end: (ended: readonly EndedTurn[], _: unknown, standing: Standing): Promise<boolean> => {
      written.push({ ids: ended.map(({ turn }) => turn.account.id), standing });
      return Promise.resolve(goOn);
    },
  };
  const window = new SliceWindow(accounts, { urgent: false, trial });
  const begin = (id: string, leaseEndsAt = 1_000): Open => {
    let open: Open | undefined;
    const turn = new Promise<EndedTurn>((resolve, reject) => {
      const ended = (isThrough: boolean) => ({ turn: { account: { id } }, isThrough }) as EndedTurn;
      open = { end: (isThrough = true) => resolve(ended(isThrough)), fail: reject };
    });
    window.addAccount(id, leaseEndsAt, turn);
    if (open === undefined) throw new Error('a promise begins at once');
    return open;
  };
  return { window, written, begin };
}

describe('what a slice has under way', () => {
  it('is written as it ends, and gives its places to others: one that takes long keeps nobody waiting', async () => {
    const { window, written, begin } = stage();
    const [slow, ...quick] = ['slow', 'a', 'b'].map((id) => begin(id));
    for (const { end } of quick) end();
    await window.some();
    expect(written.map(({ ids }) => ids)).toEqual([['a', 'b']]);
    expect(window.free).toBe(WINDOW - 1);
    slow?.end();
    await expect(window.drain()).resolves.toBe(true);
    expect(written[1]?.ids).toEqual(['slow']);
    expect(window.free).toBe(WINDOW);
  });

  it('is judged with what got through before it, and leaves time for the earliest lease', async () => {
    const { window, written, begin } = stage();
    const slow = begin('slow', 500);
    begin('a').end();
    await window.some();
    begin('b', 2_000).end(false);
    await window.some();
    slow.end();
    await window.drain();
    begin('c', 3_000).end();
    await window.drain();
    expect(written.map(({ standing }) => standing)).toEqual([
      { leaseEndsAt: 500, throughBefore: 0 },
      { leaseEndsAt: 500, throughBefore: 1 },
      { leaseEndsAt: 500, throughBefore: 1 },
      { leaseEndsAt: 3_000, throughBefore: 2 },
    ]);
  });

  it('is judged by the last accounts only', async () => {
    const { window, written, begin } = stage();
    begin('a').end();
    await window.drain();
    for (let i = 0; i < WINDOW; i++) begin(`b${i}`).end(false);
    await window.drain();
    expect(written[1]?.standing.throughBefore).toBe(0);
  });

  it('is written as a whole when it is a trial', async () => {
    const { window, written, begin } = stage({ trial: true });
    const [first, second] = ['a', 'b'].map((id) => begin(id));
    first?.end(false);
    const drained = window.drain();
    // Longer than what is written together may be apart: there is nothing else to wait for.
    await new Promise((resolve) => setTimeout(resolve, 50));
    second?.end();
    await drained;
    expect(written.map(({ ids }) => ids)).toEqual([['a', 'b']]);
  });

  it('tells once that the application may rest: by its accounts, or by the members', async () => {
    const { window, begin } = stage({ goOn: false });
    begin('a').end();
    await expect(window.drain()).resolves.toBe(false);
    await expect(window.drain()).resolves.toBe(true);
    window.addMembers(Promise.resolve(false));
    expect(window.hasMembers).toBe(true);
    await expect(window.drain()).resolves.toBe(false);
    expect(window.hasMembers).toBe(false);
  });

  it('is written to the end also when something fails, and the failure is told', async () => {
    const { window, written, begin } = stage();
    const [bad, good] = ['bad', 'good'].map((id) => begin(id));
    bad?.fail(new Error('no database'));
    const closed = expect(window.close()).rejects.toThrow('no database');
    good?.end();
    await closed;
    expect(written.flatMap(({ ids }) => ids)).toEqual(['good']);
  });
});
