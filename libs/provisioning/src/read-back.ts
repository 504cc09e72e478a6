import type { ObservedAccount } from '@tenure/connectors';
import type { Step } from './plan-account.js';

/**
 * Why what reads back is not what the application answered; null: it is. `left` is what would still be to write, where every
 * value is compared.
 */
export function doubtOf(disabling: boolean, observed: ObservedAccount | null, left: readonly Step[]): string | null {
  if (disabling && observed?.enabled === true)
    return 'The application answered that the account is disabled, but it reads back as enabled.';
  if (!disabling && observed === null)
    return 'The application answered that the account is there, but it does not read back.';
  const names = left.flatMap(writtenBy);
  return names.length > 0
    ? `The application answered that all is written, but reads back otherwise: ${names.join(', ')}.`
    : null;
}

/** An account that is gone is another question than values that are others. */
const writtenBy = (step: Step): readonly string[] =>
  step.kind === 'create'
    ? []
    : [...Object.keys(step.change.attributes ?? {}), ...(step.change.enabled === undefined ? [] : ['enabled'])];
