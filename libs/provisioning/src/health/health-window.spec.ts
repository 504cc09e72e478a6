import { describe, expect, it } from '@jest/globals';
import { countIn, isFailing, lastMinute, WINDOW_MS, type HealthWindow } from './health-window.js';

const T = 1_000_000;
const window = (through: number, failed: number, before: [number, number] = [0, 0]): HealthWindow => ({
  startedAt: T,
  now: { through, failed },
  before: { through: before[0], failed: before[1] },
});

describe('isFailing', () => {
  it.each<[string, HealthWindow, at: number, boolean]>([
    ['nothing was tried', window(0, 0), T, false],
    ['one failure less than it takes, and nothing through', window(0, 9), T, false],
    ['as many failures as it takes, and nothing through', window(0, 10), T, true],
    ['half of it failed', window(10, 10), T, true],
    ['a little less than half failed', window(11, 10), T, false],
    ['many failed, and more got through', window(1_000, 400), T, false],
    [
      'the failures of the minute before count while they are of the last minute',
      window(0, 0, [0, 20]),
      T + WINDOW_MS / 2,
      true,
    ],
    ['and a moment later no longer', window(0, 0, [0, 20]), T + WINDOW_MS / 2 + 60, false],
    ['a window that has ended is the one before', window(0, 20), T + WINDOW_MS * 1.5, true],
    ['two minutes later nothing is left of it', window(0, 1_000), T + 2 * WINDOW_MS, false],
    ['a clock that went back begins anew', window(0, 1_000), T - 1, false],
  ])('%s', (_, seen, at, failing) => {
    expect(isFailing(seen, at)).toBe(failing);
  });
});

describe('countIn', () => {
  it('adds to the window, rolls it on, and forgets what is older than two', () => {
    const first = countIn(null, { through: 1, failed: 2 }, T);
    expect(first).toEqual({ startedAt: T, now: { through: 1, failed: 2 }, before: { through: 0, failed: 0 } });
    const second = countIn(first, { through: 0, failed: 3 }, T + WINDOW_MS - 1);
    expect(second).toMatchObject({ startedAt: T, now: { through: 1, failed: 5 } });
    const third = countIn(second, { through: 4, failed: 0 }, T + WINDOW_MS);
    expect(third).toMatchObject({ startedAt: T + WINDOW_MS, now: { through: 4 }, before: { through: 1, failed: 5 } });
    expect(lastMinute(third, T + WINDOW_MS)).toEqual({ through: 5, failed: 5 });
    expect(countIn(third, { through: 1, failed: 0 }, T + 3 * WINDOW_MS)).toMatchObject({
      startedAt: T + 3 * WINDOW_MS,
      now: { through: 1, failed: 0 },
    });
  });
});
