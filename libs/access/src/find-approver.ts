import type { Tx } from '@tenure/platform';
import type { Person } from './lock-person.js';
import type { RequestTerms } from './policy.entity.js';
import type { ApproverKind } from './request.entity.js';

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
  ownerId: string | null,
): Promise<Approver> {
  if (approval === 'automatic') return { kind: 'policy', id: null };
  const id = approval === 'manager' ? person.managerId : ownerId;
  if (id === null || id === person.id) return { kind: 'admin', id: null };
  const works = await tx.query(
    "SELECT FROM identities WHERE tenant_id = $1 AND id = $2 AND state IN ('active', 'on_leave')",
    [tx.tenantId, id],
  );
  return works.length > 0 ? { kind: approval, id } : { kind: 'admin', id: null };
}
