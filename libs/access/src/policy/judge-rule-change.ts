import type { EffectLimit } from '@tenure/identity';
import { effectOf, type Simulation } from './simulation.js';

/** So many people at least, and a larger share than that. */
const isOver = ({ people: least, percent }: EffectLimit, people: number, of: number): boolean =>
  people > 0 && people >= least && people * 100 > percent * of;

/**
 * Why a change of the rules needs a decision; null where it may act. Counted over everybody and over each application's
 * enabled accounts: a small application of a large company is as easily emptied.
 */
export function judgeRuleChange(
  simulation: Pick<Simulation, 'of' | 'evaluated' | 'losing' | 'losingIn' | 'changing'>,
  accountsIn: ReadonlyMap<string, number>,
  limit: EffectLimit,
): string | null {
  const { people, of } = effectOf(simulation);
  const does = simulation.of === 'mapping' ? 'would change the accounts of' : 'would take access from';
  const needs = `A change that affects at least ${limit.people} people and more than ${limit.percent} % needs a release.`;
  if (isOver(limit, people, of)) return `${does} ${people} of ${of} people. ${needs}`;
  for (const one of simulation.losingIn) {
    const accounts = Math.max(accountsIn.get(one.applicationId) ?? 0, one.people);
    if (isOver(limit, one.people, accounts))
      return `would take access from ${one.people} of the ${accounts} people who have an account in ${one.application}. ${needs}`;
  }
  return null;
}
