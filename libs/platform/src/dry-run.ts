import type { Database, Tx } from './database.js';

/** Carries the result out of a transaction that is taken back. */
class TakenBack<T> extends Error {
  constructor(readonly result: T) {
    super('a dry run is always taken back');
  }
}

/** Does the work as it would be done, tells what came of it, and takes everything back: nothing is written or announced. */
export async function dryRun<T>(database: Database, tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    return await database.transaction(tenantId, async (tx): Promise<never> => {
      throw new TakenBack(await work(tx));
    });
  } catch (error) {
    if (error instanceof TakenBack) return (error as TakenBack<T>).result;
    throw error;
  }
}
