import { Refusal, suggestName, type InputFault, type Tx } from '@tenure/platform';
import { Application, knowEntitlement, plainRef, plainTexts, type EntitlementRef } from '@tenure/applications';
import type { PolicyText } from './check-policy.js';
import type { PolicyGrant } from '../model/policy.entity.js';

/** How an entitlement that is named becomes one with an id. */
type Know = (tx: Tx, application: Application, ref: EntitlementRef) => Promise<string>;

/**
 * Looks up what a policy names: applications, the attributes that they have, entitlements. Everything that is not there is
 * refused together, before anything is written.
 */
export async function resolveGrants(
  tx: Tx,
  grants: PolicyText['grants'],
  know: Know = knowEntitlement,
): Promise<PolicyGrant[]> {
  const known = new Map(
    (await tx.repository(Application).findBy({ tenantId: tx.tenantId })).map((application) => [
      application.id,
      application,
    ]),
  );
  refuseFaults(grants.flatMap((grant, index) => grantFaults(grant, index, known.get(grant.applicationId))));
  const resolved: PolicyGrant[] = [];
  for (const { applicationId, entitlements: refs = [], attributes } of grants) {
    const application = known.get(applicationId);
    if (!application) continue;
    const entitlements = [];
    for (const { kind, name } of refs.map(plainRef))
      entitlements.push({ id: await know(tx, application, { kind, name }), kind, name });
    resolved.push({
      applicationId,
      entitlements,
      ...(attributes && Object.keys(attributes).length > 0 && { attributes: plainTexts(attributes) }),
    });
  }
  return resolved;
}

function grantFaults(
  { applicationId, attributes = {} }: PolicyText['grants'][number],
  index: number,
  application: Application | undefined,
): InputFault[] {
  if (!application)
    return [
      { path: `grants.${index}.applicationId`, message: `There is no application with the id ${applicationId}.` },
    ];
  const targets = Object.keys(application.mapping);
  return Object.keys(attributes)
    .filter((target) => !targets.includes(target))
    .map((target) => {
      const suggestion = suggestName(target, targets);
      return {
        path: `grants.${index}.attributes.${target}`,
        message: `"${application.name}" maps no attribute of this name; add it to the application's mapping first, or take ${targets.join(', ')}.`,
        ...(suggestion !== undefined && { suggestion }),
      };
    });
}

/** Refuses a policy with all its mistakes at once. */
export function refuseFaults(faults: readonly InputFault[]): void {
  if (faults.length > 0)
    throw new Refusal('policy_invalid', 'The policy has mistakes; each is listed with its position.', faults);
}
