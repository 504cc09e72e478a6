import { sameJson } from '@tenure/platform';
import type { Lineage, Person, PersonField } from '@tenure/identity';
import { customName } from './login-rules.js';
import type { Told } from './map-login.js';
import type { Refreshed } from './refresh-person.js';

/** What a login would do to one attribute. */
export interface ExplainedAttribute {
  readonly target: string;
  /** The attribute of the message, or the expression, that it comes from. */
  readonly claim: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly outcome: 'set' | 'changed' | 'same' | 'not_taken';
  readonly why?: string;
  /** How many values of a list are not used, and why. */
  readonly leftOut?: string;
}

/** The identity before and after, and who said its values. */
export interface Explained {
  readonly told: readonly Told[];
  readonly kept: Refreshed['kept'];
  readonly before: Person | null;
  readonly after: Person;
  readonly lineage: Lineage;
  readonly sourceId: string;
  readonly sourceNames: Readonly<Record<string, string>>;
}

/** Attribute by attribute: what would come of what the login says, and why not. */
export const explainLogin = (login: Explained): ExplainedAttribute[] => login.told.map((told) => explain(login, told));

function explain(login: Explained, { target, claim, value, fault, leftOut }: Told): ExplainedAttribute {
  const [from, to] = [valueOf(login.before ?? {}, target), valueOf(login.after, target)];
  const taken = { target, claim, from, to, ...(leftOut !== undefined && { leftOut }) };
  const why = fault ?? whyKept(login.kept[target]) ?? whyOther(login, target, value);
  if (why !== undefined) return { ...taken, outcome: 'not_taken', why };
  if (sameJson(from, to)) return { ...taken, outcome: 'same' };
  return { ...taken, outcome: from === null ? 'set' : 'changed' };
}

const whyKept = (rule: 'never' | 'missing' | undefined): string | undefined =>
  rule && `later logins change it ${rule === 'never' ? 'never' : 'only where it is missing'}`;

function whyOther({ lineage, sourceId, sourceNames }: Explained, target: string, value: unknown): string | undefined {
  const origin = lineage[(customName(target) === null ? target : 'custom') as PersonField];
  if (value === undefined || origin === undefined || origin.sourceId === sourceId) return undefined;
  if (origin.sourceId === null) return value === '' ? undefined : 'a rule of the tenant decides it';
  return `"${sourceNames[origin.sourceId] ?? origin.sourceId}" is believed first`;
}

function valueOf(person: Person, target: string): unknown {
  const own = customName(target);
  if (own === null) return person[target as PersonField] ?? null;
  return person.custom && Object.hasOwn(person.custom, own) ? person.custom[own] : null;
}
