import { describe, expect, it } from '@jest/globals';
import { joinWork, type BackgroundWork } from './background-work.js';
import type { Database } from './database.js';
import type { Queues } from './queues.js';
import { SlicedWork } from './sliced-work.js';
import type { Timer } from './timers.js';

const timer = (name: string): Timer => ({ name, everyMs: 1_000, run: () => Promise.resolve() });
const sliced = (kind: string, clock = `${kind}-timer`): SlicedWork =>
  new SlicedWork({} as Database, {} as Queues, {
    kind,
    timer: clock,
    open: '',
    slice: () => Promise.resolve(false),
  });
const queue = (name: string) => ({ queue: name, concurrency: 1, handle: () => Promise.resolve() });

describe('the work of all libs', () => {
  it('is joined, each sliced work with its timer', () => {
    const imports = sliced('import');
    const joined = joinWork([{ timers: [timer('a')] }, { sliced: [imports], queues: [queue('q')] }], [imports]);
    expect(joined.timers.map(({ name }) => name)).toEqual(['a', 'import-timer']);
    expect(joined.queues.map((one) => one.queue)).toEqual(['q']);
    expect([...joined.sliced]).toEqual([['import', imports]]);
  });

  it.each<[string, BackgroundWork[], SlicedWork[], string]>([
    [
      'two timers of one name',
      [{ timers: [timer('a')] }, { timers: [timer('a')] }],
      [],
      'the timer "a" is there twice',
    ],
    [
      'a timer named as a sliced work’s',
      [{ timers: [timer('x')], sliced: [sliced('k', 'x')] }],
      [],
      'the timer "x" is there twice',
    ],
    [
      'two handlers of one kind',
      [{ sliced: [sliced('k', 'x'), sliced('k', 'y')] }],
      [],
      'the sliced work "k" is there twice',
    ],
    [
      'two handlers of one queue',
      [{ queues: [queue('q')] }, { queues: [queue('q')] }],
      [],
      'the queue "q" is there twice',
    ],
    ['work that nobody handles', [{}], [sliced('lost')], 'the sliced work "lost" has no handler'],
  ])('refuses %s', (_, works, announced, fault) => {
    expect(() => joinWork(works, announced)).toThrow(fault);
  });

  it('is closed by each lib', async () => {
    const closed: string[] = [];
    const close = (name: string) => () => Promise.resolve(void closed.push(name));
    await joinWork([{ close: close('a') }, {}, { close: close('b') }], []).close();
    expect(closed).toEqual(['a', 'b']);
  });
});
