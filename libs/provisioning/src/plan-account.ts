import type { DesiredAccount, Mode, WriteRule } from '@tenure/applications';
import type { AccountChange, Attributes, AttributeValue, ObservedAccount } from '@tenure/connectors';

/** One thing to do in the application. */
export type Step =
  | { readonly kind: 'create'; readonly desired: DesiredAccount }
  | { readonly kind: 'update' | 'enable' | 'disable'; readonly change: AccountChange };

/** Targets that are not simply kept in step with what is desired. */
export type WriteRules = ReadonlyMap<string, TargetRule>;
/** Somebody changed it in the application, and nobody has said yet what of it. */
export const LEFT_ALONE = 'left_alone';
export type TargetRule = WriteRule | typeof LEFT_ALONE;

const KEPT_IN_STEP: WriteRules = new Map();

export interface AccountPlan {
  readonly steps: readonly Step[];
  /** What the application's mode forbids. */
  readonly withheld: readonly Step[];
}

/**
 * The fewest steps from observed to desired. The same function serves the real thing, a dry run and the drift scan.
 * Nothing is created only to be disabled, and an account on its way out is disabled and nothing else.
 */
export function planAccount(
  desired: DesiredAccount,
  observed: ObservedAccount | null,
  mode: Mode,
  rules: WriteRules = KEPT_IN_STEP,
): AccountPlan {
  const needed = observed === null ? missing(desired) : differing(desired, observed, rules);
  if (mode === 'enforce') return { steps: needed, withheld: [] };
  if (mode === 'observe') return { steps: [], withheld: needed };
  const parts = needed.map(addOnly);
  return { steps: parts.flatMap((part) => part.steps), withheld: parts.flatMap((part) => part.withheld) };
}

const missing = (desired: DesiredAccount): Step[] => (desired.enabled ? [{ kind: 'create', desired }] : []);

function differing(desired: DesiredAccount, observed: ObservedAccount, rules: WriteRules): Step[] {
  if (!desired.enabled) return observed.enabled ? [{ kind: 'disable', change: { enabled: false } }] : [];
  const attributes = changedAttributes(desired.attributes, observed.attributes, rules);
  const hasAttributes = Object.keys(attributes).length > 0;
  if (!observed.enabled) return [{ kind: 'enable', change: { enabled: true, ...(hasAttributes && { attributes }) } }];
  return hasAttributes ? [{ kind: 'update', change: { attributes } }] : [];
}

/** The attributes whose observed value must become another one. Absent, null and empty are one and the same; lists are sets. */
export function changedAttributes(
  desired: Attributes,
  observed: Attributes,
  rules: WriteRules = KEPT_IN_STEP,
): Attributes {
  return Object.fromEntries(
    Object.entries(desired).filter(([name, value]) => {
      const rule = rules.get(name);
      if (rule === LEFT_ALONE) return false;
      if (rule?.once === true && !isEmpty(observed[name])) return false;
      if (rule?.keepsWhenAbsent === true && isEmpty(value)) return false;
      return !sameValue(value, observed[name]);
    }),
  );
}

/** Absent, null and empty are one and the same; lists are sets. */
export const sameValue = (a: AttributeValue | undefined, b: AttributeValue | undefined): boolean =>
  comparable(a) === comparable(b);

function comparable(value: AttributeValue | undefined): string {
  if (isEmpty(value)) return 'null';
  return JSON.stringify(Array.isArray(value) ? [...new Set(value as readonly string[])].sort() : value);
}

const isEmpty = (value: AttributeValue | undefined): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** In `add_only` values may be set, but nothing is disabled and nothing cleared. */
function addOnly(step: Step): AccountPlan {
  if (step.kind === 'create') return { steps: [step], withheld: [] };
  if (step.kind === 'disable') return { steps: [], withheld: [step] };
  const { attributes = {}, ...rest } = step.change;
  const setting = Object.fromEntries(Object.entries(attributes).filter(([, value]) => !isEmpty(value)));
  const clearing = Object.fromEntries(Object.entries(attributes).filter(([, value]) => isEmpty(value)));
  const keeps = step.kind === 'enable' || Object.keys(setting).length > 0;
  return {
    steps: keeps
      ? [{ kind: step.kind, change: { ...rest, ...(Object.keys(setting).length > 0 && { attributes: setting }) } }]
      : [],
    withheld: Object.keys(clearing).length > 0 ? [{ kind: 'update', change: { attributes: clearing } }] : [],
  };
}
