import type { Tx } from '@tenure/platform';
import type { BudgetAction } from '@tenure/applications';
import { bucketOf, BUCKET_MS, WINDOW_MS, type Excess, type Spend } from './judge-budget.js';
import type { BudgetedAction, Standing } from './pass-budget.js';

interface StandingRow {
  readonly identityState: string;
  readonly fact: string | null;
  readonly cleared: boolean;
  readonly held: Excess | null;
  readonly refused: string | null;
}

/** What is known of each action's account and person; in the order of `asked`, null where the account is gone. */
export async function loadStandings(tx: Tx, asked: readonly BudgetedAction[]): Promise<(Standing | null)[]> {
  const rows = await tx.query<StandingRow & { place: number }>(
    `SELECT q.place, i.state AS "identityState", i.state_reason ->> 'fact' AS fact,
       CASE WHEN q."entitlementId" IS NULL THEN a.cleared_version = q.version AND q.action = ANY (a.cleared_actions)
            ELSE coalesce(m.cleared_version = q.version, false) END AS cleared,
       (SELECT h.budget FROM held_items h
        WHERE h.tenant_id = $1 AND h.account_id = q."accountId" AND h.action = q.action AND h.entitlement_id IS NOT DISTINCT FROM q."entitlementId"
          AND h.version = q.version AND h.state = 'held') AS held,
       (SELECT coalesce(h.reason, 'It was ' || h.state || '.') FROM held_items h
        WHERE h.tenant_id = $1 AND h.account_id = q."accountId" AND h.action = q.action AND h.entitlement_id IS NOT DISTINCT FROM q."entitlementId"
          AND (h.bars_later OR (h.version = q.version AND h.state IN ('rejected', 'expired'))) ORDER BY h.id DESC LIMIT 1) AS refused
     FROM jsonb_to_recordset($2) AS q (place int, "accountId" uuid, "entitlementId" uuid, action text, version bigint)
     JOIN accounts a ON a.tenant_id = $1 AND a.id = q."accountId"
     JOIN identities i ON i.tenant_id = $1 AND i.id = a.identity_id
     LEFT JOIN entitlement_members m ON m.tenant_id = $1 AND m.entitlement_id = q."entitlementId" AND m.account_id = q."accountId"`,
    [tx.tenantId, JSON.stringify(asked.map((one, place) => ({ ...one, place })))],
  );
  const found = new Map(rows.map(({ place, ...standing }) => [place, standing]));
  return asked.map((_, place) => found.get(place) ?? null);
}

/** One worker at a time judges a budget: nobody else spends of it until the transaction ends. */
export async function lockBudget(tx: Tx, applicationId: string, action: BudgetAction): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`budget|${applicationId}|${action}`]);
}

/** What was let through in the longest window. */
export function loadSpends(tx: Tx, applicationId: string, action: BudgetAction, now: Date): Promise<Spend[]> {
  return tx.query<Spend>(
    'SELECT at, count FROM budget_spends WHERE tenant_id = $1 AND application_id = $2 AND action = $3 AND at >= $4',
    [tx.tenantId, applicationId, action, new Date(now.getTime() - WINDOW_MS.week - BUCKET_MS)],
  );
}

/** What percentages are of: enabled accounts, and held memberships for `revoke`. */
export async function countPopulation(tx: Tx, applicationId: string, action: BudgetAction): Promise<number> {
  const from =
    action === 'revoke'
      ? 'entitlement_members WHERE held IS DISTINCT FROM false'
      : "accounts WHERE applied ->> 'enabled' = 'true'";
  const [row] = await tx.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${from} AND tenant_id = $1 AND application_id = $2`,
    [tx.tenantId, applicationId],
  );
  return row?.count ?? 0;
}

/** Counts what is let through, and remembers of each that it was. */
export async function spend(tx: Tx, applicationId: string, asked: readonly BudgetedAction[], now: Date): Promise<void> {
  const [first] = asked;
  if (first === undefined) return;
  await tx.query(
    `INSERT INTO budget_spends AS b (tenant_id, application_id, action, at, count) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (tenant_id, application_id, action, at) DO UPDATE SET count = b.count + excluded.count`,
    [tx.tenantId, applicationId, first.action, bucketOf(now), asked.length],
  );
  await clear(tx, asked);
}

type Cleared = Pick<BudgetedAction, 'action' | 'accountId' | 'entitlementId' | 'version'>;

/** From now on these may be done, each for its version. */
export async function clear(tx: Tx, items: readonly Cleared[]): Promise<void> {
  const members = items.filter(({ entitlementId }) => entitlementId !== null);
  const accounts = items.filter(({ entitlementId }) => entitlementId === null);
  if (accounts.length > 0)
    await tx.query(
      `UPDATE accounts a SET cleared_version = c.version,
         cleared_actions = CASE WHEN a.cleared_version = c.version THEN a.cleared_actions || c.action ELSE ARRAY[c.action] END
       FROM jsonb_to_recordset($2) AS c ("accountId" uuid, action text, version bigint)
       WHERE a.tenant_id = $1 AND a.id = c."accountId" AND a.cleared_version <= c.version`,
      [tx.tenantId, JSON.stringify(accounts)],
    );
  if (members.length > 0)
    await tx.query(
      `UPDATE entitlement_members m SET cleared_version = c.version
       FROM jsonb_to_recordset($2) AS c ("accountId" uuid, "entitlementId" uuid, version bigint)
       WHERE m.tenant_id = $1 AND m.entitlement_id = c."entitlementId" AND m.account_id = c."accountId"`,
      [tx.tenantId, JSON.stringify(members)],
    );
}

/** Held items of actions that may be done now without a person's word: whoever is held for an absence leaves by name meanwhile. */
export async function supersede(tx: Tx, now: Date, actions: readonly BudgetedAction[]): Promise<void> {
  if (actions.length === 0) return;
  await tx.query(
    `UPDATE held_items h SET state = 'superseded', decided_at = $3
     FROM jsonb_to_recordset($2) AS q ("accountId" uuid, "entitlementId" uuid, action text)
     WHERE h.tenant_id = $1 AND h.account_id = q."accountId" AND h.action = q.action AND h.entitlement_id IS NOT DISTINCT FROM q."entitlementId"
       AND h.state = 'held'`,
    [tx.tenantId, JSON.stringify(actions), now],
  );
}
