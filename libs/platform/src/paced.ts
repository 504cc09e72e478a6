import { setImmediate } from 'node:timers/promises';

/** How long (ms) at a stretch: beside it every other request still gets its turn within the goal of 250 ms. */
const STRETCH_MS = 10;

/** Maps items one by one, and lets the process do other things in between; ends early when nobody waits any more. */
export async function paced<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Result,
  signal?: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let began = performance.now(), index = 0; index < items.length; index++) {
    if (performance.now() - began > STRETCH_MS) {
      await setImmediate();
      signal?.throwIfAborted();
      began = performance.now();
    }
    results.push(work(items[index] as Item));
  }
  return results;
}
