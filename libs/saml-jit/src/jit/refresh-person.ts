import type { Person } from '@tenure/identity';
import type { LoginRules, Refresh } from './login-rules.js';

/** What a later login may change, and why not the rest, by target. */
export interface Refreshed {
  readonly person: Person;
  readonly kept: Readonly<Record<string, Exclude<Refresh, 'always'>>>;
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/** What a record knows of a target. */
const knownOf = (known: Person, target: string): unknown => {
  if (!target.startsWith('custom.')) return known[target as keyof Person];
  const name = target.slice('custom.'.length);
  return known.custom && Object.hasOwn(known.custom, name) ? known.custom[name] : undefined;
};

/** Whether a later login would change what is known of a target, and so might have withdrawn it. */
export const couldWithdraw = (known: Person, target: string, { refresh }: Pick<LoginRules, 'refresh'>): boolean =>
  (refresh.targets[target] ?? refresh.usual) === 'always' && !isEmpty(knownOf(known, target));

/**
 * What of a login's words counts, beside what the same login said before: all of a first one, then by the connection's rule
 * for each target. Against other sources its rank decides, not this.
 */
export function refreshPerson(
  before: Person | null,
  said: Person,
  { refresh }: Pick<LoginRules, 'refresh'>,
): Refreshed {
  if (before === null) return { person: said, kept: {} };
  const kept: Record<string, Exclude<Refresh, 'always'>> = {};
  const counts = (target: string, known: unknown): boolean => {
    const rule = refresh.targets[target] ?? refresh.usual;
    if (rule === 'always' || (rule === 'missing' && isEmpty(known))) return true;
    kept[target] = rule;
    return false;
  };
  const { custom, ...fields } = said;
  const person = Object.fromEntries(
    Object.entries(fields).filter(([field]) => counts(field, before[field as keyof Person])),
  );
  const known = before.custom ?? {};
  const own = Object.entries(custom ?? {}).filter(([name]) =>
    counts(`custom.${name}`, Object.hasOwn(known, name) ? known[name] : undefined),
  );
  // A record's custom attributes are replaced as one: what this login does not say stays.
  return { person: own.length === 0 ? person : { ...person, custom: { ...known, ...Object.fromEntries(own) } }, kept };
}
