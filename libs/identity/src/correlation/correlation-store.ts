import { createHash } from 'node:crypto';
import type { Tx } from '@tenure/platform';
import { isOver } from '../employment/choose-employment.js';
import { asItCounts } from '../employment/employment-words.js';
import type { Sibling } from './judge-conversion.js';
import type { Finding } from './correlate.js';
import { identityKey } from './correlation-keys.js';
import type { Identity } from '../model/identity.entity.js';
import type { IdentityKeyName } from '../model/identity-key.entity.js';
import type { ScoreRule } from '../rules/identity-settings.js';
import { hasLeft, type LifecycleState, type Person } from '../model/person.js';

/** A key that a statement is about, or (shared) one that it only looks for. */
export interface KeyLock {
  readonly key: string;
  readonly shared: boolean;
}

/** The name of the lock of what a source says under a key. */
export const recordLock = (sourceId: string, key: string): string => `record|${sourceId}|${key}|`;

/**
 * Serialises everybody who says something about the same keys, in one order for all, until the transaction ends:
 * two first records of one person cannot both find nobody, and a report and its manager who come at once find each other.
 */
export async function lockKeys(tx: Tx, keys: readonly KeyLock[]): Promise<void> {
  const locks = keys
    .map(({ key, shared }) => ({
      number: createHash('sha256').update(`${tx.tenantId}|${key}`).digest().readBigInt64BE(0),
      shared,
    }))
    .sort((a, b) => (a.number < b.number ? -1 : a.number > b.number ? 1 : Number(a.shared) - Number(b.shared)));
  await tx.prepared(
    `SELECT CASE WHEN shared THEN pg_advisory_xact_lock_shared(key) ELSE pg_advisory_xact_lock(key) END
     FROM unnest($1::bigint[], $2::boolean[]) AS lock (key, shared)`,
    [locks.map(({ number }) => number.toString()), locks.map(({ shared }) => shared)],
  );
}

/** A key of the record, to be found among the identities' keys. */
export interface WantedKey {
  readonly rule: string;
  readonly trusted: boolean;
  readonly name: IdentityKeyName | ForeignId;
  readonly value: string;
  /** Not trusted for somebody who has a login of another connection. */
  readonly alone?: boolean;
}

/** What another kind of source calls the person. */
export type ForeignId = 'scim.externalId' | 'saml.externalId';

interface FindingRow {
  rowVersion: string | null;
  wanted: number | null;
  identityId: string | null;
  employeeNumber: string | null;
  state: LifecycleState;
  nameKey: string | null;
  numbers: string[] | null;
  siblings: SiblingRow[] | null;
  heldByLogin: boolean | null;
}

interface SiblingRow {
  readonly key: string;
  readonly externalId: string | null;
  readonly person: Person;
  readonly fieldTimes: Readonly<Record<string, string>>;
  readonly removed: boolean;
  readonly missing: boolean;
}

function siblingOf(
  { key, externalId, person: said, fieldTimes, removed, missing }: SiblingRow,
  sourceId: string,
  now: Date,
): Sibling {
  const timeZone = said.timeZone ?? 'UTC';
  const fixed = {
    sourceId,
    kind: 'hrms',
    rank: 0,
    recordId: key,
    recordVersion: 0,
    disputed: {},
    missing: null,
  } as const;
  const statement = asItCounts({ ...fixed, person: said, fieldTimes, removed }, timeZone);
  const { startDate = null, endDate = null } = statement.person;
  return { key, externalId, removed, startDate, endDate, isOver: isOver(statement, timeZone, now), isMissing: missing };
}

/** Where each of the identities' own keys, and their names, are found; custom keys are rows of `identity_keys`. */
const COLUMN_OF: Readonly<Record<string, string>> = {
  employeeNumber: 'employee_number',
  email: 'email_key',
  userName: 'user_name_key',
  name: 'name_key',
  familyName: 'family_name_key',
};

/** The wanted keys' holders. Only what is wanted stands in the SQL: planning it costs more than running it. */
function holdersOf(wanted: readonly WantedKey[], params: unknown[]): string {
  if (wanted.length === 0) return 'SELECT 0 AS place, NULL::uuid AS id';
  const parameter = (value: string): string => `$${params.push(value)}`;
  const parts = wanted.map(({ name, value }, place) => {
    const column = COLUMN_OF[name];
    if (name === 'scim.externalId' || name === 'saml.externalId')
      return `SELECT ${place} AS place, identity_id AS id FROM source_records WHERE tenant_id = $1 AND external_id = ${parameter(value)}
        AND source_id IN (SELECT id FROM sources WHERE tenant_id = $1 AND kind = '${name.slice(0, 4)}') AND identity_id IS NOT NULL`;
    return column === undefined
      ? `SELECT ${place} AS place, identity_id AS id FROM identity_keys WHERE tenant_id = $1 AND name = ${parameter(name)} AND value = ${parameter(value)}`
      : `SELECT ${place} AS place, id FROM identities WHERE tenant_id = $1 AND ${column} = ${parameter(value)}`;
  });
  return parts.join(' UNION ALL ');
}

/** Those who have one of the wanted keys, in the keys' order; and the record's row version now that the keys are locked. */
export async function findByKeys(
  tx: Tx,
  record: { readonly sourceId: string; readonly key: string },
  wanted: readonly WantedKey[],
  now: Date,
): Promise<{ rowVersion: string | null; findings: Finding[] }> {
  const params: unknown[] = [tx.tenantId, record.sourceId, record.key];
  const found = holdersOf(wanted, params);
  const rows = await tx.prepared<FindingRow>(
    `SELECT (SELECT xmin::text FROM source_records WHERE tenant_id = $1 AND source_id = $2 AND key = $3) AS "rowVersion",
       found.place AS wanted, i.id AS "identityId", i.employee_number AS "employeeNumber",
       i.state, i.name_key AS "nameKey", (SELECT array_agg(r.attributes ->> 'employeeNumber') FROM source_records r
         WHERE r.tenant_id = $1 AND r.identity_id = i.id AND r.attributes ->> 'employeeNumber' IS NOT NULL) AS numbers,
       (SELECT jsonb_agg(jsonb_build_object('key', r.key, 'externalId', r.external_id, 'person', r.attributes, 'fieldTimes', r.field_times,
          'removed', r.deleted_at IS NOT NULL, 'missing', r.missing_since IS NOT NULL)) FROM source_records r
         WHERE r.tenant_id = $1 AND r.identity_id = i.id AND r.source_id = $2 AND r.key <> $3) AS siblings, ${wanted.some(({ alone }) => alone) ? HELD_BY_LOGIN : 'false'} AS "heldByLogin"
     FROM (SELECT) one LEFT JOIN (${found}) found ON true LEFT JOIN identities i ON i.tenant_id = $1 AND i.id = found.id
     ORDER BY found.place, i.id LIMIT 200`,
    params,
  );
  const findings = rows.flatMap(({ wanted: place, identityId, employeeNumber, heldByLogin, ...row }): Finding[] => {
    const key = place === null ? undefined : wanted[place];
    if (key === undefined || identityId === null) return [];
    const { rule, alone } = key;
    const trusted = key.trusted && !(alone === true && heldByLogin === true);
    const siblings = (row.siblings ?? []).map((sibling) => siblingOf(sibling, record.sourceId, now));
    const heldBySource = siblings.some(({ removed }) => !removed);
    const known = { nameKey: row.nameKey, numbers: row.numbers ?? [], hasLeft: hasLeft(row), siblings };
    return [{ identityId, rule, trusted, employeeNumber, heldBySource, ...known }];
  });
  return { rowVersion: rows[0]?.rowVersion ?? null, findings };
}

const HELD_BY_LOGIN = `EXISTS (SELECT FROM source_records r JOIN sources s ON s.tenant_id = $1 AND s.id = r.source_id AND s.kind = 'saml'
  WHERE r.tenant_id = $1 AND r.identity_id = i.id AND r.source_id <> $2 AND r.deleted_at IS NULL)`;

/** Somebody who shares the name (or key) that a score rule looks among. */
export type Lookalike = Pick<Identity, 'id' | 'state' | 'attributes' | 'managerId' | 'isManager'> & {
  readonly heldBySource: boolean;
};

/** With more people of one name a score says little, and asking all of them would take too long. */
export const LOOKALIKES = 200;

/** Everybody whom a score rule compares with the record, one more than `LOOKALIKES` at most. */
export function findLookalikes(
  tx: Tx,
  record: { readonly sourceId: string; readonly key: string },
  among: ScoreRule['among'],
  value: string,
): Promise<Lookalike[]> {
  const column = COLUMN_OF[among];
  const condition =
    column === undefined
      ? 'i.id IN (SELECT identity_id FROM identity_keys WHERE tenant_id = $1 AND value = $4 AND name = $5)'
      : `i.${column} = $4`;
  return tx.query<Lookalike>(
    `SELECT i.id, i.state, i.attributes, i.manager_id AS "managerId", i.is_manager AS "isManager",
       EXISTS (SELECT FROM source_records r WHERE r.tenant_id = $1 AND r.identity_id = i.id AND r.source_id = $2 AND r.key <> $3
               AND r.deleted_at IS NULL) AS "heldBySource"
     FROM identities i WHERE i.tenant_id = $1 AND i.merged_into IS NULL AND ${condition} ORDER BY i.id LIMIT ${LOOKALIKES + 1}`,
    [tx.tenantId, record.sourceId, record.key, value, ...(column === undefined ? [among] : [])],
  );
}

/** Identities that have the same value of a key today, in groups; at most `limit` of them. */
export async function findSharedKeys(tx: Tx, name: IdentityKeyName, limit: number): Promise<string[][]> {
  const column = COLUMN_OF[name];
  const rows = await tx.query<{ ids: string[] }>(
    column === undefined
      ? `SELECT array_agg(identity_id ORDER BY identity_id) AS ids FROM identity_keys WHERE tenant_id = $1 AND name = $3
         GROUP BY value HAVING count(*) > 1 ORDER BY 1 LIMIT $2`
      : `SELECT array_agg(id ORDER BY id) AS ids FROM identities WHERE tenant_id = $1 AND ${column} IS NOT NULL
         GROUP BY ${column} HAVING count(*) > 1 ORDER BY 1 LIMIT $2`,
    [tx.tenantId, limit, ...(column === undefined ? [name] : [])],
  );
  return rows.map(({ ids }) => ids);
}

/** The custom attributes that can be keys: texts and numbers. */
export function customKeys(person: Person): Readonly<Record<string, string>> {
  const entries = Object.keys(person.custom ?? {}).flatMap((attribute) => {
    const name = `custom.${attribute}` as const;
    const value = identityKey(person, name);
    return value === null || value.length > MAX_KEY ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}

const MAX_KEY = 200;

/** Keeps the keys of an identity as its custom attributes are now. */
export async function writeKeys(tx: Tx, identityId: string, keys: Readonly<Record<string, string>>): Promise<void> {
  await tx.query(
    `WITH wanted AS (SELECT * FROM unnest($3::text[], $4::text[]) AS w (name, value)),
     gone AS (DELETE FROM identity_keys k WHERE tenant_id = $1 AND identity_id = $2
              AND NOT EXISTS (SELECT FROM wanted w WHERE w.name = k.name AND w.value = k.value))
     INSERT INTO identity_keys (tenant_id, name, value, identity_id) SELECT $1, name, value, $2 FROM wanted ON CONFLICT DO NOTHING`,
    [tx.tenantId, identityId, Object.keys(keys), Object.values(keys)],
  );
}
