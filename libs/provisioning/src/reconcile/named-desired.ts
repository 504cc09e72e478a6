import type { ChosenNames, DesiredAccount } from '@tenure/applications';

/** What is desired under the names that were chosen for it: only those that are still asked for. */
export const namedDesired = (desired: DesiredAccount, names: ChosenNames): DesiredAccount => {
  const chosen = Object.entries(names).filter(([target, { base }]) => desired.attributes[target] === base);
  const values = Object.fromEntries(chosen.map(([target, { value }]) => [target, value]));
  return chosen.length === 0 ? desired : { ...desired, attributes: { ...desired.attributes, ...values } };
};
