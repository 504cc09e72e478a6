import { createHash } from 'node:crypto';
import { Refusal, type Tx } from '@tenure/platform';
import { Identity, type Lineage, type PersonField } from '@tenure/identity';

/** An application that the person has, in words for the person. */
export interface MyApplication {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** It is ready, and being brought up to date. */
  readonly updating: boolean;
}

/** The applications, and how far they are. */
export interface MyApplications {
  /** Changes whenever something in the answer does. */
  readonly version: string;
  /** Nothing is being worked out any more: what is not listed is not on its way either. */
  readonly settled: boolean;
  readonly items: readonly MyApplication[];
}

/** What an employee is told of an account. */
const WORDS: Readonly<Record<string, string>> = {
  pending: 'being prepared',
  active: 'ready',
  disabled: 'off',
  withheld: 'being prepared',
  waiting: 'being prepared',
  held: 'being prepared',
  skipped: 'off',
  deleted: 'off',
  failed: 'failed',
};

interface AppRow {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly behind: boolean;
}

/** The person of a session. */
export async function myIdentity(tx: Tx, id: string): Promise<Identity> {
  const identity = await tx.repository(Identity).findOneBy({ tenantId: tx.tenantId, id });
  if (!identity) throw new Refusal('identity_not_found', 'Nothing is known of you any more.');
  return identity;
}

export async function myApplications(tx: Tx, identityId: string): Promise<MyApplications> {
  const rows = await tx.query<AppRow>(
    `SELECT p.id, p.name, a.state, a.applied_version < a.desired_version AS behind
     FROM accounts a JOIN applications p ON p.tenant_id = a.tenant_id AND p.id = a.application_id
     WHERE a.tenant_id = $1 AND a.identity_id = $2 ORDER BY p.name, p.id`,
    [tx.tenantId, identityId],
  );
  const [person] = await tx.query<{ settled: boolean }>(
    'SELECT access_version >= version AS settled FROM identities WHERE tenant_id = $1 AND id = $2',
    [tx.tenantId, identityId],
  );
  const items = rows.map(({ id, name, state, behind }) => ({
    ...{ id, name, state: WORDS[state] ?? state },
    updating: state === 'active' && behind,
  }));
  const shown = { settled: person?.settled ?? true, items };
  return { version: createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 16), ...shown };
}

/** One value of a person, and whose word it is. */
export interface MyAttribute {
  readonly name: string;
  readonly value: unknown;
  /** The source that says it; null: it follows from other values. */
  readonly source: { readonly name: string; readonly kind: string } | null;
  readonly rule: string | null;
  readonly since: string | null;
}

/** Everything that is known of the person, and where it comes from. */
export async function myProfile(tx: Tx, identityId: string): Promise<{ state: string; attributes: MyAttribute[] }> {
  const { state, attributes, lineage } = await myIdentity(tx, identityId);
  const sources = await sourcesOf(tx, lineage);
  // The ids of groups are for policies; their names are shown.
  const { groupIds: _, ...named } = attributes;
  const shown = Object.entries(named).map(([name, value]): MyAttribute => {
    const origin = lineage[name as PersonField];
    const source = sources.get(origin?.sourceId ?? '') ?? null;
    return { name, value, source, rule: origin?.rule ?? null, since: origin?.since ?? null };
  });
  return { state, attributes: shown.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

async function sourcesOf(tx: Tx, lineage: Lineage): Promise<Map<string, { name: string; kind: string }>> {
  const ids = [...new Set(Object.values(lineage).map(({ sourceId }) => sourceId))];
  const rows = await tx.query<{ id: string; name: string; kind: string }>(
    'SELECT id, name, kind FROM sources WHERE tenant_id = $1 AND id = ANY($2)',
    [tx.tenantId, ids.filter((id) => id !== null)],
  );
  return new Map(rows.map(({ id, name, kind }) => [id, { name, kind }]));
}

interface GrantRow {
  readonly id: string;
  readonly applicationId: string;
  readonly application: string;
  readonly kind: string | null;
  readonly name: string | null;
  readonly origin: string;
  readonly policy: string | null;
  readonly reason: string | null;
  readonly since: Date;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
}

/** What the person may use, and why: each reason by itself. */
export async function myAccess(tx: Tx, identityId: string, now: Date): Promise<object[]> {
  const rows = await tx.query<GrantRow>(
    `SELECT g.id, g.application_id AS "applicationId", p.name AS application, e.kind, e.name, g.origin, o.name AS policy, g.reason,
       g.since, g.starts_at AS "startsAt", g.ends_at AS "endsAt"
     FROM grants g JOIN applications p ON p.tenant_id = g.tenant_id AND p.id = g.application_id
     LEFT JOIN entitlements e ON e.tenant_id = g.tenant_id AND e.id = g.entitlement_id
     LEFT JOIN policies o ON o.tenant_id = g.tenant_id AND o.id = g.policy_id
     WHERE g.tenant_id = $1 AND g.identity_id = $2 AND g.ended_at IS NULL AND (g.ends_at IS NULL OR g.ends_at > $3)
     ORDER BY p.name, e.kind NULLS FIRST, e.name, g.id LIMIT 1000`,
    [tx.tenantId, identityId, now],
  );
  return rows.map(({ applicationId, application, kind, name, origin, policy, reason, ...rest }) => ({
    ...rest,
    application: { id: applicationId, name: application },
    entitlement: kind === null ? null : { kind, name },
    why: { origin, policy, reason },
  }));
}
