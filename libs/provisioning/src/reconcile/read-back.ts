import { sameButForCase, type ObservedAccount } from '@tenure/connectors';
import { doubtOfDisabling } from '../offboarding/doubt-of-disabling.js';
import type { Step } from './plan-account.js';

/**
 * Why what reads back is not what was written; null: it is. `left` is what would still be to write. A value in another case is the
 * application's form of it, and a switch that cannot be read is no reason to think that it is off.
 */
export function doubtOf(disabling: boolean, observed: ObservedAccount | null, left: readonly Step[]): string | null {
  if (disabling) return doubtOfDisabling(observed);
  if (observed === null) return 'The application answered that the account is there, but it does not read back.';
  const names = left.flatMap((step) => writtenBy(step, observed));
  return names.length > 0
    ? `The application answered that all is written, but reads back otherwise: ${names.join(', ')}.`
    : null;
}

/** What of a change the answer to it does not show: the value from before is still there. */
export function contradictedBy(
  { enabled, attributes = {} }: Exclude<Step, { kind: 'create' }>['change'],
  before: ObservedAccount | null,
  answer: ObservedAccount,
): readonly string[] {
  const names = Object.keys(attributes).filter((name) => {
    const [wanted, was, is] = [attributes[name], before?.attributes[name], answer.attributes[name]];
    return !sameButForCase(wanted, is) && sameButForCase(was, is);
  });
  return enabled === true && answer.enabled === false ? ['enabled', ...names] : names;
}

/** An account that is gone is another question than values that are others. */
function writtenBy(step: Step, { attributes, enabled }: ObservedAccount): readonly string[] {
  if (step.kind === 'create') return [];
  const names = Object.entries(step.change.attributes ?? {})
    .filter(([name, value]) => !sameButForCase(value, attributes[name]))
    .map(([name]) => name);
  return step.change.enabled !== undefined && enabled !== 'unknown' ? [...names, 'enabled'] : names;
}
