import type { Identity } from '@tenure/identity';
import type { TenantRules } from './tenant-rules.js';

/** What must be evaluated for a person: the rest says what it said before. */
export interface Scope {
  readonly policies: (policyId: string) => boolean;
  readonly applications: (applicationId: string) => boolean;
}

/** Everything is evaluated. */
export const EVERYTHING: Scope = { policies: () => true, applications: () => true };

/** Changes of these are changes of everything; a person nobody has said a change of is not known well enough. */
const ALL: readonly string[] = ['*', 'state'];

/** What reads the attributes that changed since a person's access was computed; null when nothing does. */
export function scopeOfChange(
  changed: Identity['changedFields'],
  { readers }: Pick<TenantRules, 'readers'>,
): Scope | null {
  if (changed.length === 0 || changed.some((field) => ALL.includes(field))) return EVERYTHING;
  const met = changed.flatMap((field) => readers.get(field) ?? []);
  if (met.length === 0) return null;
  return {
    policies: (id) => met.some(({ policies }) => policies.has(id)),
    applications: (id) => met.some(({ applications }) => applications.has(id)),
  };
}
