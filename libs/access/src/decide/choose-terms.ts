import { itemsOf, type ActivePolicy, type DecidingIdentity } from './decide-grants.js';
import type { RequestTerms } from '../model/policy.entity.js';
import { Subject } from './test-condition.js';

/** Something that a person may ask for, and on which terms. */
export interface Offer {
  readonly policyId: string;
  readonly policyVersion: number;
  readonly applicationId: string;
  readonly entitlementId: string | null;
  readonly terms: RequestTerms;
}

/** What a person asks for. */
export interface Wanted {
  readonly applicationId: string;
  readonly entitlementId: string | null;
  readonly minutes: number;
}

export type Choice =
  | { readonly kind: 'offer'; readonly offer: Offer }
  | { readonly kind: 'too_long'; readonly maxMinutes: number }
  | { readonly kind: 'nothing' };

/** Everything that policies let a person ask for: the higher priority first, then the smaller id. */
export function offersFor(identity: DecidingIdentity, policies: readonly ActivePolicy[]): Offer[] {
  if (identity.state !== 'active') return [];
  const subject = new Subject(identity);
  return [...policies]
    .sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1))
    .flatMap((policy) => {
      const terms = policy.request;
      if (terms === null || policy.condition.test(subject) !== 'yes') return [];
      // An entitlement brings the account that it needs; the account alone can be asked for where nothing else is given.
      const items = itemsOf(policy);
      const withMore = new Set(items.flatMap((item) => (item.entitlementId === null ? [] : [item.applicationId])));
      return items
        .filter((item) => item.entitlementId !== null || !withMore.has(item.applicationId))
        .map(({ applicationId, entitlementId }) => ({
          policyId: policy.id,
          policyVersion: policy.version,
          applicationId,
          entitlementId,
          terms,
        }));
    });
}

/** The first offer that is long enough. */
export function chooseTerms(offers: readonly Offer[], wanted: Wanted): Choice {
  const fitting = offers.filter(
    (offer) => offer.applicationId === wanted.applicationId && offer.entitlementId === wanted.entitlementId,
  );
  if (fitting.length === 0) return { kind: 'nothing' };
  const offer = fitting.find(({ terms }) => wanted.minutes <= terms.maxMinutes);
  if (offer) return { kind: 'offer', offer };
  return { kind: 'too_long', maxMinutes: Math.max(...fitting.map(({ terms }) => terms.maxMinutes)) };
}
