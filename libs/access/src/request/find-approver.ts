import type { Tx } from '@tenure/platform';
import type { Person } from '../store/lock-person.js';
import type { RequestTerms } from '../model/policy.entity.js';
import type { ApproverKind } from '../model/request.entity.js';

export interface Approver {
  readonly kind: ApproverKind;
  /** Null: any admin, or nobody where the policy answers. */
  readonly id: string | null;
}

/**
 * Who answers. Nobody answers for themselves, and nobody who does not work: then it waits for an admin, who may always
 * answer.
 */
export async function findApprover(
  tx: Tx,
  approval: RequestTerms['approval'],
  person: Pick<Person, 'id' | 'managerId'>,
  applicationId: string,
): Promise<Approver> {
  if (approval === 'automatic') return { kind: 'policy', id: null };
  const [asked] = await tx.query<{ id: string }>(
    `SELECT i.id FROM applications p
     JOIN identities i ON i.tenant_id = p.tenant_id AND i.id = CASE $4 WHEN 'owner' THEN p.owner_id ELSE $3::uuid END
     WHERE p.tenant_id = $1 AND p.id = $2 AND i.state IN ('active', 'on_leave')`,
    [tx.tenantId, applicationId, person.managerId, approval],
  );
  return asked === undefined || asked.id === person.id ? { kind: 'admin', id: null } : { kind: approval, id: asked.id };
}
