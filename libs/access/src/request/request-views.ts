import { Refusal, type Tx } from '@tenure/platform';
import type { EntitlementRef } from '@tenure/applications';
import type { AccessRequest, Approval, RequestKind, RequestState } from '../model/request.entity.js';

export const REQUEST_STATES = ['pending', 'approved', 'denied', 'lapsed', 'cancelled'] as const;

/** A request in words, for whoever asked, answers or administers. */
export interface RequestView {
  readonly id: string;
  readonly kind: RequestKind;
  readonly person: { readonly id: string; readonly displayName: string | null };
  /** What it is about: one thing that is asked for, or all that is to be kept. */
  readonly items: readonly {
    readonly applicationId: string;
    readonly application: string;
    readonly entitlement: EntitlementRef | null;
  }[];
  readonly policyId: string;
  readonly minutes: number | null;
  readonly reason: string;
  readonly requestedBy: string;
  readonly askedAt: Date;
  readonly answerBy: Date;
  readonly state: RequestState;
  readonly stateReason: string | null;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  readonly approvals: readonly Pick<Approval, 'id' | 'step' | 'approverKind' | 'approverId' | 'state' | 'reason'>[];
  /** When approved access ends. */
  readonly endsAt: Date | null;
  /** Whose answer it waits for, in words; null when it waits for none. */
  readonly waitsFor: string | null;
}

export interface RequestsAsked {
  readonly id?: string;
  readonly identityId?: string;
  readonly state?: RequestState;
  /** Those that wait for this person's answer. */
  readonly approverId?: string;
  readonly after?: string;
  readonly limit: number;
}

type Row = Omit<AccessRequest, 'tenantId' | 'separation' | 'policyVersion'> &
  Pick<RequestView, 'approvals' | 'endsAt' | 'items'> & { readonly displayName: string | null };

const ITEM = `jsonb_build_object('applicationId', p.id, 'application', p.name,
  'entitlement', CASE WHEN e.id IS NULL THEN NULL ELSE jsonb_build_object('kind', e.kind, 'name', e.name) END)`;

/** Requests of the tenant, ordered by id. */
export async function listRequests(tx: Tx, asked: RequestsAsked): Promise<RequestView[]> {
  const rows = await tx.query<Row>(
    `SELECT r.id, r.kind, r.identity_id AS "identityId", i.display_name AS "displayName", r.policy_id AS "policyId", r.minutes, r.reason,
       r.requested_by AS "requestedBy", r.asked_at AS "askedAt", r.answer_by AS "answerBy", r.state, r.state_reason AS "stateReason",
       r.decided_at AS "decidedAt", r.decided_by AS "decidedBy",
       (SELECT max(g.ends_at) FROM grants g WHERE g.tenant_id = r.tenant_id AND g.request_id = r.id AND g.origin = 'request') AS "endsAt",
       (SELECT coalesce(jsonb_agg(DISTINCT ${ITEM}), '[]') FROM
          (SELECT r.application_id, r.entitlement_id WHERE r.application_id IS NOT NULL
           UNION SELECT g.application_id, g.entitlement_id FROM grants g WHERE g.tenant_id = r.tenant_id AND g.request_id = r.id) AS item
          JOIN applications p ON p.tenant_id = r.tenant_id AND p.id = item.application_id
          LEFT JOIN entitlements e ON e.tenant_id = r.tenant_id AND e.id = item.entitlement_id) AS items,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'step', a.step, 'approverKind', a.approver_kind, 'approverId', a.approver_id,
          'state', a.state, 'reason', a.reason) ORDER BY a.step, a.id), '[]')
        FROM approvals a WHERE a.tenant_id = r.tenant_id AND a.request_id = r.id) AS approvals
     FROM requests r JOIN identities i ON i.tenant_id = r.tenant_id AND i.id = r.identity_id
     WHERE r.tenant_id = $1 AND ($2::uuid IS NULL OR r.id = $2) AND ($3::uuid IS NULL OR r.identity_id = $3)
       AND ($4::text IS NULL OR r.state = $4) AND ($6::uuid IS NULL OR r.id > $6)
       AND ($5::uuid IS NULL OR r.state = 'pending' AND r.id IN
         (SELECT request_id FROM approvals WHERE tenant_id = $1 AND approver_id = $5 AND state = 'pending'))
     ORDER BY r.id LIMIT $7`,
    [
      tx.tenantId,
      asked.id ?? null,
      asked.identityId ?? null,
      asked.state ?? null,
      asked.approverId ?? null,
      asked.after ?? null,
      asked.limit,
    ],
  );
  return rows.map(viewOf);
}

/** One request, or a refusal. */
export async function getRequestView(tx: Tx, id: string): Promise<RequestView> {
  const [view] = await listRequests(tx, { id, limit: 1 });
  if (!view) throw new Refusal('request_not_found', `There is no request with the id ${id}.`);
  return view;
}

const WAITS: Readonly<Record<Approval['approverKind'], string>> = {
  policy: 'the policy',
  manager: 'the person’s manager',
  owner: 'the owner of the application',
  admin: 'an administrator, because there is nobody else who may answer',
};

function viewOf({ identityId, displayName, ...row }: Row): RequestView {
  const waiting = row.approvals.find(({ state }) => state === 'pending');
  return { ...row, person: { id: identityId, displayName }, waitsFor: waiting ? WAITS[waiting.approverKind] : null };
}
