import type { MigrationInterface, QueryRunner } from 'typeorm';

const PARTITIONS = `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'public.operations'::regclass AND c.relname ~ '^operations_[0-9]{4}_[0-9]{2}$'`;
const DEFINER = `LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'`;

/**
 * Evidence by month. Whoever runs the processes may not make or drop tables, so two functions with the owner's right do
 * only this; they give up soon when somebody uses the table, and are called again. A partition gets no grants of its own.
 */
export class PartitionOperations1764302001000 implements MigrationInterface {
  async up(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE operations ADD COLUMN because jsonb NOT NULL DEFAULT '[]'`);
    // This month and the next ones, and those of which rows lie in the default partition: they move.
    await q.query(`
      CREATE FUNCTION ensure_operation_partitions(ahead int) RETURNS SETOF text ${DEFINER} AS $$
      DECLARE
        month timestamp;
        partition text;
        first_at timestamptz;
        last_at timestamptz;
      BEGIN
        FOR month IN
          SELECT generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'), date_trunc('month', now() AT TIME ZONE 'UTC') + least(ahead, 24) * interval '1 month', interval '1 month')
          UNION SELECT date_trunc('month', at AT TIME ZONE 'UTC') FROM public.operations_default
          ORDER BY 1
        LOOP
          partition := 'operations_' || to_char(month, 'YYYY_MM');
          CONTINUE WHEN to_regclass('public.' || partition) IS NOT NULL;
          first_at := month AT TIME ZONE 'UTC';
          last_at := (month + interval '1 month') AT TIME ZONE 'UTC';
          LOCK TABLE public.operations_default IN ACCESS EXCLUSIVE MODE;
          EXECUTE format('CREATE TABLE public.%I (LIKE public.operations_default INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
          EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, tenure_app, tenure_search, tenure_system', partition);
          EXECUTE format('WITH moved AS (DELETE FROM public.operations_default WHERE at >= %L AND at < %L RETURNING *) INSERT INTO public.%I SELECT * FROM moved', first_at, last_at, partition);
          EXECUTE format('ALTER TABLE public.operations ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', partition, first_at, last_at);
          RETURN NEXT partition;
        END LOOP;
      END $$`);
    await q.query(`
      CREATE FUNCTION drop_operation_partitions(before timestamptz) RETURNS SETOF text ${DEFINER} AS $$
      DECLARE
        partition text;
      BEGIN
        IF before IS NULL OR before > now() - interval '30 days' THEN
          RAISE EXCEPTION 'Operations of the last 30 days are never dropped.';
        END IF;
        FOR partition IN
          SELECT name FROM (${PARTITIONS}) p
          WHERE (to_date(right(name, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' <= before ORDER BY 1
        LOOP
          EXECUTE format('DROP TABLE public.%I', partition);
          RETURN NEXT partition;
        END LOOP;
      END $$`);
    await q.query(`
      REVOKE ALL ON FUNCTION ensure_operation_partitions(int), drop_operation_partitions(timestamptz) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION ensure_operation_partitions(int), drop_operation_partitions(timestamptz) TO tenure_system;
      GRANT DELETE ON operations TO tenure_system`);
    await q.query('SELECT ensure_operation_partitions(3)');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`
      DO $$ DECLARE partition text; BEGIN
        FOR partition IN ${PARTITIONS} LOOP
          EXECUTE format('ALTER TABLE operations DETACH PARTITION %I', partition);
          EXECUTE format('INSERT INTO operations_default SELECT * FROM %I', partition);
          EXECUTE format('DROP TABLE %I', partition);
        END LOOP;
      END $$`);
    await q.query(`
      DROP FUNCTION ensure_operation_partitions(int), drop_operation_partitions(timestamptz);
      REVOKE DELETE ON operations FROM tenure_system;
      ALTER TABLE operations DROP COLUMN because`);
  }
}
