import type { DesiredAccount } from '@tenure/applications';
import { sameValue, type AttributeValue, type ObservedAccount } from '@tenure/connectors';
import type { DriftKind } from './drift-finding.entity.js';
import { planAccount, type PlanTerms, type Step, type WriteRules } from '../../reconcile/plan-account.js';

/** What is known of an account whose desired state is applied, as far as anybody knows. */
export interface ComparedAccount {
  readonly desired: DesiredAccount;
  readonly applied: DesiredAccount | null;
  /** What it was when we last looked or wrote. */
  readonly observed: ObservedAccount | null;
  /** Newer desired is on its way, or it is being worked on. */
  readonly isMoving: boolean;
  /** The person was erased, or turned out to be another one. */
  readonly isOrphan: boolean;
}

/** One difference, and its likely cause in words. */
export interface Difference {
  readonly kind: DriftKind;
  readonly attribute: string;
  readonly desired: AttributeValue;
  readonly applied: AttributeValue;
  readonly observed: AttributeValue;
  readonly cause: string;
  /** The application kept this value when it was last written to: writing the same again changes nothing. */
  readonly isKept?: boolean;
}

/**
 * What somebody or something changed in the application: desired, last applied and observed, three ways. It is what
 * `planAccount` would have to do again, and so nothing where the desired state is still on its way.
 */
export function compareAccount(
  account: ComparedAccount,
  seen: ObservedAccount | null,
  rules?: WriteRules,
  terms?: PlanTerms,
): readonly Difference[] {
  if (account.isMoving) return [];
  const { steps } = planAccount(account.desired, seen, 'enforce', rules, terms);
  return steps.flatMap((step): readonly Difference[] => {
    if (step.kind === 'create') return [missing(account)];
    const attributes = Object.keys(step.change.attributes ?? {}).map((name) => attributeOf(account, seen, name));
    return tellsOfSwitch(step, seen) ? [usability(account, seen), ...attributes] : attributes;
  });
}

/** A switch that cannot be read is not known to be off; for somebody who must be shut out it is not known to be off either. */
const tellsOfSwitch = ({ kind }: Step, seen: ObservedAccount | null): boolean =>
  kind === 'disable' || (kind === 'enable' && seen?.enabled === false);

const missing = ({ desired, applied }: ComparedAccount): Difference => ({
  ...{ kind: 'missing', attribute: '', desired: desired.enabled, applied: applied?.enabled ?? null, observed: null },
  cause: 'Somebody deleted the account in the application.',
});

function backOf(wasSo: boolean, enabled: ObservedAccount['enabled'] | null): string {
  if (enabled === 'unknown')
    return 'The application shows neither that the account is disabled nor that it is enabled.';
  return wasSo
    ? 'Our disabling never took effect in the application.'
    : 'Somebody enabled the account again in the application.';
}

function usability(
  { desired, applied, observed, isOrphan }: ComparedAccount,
  seen: ObservedAccount | null,
): Difference {
  const values = { attribute: '', desired: desired.enabled, applied: applied?.enabled ?? null };
  const wasSo = observed?.enabled === seen?.enabled;
  if (desired.enabled) return { ...values, kind: 'disabled', observed: false, cause: offCause(wasSo) };
  const now = seen?.enabled ?? null;
  const back = backOf(wasSo, now);
  return {
    ...{ ...values, kind: isOrphan ? 'orphan' : 'enabled', observed: now },
    cause: isOrphan ? `The person is no longer known here. ${back}` : back,
  };
}

const offCause = (wasSo: boolean): string =>
  wasSo
    ? 'The application answered that the account is enabled, but it never was.'
    : 'Somebody disabled the account in the application.';

function attributeOf(account: ComparedAccount, seen: ObservedAccount | null, attribute: string): Difference {
  const { desired, applied, observed } = account;
  const value = seen?.attributes[attribute] ?? null;
  const isKept = sameValue(observed?.attributes[attribute], value);
  return {
    ...{ kind: 'attribute', attribute, desired: desired.attributes[attribute] ?? null },
    ...{ applied: applied?.attributes[attribute] ?? null, observed: value, isKept },
    cause: isKept
      ? 'Our value never arrived: the application keeps another one.'
      : 'Somebody changed the value in the application after us.',
  };
}
