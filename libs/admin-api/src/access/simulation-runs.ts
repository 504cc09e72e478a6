import type { Response } from 'express';
import { ConcurrencyLimit, Refusal } from '@tenure/platform';

const LONGEST_MS = 120_000;

/** Simulations compute for everybody: one at a time for a tenant, for so long at most, and only while someone waits. */
export class SimulationRuns {
  private readonly limit = new ConcurrencyLimit(
    { each: 1, total: 4 },
    'simulation_running',
    'Another simulation is running; start this one when it has ended.',
  );

  /** Runs one; `work` gets the signal that ends it. */
  run<T>(tenantId: string, response: Response, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const late = AbortSignal.timeout(LONGEST_MS);
    return this.limit.run(tenantId, async () => {
      try {
        return await work(AbortSignal.any([gone.signal, late]));
      } catch (error) {
        if (!late.aborted || error !== late.reason) throw error;
        throw new Refusal(
          'simulation_too_slow',
          'The simulation takes longer than two minutes; make the expressions simpler.',
        );
      }
    });
  }
}
