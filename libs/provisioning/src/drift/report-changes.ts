import { newId, type Tx } from '@tenure/platform';
import { writeRulesOf, type Application, type ChosenNames, type DesiredAccount, type Mode } from '@tenure/applications';
import { isEmptyValue, type AttributeValue, type Capabilities, type ObservedAccount } from '@tenure/connectors';
import { matchTargetsOf } from '../reconcile/find-account.js';
import { nextStrangers } from './unknown-accounts/find-unknown-accounts.js';
import { judgeStranger } from './unknown-accounts/match-unknown-account.js';
import { namedDesired } from '../reconcile/named-desired.js';
import { planAccount, type Step, type WriteRules } from '../reconcile/plan-account.js';
import type { ReportedValue, ReportItem, ReportStep } from './report-item.entity.js';
import { matchKeysOf, type ClaimedScan, type ScanStep } from './listing/scan-store.js';

interface Row {
  readonly id: string;
  readonly identityId: string;
  readonly desired: DesiredAccount;
  readonly names: ChosenNames;
  readonly remoteId: string | null;
  readonly isProtected: boolean;
  readonly wasThere: boolean;
}

interface Found {
  readonly remoteId: string;
  readonly externalId: string | null;
  readonly matchKeys: readonly string[];
  readonly observed: ObservedAccount;
  readonly isOwned: boolean;
}

type Item = Omit<ReportItem, 'tenantId' | 'id' | 'scanId'>;

const SLICE = 200;

const FOUND = `
  SELECT s.remote_id AS "remoteId", s.external_id AS "externalId", s.match_keys AS "matchKeys", s.observed,
    EXISTS (SELECT FROM accounts o WHERE o.tenant_id = $1 AND o.application_id = $3 AND o.remote_id = s.remote_id) AS "isOwned"
  FROM scanned_accounts s
  WHERE s.tenant_id = $1 AND s.scan_id = $2 AND (s.remote_id = ANY($4) OR s.external_id = ANY($5) OR s.match_keys && $6::text[])`;

/** Per account of the entitlements' names: those that it would get, and those that it would lose. */
const MEMBERSHIPS = `
  SELECT r.account_id AS id, array_agg(e.name ORDER BY e.name) FILTER (WHERE m.wanted AND s.remote_id IS NULL) AS joins,
    array_agg(e.name ORDER BY e.name) FILTER (WHERE s.remote_id IS NOT NULL AND m.wanted IS NOT TRUE) AS leaves
  FROM jsonb_to_recordset($4) AS r (account_id uuid, remote_id text)
  JOIN entitlements e ON e.tenant_id = $1 AND e.application_id = $3
  LEFT JOIN entitlement_members m ON m.tenant_id = $1 AND m.entitlement_id = e.id AND m.account_id = r.account_id
  LEFT JOIN scanned_members s ON s.tenant_id = $1 AND s.scan_id = $2 AND s.entitlement_id = e.id AND s.remote_id = r.remote_id
  WHERE m.wanted OR s.remote_id IS NOT NULL GROUP BY r.account_id`;

/** What the target mode would do with one slice of our accounts: the plan that would be carried out, and nothing is written of it. */
export async function reportAccounts(
  tx: Tx,
  application: Application,
  scan: ClaimedScan,
  capabilities: Pick<Capabilities, 'correlateBy' | 'caseless'>,
): Promise<ScanStep> {
  const matchBy = matchTargetsOf(application, capabilities);
  const rows = await tx.query<Row>(
    `SELECT id, identity_id AS "identityId", desired, names, remote_id AS "remoteId", protected_reason IS NOT NULL AS "isProtected", was_there AS "wasThere" FROM accounts
     WHERE tenant_id = $1 AND application_id = $2 AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT ${SLICE}`,
    [tx.tenantId, application.id, scan.cursor],
  );
  const keysOfRow = ({ desired }: Row): readonly string[] => matchKeysOf(desired.attributes, matchBy);
  const found = await tx.query<Found>(FOUND, [
    tx.tenantId,
    scan.id,
    application.id,
    rows.flatMap(({ remoteId }) => remoteId ?? []),
    rows.map(({ id }) => id),
    rows.flatMap(keysOfRow),
  ]);
  const rules = writeRulesOf(application.mapping);
  const mode = scan.targetMode ?? application.mode;
  const items = rows.map((row) => itemOf(row, foundFor(row, keysOfRow(row), found), mode, rules, capabilities));
  const joined = await withMemberships(tx, application, scan, items, mode);
  const counts = await writeItems(tx, scan, joined);
  const last = rows.at(-1);
  return rows.length < SLICE || last === undefined ? { phase: 'strangers', counts } : { cursor: last.id, counts };
}

/** Those in the application that may be this account: the one that is, or carries its id, or else all of the first key that finds any. */
function foundFor(row: Row, keys: readonly string[], found: readonly Found[]): readonly Found[] {
  const own = found.filter((one) => isOurs(row, one));
  if (own.length > 0) return own.slice(0, 1);
  const same = keys.map((key) => found.filter(({ matchKeys }) => matchKeys.includes(key)));
  return same.find((some) => some.length > 0) ?? [];
}

const isOurs = (row: Row, { remoteId, externalId }: Found): boolean =>
  remoteId === row.remoteId || externalId === row.id;

/** Whether somebody has to say whose it is: several match, or the one that does carries somebody else's mark. */
const isDoubtful = (row: Row, found: readonly Found[]): boolean =>
  !found.some((one) => isOurs(row, one)) &&
  (found.length > 1 || found.some(({ isOwned, externalId }) => isOwned || externalId !== null));

function itemOf(
  row: Row,
  found: readonly Found[],
  mode: Mode,
  rules: WriteRules,
  { caseless = [] }: Pick<Capabilities, 'caseless'>,
): Item {
  const [first = null] = found;
  const remoteId = first?.remoteId ?? null;
  const base = { accountId: row.id, identityId: row.identityId, remoteId, candidates: [], joins: [], leaves: [] };
  if (isDoubtful(row, found)) return { ...base, situation: 'ambiguous', steps: [], withheld: [] };
  const observed = first?.observed ?? null;
  const wasThere = row.wasThere || found.some((one) => !isOurs(row, one));
  const terms = { caseless, wasThere };
  const { steps, withheld } = planAccount(namedDesired(row.desired, row.names), observed, mode, rules, terms);
  const planned = [...adoptionOf(row, first, mode), ...steps.map((step) => shown(step, observed))];
  return {
    ...base,
    situation: first === null ? 'absent' : 'matched',
    // Nothing touches a protected account, whatever the mode.
    steps: row.isProtected ? [] : planned,
    withheld: [...(row.isProtected ? planned : []), ...withheld.map((step) => shown(step, observed))],
  };
}

/** What is found and does not carry our mark is given it first. */
const adoptionOf = (row: Row, found: Found | null, mode: Mode): readonly ReportStep[] =>
  found === null || found.externalId === row.id || mode === 'observe'
    ? []
    : [{ kind: 'adopt', changes: ['externalId'], values: {} }];

/** The step with the value that each attribute has and the one that it would get. */
function shown(step: Step, observed: ObservedAccount | null): ReportStep {
  const change = step.kind === 'create' ? step.desired : step.change;
  const switched = step.kind !== 'create' && change.enabled !== undefined;
  const values: Record<string, ReportedValue> = {};
  if (switched) values.enabled = { from: observed?.enabled ?? null, to: change.enabled ?? null };
  for (const [name, to] of Object.entries(change.attributes ?? {})) {
    const from = observed?.attributes[name] ?? null;
    values[name] = { from: plain(from), to: plain(to) };
  }
  return { kind: step.kind, changes: Object.keys(values), values };
}

const plain = (value: AttributeValue): AttributeValue => (isEmptyValue(value) ? null : value);

/** In `observe` no membership changes, and in `add_only` none ends. */
async function withMemberships(
  tx: Tx,
  { id: applicationId }: Application,
  scan: ClaimedScan,
  items: readonly Item[],
  mode: Mode,
): Promise<readonly Item[]> {
  if (mode === 'observe') return items;
  const known = items
    .filter(({ situation }) => situation !== 'ambiguous')
    .map(({ accountId, remoteId }) => ({ account_id: accountId, remote_id: remoteId }));
  const rows = await tx.query<{ id: string; joins: string[] | null; leaves: string[] | null }>(MEMBERSHIPS, [
    tx.tenantId,
    scan.id,
    applicationId,
    JSON.stringify(known),
  ]);
  const changes = new Map(rows.map((row) => [row.id, row]));
  return items.map((item) => {
    const { joins, leaves } = changes.get(item.accountId ?? '') ?? { joins: null, leaves: null };
    return { ...item, joins: joins ?? [], leaves: mode === 'enforce' ? (leaves ?? []) : [] };
  });
}

/** One slice of the accounts there that are not ours. */
export async function reportStrangers(tx: Tx, application: Application, scan: ClaimedScan): Promise<ScanStep> {
  const { strangers, next } = await nextStrangers(tx, application, scan);
  const matched = await matchedOf(
    tx,
    scan,
    strangers.map(({ remoteId }) => remoteId),
  );
  const items = strangers
    .filter(({ remoteId }) => !matched.has(remoteId))
    .map(({ remoteId, candidates }): Item => ({
      ...{ accountId: null, identityId: null, remoteId, candidates, steps: [], withheld: [], joins: [], leaves: [] },
      situation: judgeStranger(candidates) === 'ambiguous' ? 'ambiguous' : 'unmatched',
    }));
  const counts = await writeItems(tx, scan, items);
  return next === null ? { phase: 'tidy', counts } : { cursor: next, counts };
}

/** Strangers that the report already speaks of, because an account of ours would take them over. */
async function matchedOf(tx: Tx, scan: ClaimedScan, remoteIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ id: string }>(
    'SELECT remote_id AS id FROM report_items WHERE tenant_id = $1 AND scan_id = $2 AND remote_id = ANY($3)',
    [tx.tenantId, scan.id, remoteIds],
  );
  return new Set(rows.map(({ id }) => id));
}

async function writeItems(tx: Tx, scan: ClaimedScan, items: readonly Item[]): Promise<Record<string, number>> {
  await tx.query(
    `INSERT INTO report_items (tenant_id, id, scan_id, situation, account_id, identity_id, remote_id, candidates, steps, withheld, joins, leaves)
     SELECT $1, r.id, $2, r.situation, r."accountId", r."identityId", r."remoteId", r.candidates, r.steps, r.withheld, r.joins, r.leaves
     FROM jsonb_to_recordset($3) AS r (id uuid, situation text, "accountId" uuid, "identityId" uuid, "remoteId" text, candidates jsonb,
       steps jsonb, withheld jsonb, joins text[], leaves text[])`,
    [tx.tenantId, scan.id, JSON.stringify(items.map((item) => ({ ...item, id: newId() })))],
  );
  const counts: Record<string, number> = {};
  const count = (name: string, more = 1): void => void (counts[name] = (counts[name] ?? 0) + more);
  for (const { situation, steps, joins, leaves } of items) {
    count(situation);
    for (const { kind } of steps) count(kind);
    count('joins', joins.length);
    count('leaves', leaves.length);
  }
  return counts;
}
