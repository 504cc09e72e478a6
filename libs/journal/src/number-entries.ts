import { duePerTenant, type Timer } from '@tenure/platform';

/** The oldest of each tenant, so that one who writes much hides nobody's entries. */
const UNNUMBERED = duePerTenant({
  table: 'journal',
  columns: 'id',
  open: 'position IS NULL',
  due: 'true',
  order: 'id',
  perTenant: 2_000,
});

/**
 * Gives committed entries their dense position per tenant. A number taken inside the writing transaction
 * would let a reader skip one that commits late; here one numberer, under the timer's row, sees committed rows only.
 */
export const numberJournalEntries: Timer = {
  name: 'journal-numberer',
  everyMs: 1_000,
  run: async (tx) => {
    await tx.query(
      `WITH fresh AS (
         SELECT tenant_id, id, row_number() OVER (PARTITION BY tenant_id ORDER BY id) AS nth, count(*) OVER (PARTITION BY tenant_id) AS total
         FROM (${UNNUMBERED}) unnumbered),
       heads AS (
         INSERT INTO journal_heads AS head (tenant_id, position)
         SELECT tenant_id, count(*) FROM fresh GROUP BY tenant_id
         ON CONFLICT (tenant_id) DO UPDATE SET position = head.position + excluded.position
         RETURNING tenant_id, position)
       UPDATE journal SET position = heads.position - fresh.total + fresh.nth
       FROM fresh JOIN heads USING (tenant_id)
       WHERE journal.tenant_id = fresh.tenant_id AND journal.id = fresh.id`,
    );
  },
};
