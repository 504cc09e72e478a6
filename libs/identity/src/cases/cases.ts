import { newId, Refusal, type Tx } from '@tenure/platform';
import { Case, type CaseKind } from './case.entity.js';

export interface CaseInput {
  readonly kind: CaseKind;
  readonly subjectId: string;
  readonly topic?: string;
  readonly reason: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Opens a case, or renews the reason and the details of the one that is open. Returns its id. */
export async function openCase(tx: Tx, at: Date, input: CaseInput): Promise<string> {
  const { kind, subjectId, topic = '', reason, details = {} } = input;
  const [row] = await tx.query<{ id: string }>(
    `INSERT INTO cases AS c (tenant_id, id, kind, subject_id, topic, reason, details, opened_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (tenant_id, kind, subject_id, topic) WHERE state = 'open' DO UPDATE SET reason = excluded.reason, details = excluded.details
     RETURNING id`,
    [tx.tenantId, newId(), kind, subjectId, topic, reason, JSON.stringify(details), at],
  );
  return row?.id ?? '';
}

/** Closes the open cases of a kind about a subject, because the question is no longer there or was answered. */
export async function closeCases(
  tx: Tx,
  at: Date,
  of: { readonly kind: CaseKind; readonly subjectId: string; readonly exceptTopics?: readonly string[] },
  by: { readonly actor: string; readonly resolution?: Readonly<Record<string, unknown>>; readonly dismissed?: boolean },
): Promise<void> {
  await tx.query(
    `UPDATE cases SET state = $5, closed_at = $6, closed_by = $7, resolution = $8
     WHERE tenant_id = $1 AND kind = $2 AND subject_id = $3 AND state = 'open' AND NOT (topic = ANY($4))`,
    [
      tx.tenantId,
      of.kind,
      of.subjectId,
      of.exceptTopics ?? [],
      by.dismissed === true ? 'dismissed' : 'resolved',
      at,
      by.actor,
      by.resolution === undefined ? null : JSON.stringify(by.resolution),
    ],
  );
}

/** A case of the tenant that is still open, locked; or a refusal. */
export async function getOpenCase(tx: Tx, id: string): Promise<Case> {
  await tx.query('SELECT FROM cases WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tx.tenantId, id]);
  const found = await tx.repository(Case).findOneBy({ tenantId: tx.tenantId, id });
  if (!found) throw new Refusal('case_not_found', `There is no case with the id ${id}.`);
  if (found.state !== 'open')
    throw new Refusal('case_closed', `The case was ${found.state} before; look at its resolution.`);
  return found;
}
