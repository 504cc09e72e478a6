import { bindIdentity, type Identity, type LifecycleState } from '@tenure/identity';
import { ExpressionError, type CompiledExpression } from '@tenure/platform';
import type { PolicyGrant } from './policy.entity.js';

/** A published policy, its condition planned. */
export interface ActivePolicy {
  readonly id: string;
  readonly version: number;
  readonly condition: CompiledExpression;
  readonly grants: readonly PolicyGrant[];
}

/** A reason to hold an account (no entitlement) or an entitlement. */
export interface DecidedGrant {
  readonly applicationId: string;
  readonly entitlementId: string | null;
  readonly policyId: string;
  readonly policyVersion: number;
}

/** States in which policies give access. Leave and suspension keep the grants, and the accounts are disabled. */
const HOLDS: ReadonlySet<LifecycleState> = new Set<LifecycleState>(['active', 'on_leave', 'suspended']);

export type DecidingIdentity = Pick<Identity, 'id' | 'state' | 'attributes' | 'managerId' | 'isManager'>;

/** Everything that the policies give to an identity, each with its reason. */
export function decideGrants(identity: DecidingIdentity, policies: readonly ActivePolicy[]): DecidedGrant[] {
  if (!HOLDS.has(identity.state)) return [];
  const bindings = bindIdentity(identity);
  return policies.filter((policy) => holds(policy.condition, bindings)).flatMap(grantsOf);
}

const grantsOf = (policy: ActivePolicy): DecidedGrant[] =>
  policy.grants.flatMap(({ applicationId, entitlements }) =>
    [null, ...entitlements.map((entitlement) => entitlement.id)].map((entitlementId) => ({
      applicationId,
      entitlementId,
      policyId: policy.id,
      policyVersion: policy.version,
    })),
  );

/**
 * A condition that needs a value which the person does not have, or that fails for the person's values, does not hold:
 * one odd value must not keep everybody else of the batch from being computed.
 */
function holds(condition: CompiledExpression, bindings: ReturnType<typeof bindIdentity>): boolean {
  try {
    return condition.evaluate(bindings) === true;
  } catch (error) {
    if (error instanceof ExpressionError && error.code !== 'invalid') return false;
    throw error;
  }
}
