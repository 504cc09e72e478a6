import type { Simulation } from '@tenure/access';

/** A simulation as admins see it: for a mapping the values that change, for a policy who gains and loses what. */
export function simulationView({ epoch: _, losingIn: __, of, gaining, losing, changing, ...rest }: Simulation): object {
  return of === 'mapping' ? { ...rest, changing } : { ...rest, gaining, losing };
}
