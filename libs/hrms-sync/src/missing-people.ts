import type { Tx } from '@tenure/platform';
import type { ListedRecord } from '@tenure/identity';

/** Whom a file misses, counted before anybody is marked. */
export interface MissingCount {
  /** Everybody whom the source told of and the file does not. */
  readonly missing: number;
  /** Those of them whom no earlier file missed. */
  readonly newly: number;
  /** Everybody whom the source tells of. */
  readonly of: number;
  /** Some of the new ones, as identities. */
  readonly sample: readonly string[];
  /** Rows that could not be read so far as to know whom they name. */
  readonly unreadable: number;
  /** A later full file of the source was begun: it decides, for it knows better. */
  readonly outdated: boolean;
}

const SAMPLE = 20;

/**
 * Whether this file, or one that was begun after it, names the record: also in a row that was rejected. Asked per record by
 * index (1.3 s for 100,000): as a join it is faster, until the statistics are old and it never ends.
 */
const NAMED = `EXISTS (
  SELECT FROM import_rows w WHERE w.tenant_id = $1 AND w.key = r.key AND w.import_id = ANY (ARRAY(
    SELECT n.id FROM imports i JOIN imports n ON n.tenant_id = i.tenant_id AND n.source_id = i.source_id
    WHERE i.tenant_id = $1 AND i.id = $2 AND (n.id = i.id OR (NOT n.preview AND n.state <> 'held' AND n.started_at > i.started_at)))))`;

/** Whom the file names under another number of theirs is not missing, though the old number's record is. */
const CONVERTED = `EXISTS (
  SELECT FROM source_records o JOIN import_rows w ON w.tenant_id = $1 AND w.import_id = $2 AND w.key = o.key
  WHERE o.tenant_id = $1 AND o.identity_id = r.identity_id AND o.source_id = r.source_id AND o.key <> r.key)`;

/** Counts whom the file does not name, among all live records of its source. */
export async function countMissing(tx: Tx, importId: string): Promise<MissingCount> {
  const [row] = await tx.query<Omit<MissingCount, 'sample'> & { sample: string[] | null }>(
    `WITH live AS (
       SELECT r.identity_id, r.missing_since IS NULL AS fresh, ${NAMED} OR ${CONVERTED} AS named
       FROM imports i JOIN source_records r ON r.tenant_id = i.tenant_id AND r.source_id = i.source_id AND r.deleted_at IS NULL
       WHERE i.tenant_id = $1 AND i.id = $2)
     SELECT count(*) FILTER (WHERE NOT named)::int AS missing, count(*) FILTER (WHERE NOT named AND fresh)::int AS newly,
       count(*)::int AS of, (array_agg(identity_id) FILTER (WHERE NOT named AND fresh AND identity_id IS NOT NULL))[1:${SAMPLE}] AS sample,
       (SELECT count(*)::int FROM import_rows w WHERE w.tenant_id = $1 AND w.import_id = $2 AND w.key IS NULL) AS unreadable,
       EXISTS (SELECT FROM imports i JOIN imports n ON n.tenant_id = i.tenant_id AND n.source_id = i.source_id
               WHERE i.tenant_id = $1 AND i.id = $2 AND NOT n.preview AND n.state <> 'held' AND n.scope = 'full' AND n.started_at > i.started_at) AS outdated
     FROM live`,
    [tx.tenantId, importId],
  );
  return row
    ? { ...row, sample: row.sample ?? [] }
    : { missing: 0, newly: 0, of: 0, sample: [], unreadable: 0, outdated: false };
}

export interface ListedPage {
  /** Those whose mark differs from what the file says. */
  readonly records: readonly ListedRecord[];
  /** The last key that was looked at; null: there are no more. */
  readonly lastKey: string | null;
}

/** The next live records of the file's source in the order of their keys, as many as `limit` whose mark must change. */
export async function listedAfter(tx: Tx, importId: string, after: string, limit: number): Promise<ListedPage> {
  const rows = await tx.query<ListedRecord & { key: string }>(
    `SELECT * FROM (
       SELECT r.id AS "recordId", r.identity_id AS "identityId", r.key, r.missing_since IS NULL AS fresh, ${NAMED} AS named
       FROM imports i JOIN source_records r ON r.tenant_id = i.tenant_id AND r.source_id = i.source_id AND r.deleted_at IS NULL
       WHERE i.tenant_id = $1 AND i.id = $2 AND r.key > $3) listed
     WHERE named <> fresh ORDER BY key LIMIT $4`,
    [tx.tenantId, importId, after, limit],
  );
  const last = rows.length < limit ? null : (rows.at(-1)?.key ?? null);
  return { records: rows.map(({ recordId, identityId, named }) => ({ recordId, identityId, named })), lastKey: last };
}
