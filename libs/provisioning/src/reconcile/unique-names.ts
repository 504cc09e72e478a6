import { Database, type Tx } from '@tenure/platform';
import type { ChosenNames } from '@tenure/applications';
import { nameKey } from './name-candidates.js';

/** One target of one account that needs a name which nobody else of the application has. */
export interface NameWish {
  readonly applicationId: string;
  readonly accountId: string;
  readonly fence: string;
  readonly target: string;
  /** What is asked for; the chosen name stays as long as this does. */
  readonly base: string;
  readonly candidates: readonly string[];
}

/** Two that reach for the same name at once: one of them looks again. */
const TRIES = 20;

/** Names that are reserved here before an application is asked, so that two hires of one minute never get the same one. */
export class UniqueNames {
  constructor(private readonly database: Database) {}

  /** The first candidate that is free, reserved for the account and kept with it; null when none is. */
  async choose(tenantId: string, wish: NameWish): Promise<string | null> {
    return this.database.transaction(tenantId, async (tx) => {
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        const found = await firstFree(tx, wish);
        if (found === null) return null;
        if (!(await reserve(tx, wish, found))) continue;
        const chosen: ChosenNames = { [wish.target]: { base: wish.base, value: found } };
        await tx.query(
          'UPDATE accounts SET names = names || $4::jsonb WHERE tenant_id = $1 AND id = $2 AND fence = $3',
          [tx.tenantId, wish.accountId, wish.fence, JSON.stringify(chosen)],
        );
        return found;
      }
      return null;
    });
  }

  /** The application says that somebody else has it there: nobody of ours gets it. */
  async refuse(tenantId: string, { applicationId, target, accountId }: NameWish, name: string): Promise<void> {
    await this.database.transaction(tenantId, (tx) =>
      tx.query(
        `INSERT INTO reservations AS r (tenant_id, application_id, target, key, account_id, refused) VALUES ($1, $2, $3, $4, $5, true)
         ON CONFLICT (tenant_id, application_id, target, key) DO UPDATE SET refused = true WHERE r.account_id = $5`,
        [tenantId, applicationId, target, nameKey(name), accountId],
      ),
    );
  }
}

/** The account has these names in the application: others that were reserved for it are free again. */
export async function freeOtherNames(tx: Tx, accountId: string, names: ChosenNames): Promise<void> {
  await tx.query(
    `DELETE FROM reservations r USING jsonb_to_recordset($3) AS kept (target text, key text)
     WHERE r.tenant_id = $1 AND r.account_id = $2 AND NOT r.refused AND r.target = kept.target AND r.key <> kept.key`,
    [
      tx.tenantId,
      accountId,
      JSON.stringify(Object.entries(names).map(([target, { value }]) => ({ target, key: nameKey(value) }))),
    ],
  );
}

async function firstFree(tx: Tx, { applicationId, target, accountId, candidates }: NameWish): Promise<string | null> {
  const [row] = await tx.query<{ name: string }>(
    `SELECT c.name FROM unnest($5::text[], $6::text[]) WITH ORDINALITY AS c (name, key, nth)
     LEFT JOIN reservations r ON r.tenant_id = $1 AND r.application_id = $2 AND r.target = $3 AND r.key = c.key
     WHERE r.key IS NULL OR (r.account_id = $4 AND NOT r.refused) ORDER BY c.nth LIMIT 1`,
    [tx.tenantId, applicationId, target, accountId, candidates, candidates.map(nameKey)],
  );
  return row?.name ?? null;
}

async function reserve(tx: Tx, { applicationId, target, accountId }: NameWish, name: string): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO reservations AS r (tenant_id, application_id, target, key, account_id) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (tenant_id, application_id, target, key) DO UPDATE SET account_id = r.account_id
       WHERE r.account_id = $5 AND NOT r.refused RETURNING key`,
    [tx.tenantId, applicationId, target, nameKey(name), accountId],
  );
  return rows.length > 0;
}
