import type { DesiredAccount, Mode, WriteRule } from '@tenure/applications';
import { isEmptyValue, sameValue, type AccountChange, type Attributes, type ObservedAccount } from '@tenure/connectors';

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

/** How the application takes an account and its values. */
export interface PlanTerms {
  /** Attributes whose values are the same in any case. */
  readonly caseless?: readonly string[];
  /** The account was in the application before Tenure was: where only additions are allowed, nothing of it is overwritten. */
  readonly wasThere?: boolean;
}

export interface AccountPlan {
  readonly steps: readonly Step[];
  /** What the application's mode forbids. */
  readonly withheld: readonly Step[];
}

/**
 * The fewest steps from observed to desired. The same function serves the real thing, a dry run and the drift scan.
 * Nothing is created only to be disabled, and an account on its way out is disabled and nothing else. A switch that cannot be
 * read is evidence of nothing: it is set as it must be.
 */
export function planAccount(
  desired: DesiredAccount,
  observed: ObservedAccount | null,
  mode: Mode,
  rules: WriteRules = KEPT_IN_STEP,
  terms: PlanTerms = {},
): AccountPlan {
  const needed = observed === null ? missing(desired) : differing(desired, observed, rules, terms);
  if (mode === 'enforce') return { steps: needed, withheld: [] };
  if (mode === 'observe') return { steps: [], withheld: needed };
  const parts = needed.map((step) => addOnly(step, terms.wasThere === true));
  return { steps: parts.flatMap((part) => part.steps), withheld: parts.flatMap((part) => part.withheld) };
}

const missing = (desired: DesiredAccount): Step[] => (desired.enabled ? [{ kind: 'create', desired }] : []);

function differing(desired: DesiredAccount, observed: ObservedAccount, rules: WriteRules, terms: PlanTerms): Step[] {
  if (!desired.enabled) return observed.enabled === false ? [] : [{ kind: 'disable', change: { enabled: false } }];
  const attributes = changedAttributes(desired.attributes, observed.attributes, rules, terms);
  const hasAttributes = Object.keys(attributes).length > 0;
  if (observed.enabled !== true)
    return [{ kind: 'enable', change: { enabled: true, ...(hasAttributes && { attributes }) } }];
  return hasAttributes ? [{ kind: 'update', change: { attributes } }] : [];
}

/** The attributes whose observed value must become another one, in the application's terms. */
export function changedAttributes(
  desired: Attributes,
  observed: Attributes,
  rules: WriteRules = KEPT_IN_STEP,
  { caseless = [] }: PlanTerms = {},
): Attributes {
  return Object.fromEntries(
    Object.entries(desired).filter(([name, value]) => {
      const rule = rules.get(name);
      if (rule === LEFT_ALONE) return false;
      if (rule?.once === true && !isEmptyValue(observed[name])) return false;
      if (rule?.keepsWhenAbsent === true && isEmptyValue(value)) return false;
      return !sameValue(value, observed[name], { caseless: caseless.includes(name) });
    }),
  );
}

/**
 * In `add_only` accounts are made, and values of those that Tenure made may be set; nothing is disabled, nothing cleared, and
 * nothing written to an account that was there before.
 */
function addOnly(step: Step, wasThere: boolean): AccountPlan {
  if (step.kind === 'create') return { steps: [step], withheld: [] };
  if (step.kind === 'disable' || wasThere) return { steps: [], withheld: [step] };
  const { attributes = {}, ...rest } = step.change;
  const setting = Object.fromEntries(Object.entries(attributes).filter(([, value]) => !isEmptyValue(value)));
  const clearing = Object.fromEntries(Object.entries(attributes).filter(([, value]) => isEmptyValue(value)));
  const keeps = step.kind === 'enable' || Object.keys(setting).length > 0;
  return {
    steps: keeps
      ? [{ kind: step.kind, change: { ...rest, ...(Object.keys(setting).length > 0 && { attributes: setting }) } }]
      : [],
    withheld: Object.keys(clearing).length > 0 ? [{ kind: 'update', change: { attributes: clearing } }] : [],
  };
}
