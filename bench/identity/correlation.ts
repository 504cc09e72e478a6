import { randomBytes } from 'node:crypto';
import { newId, SecretBox, type Tx } from '@tenure/platform';
// The step that is measured is no one's business but the lib's, so it is not among its exports.
import { findByKeys, lockKeys, type WantedKey } from '../../libs/identity/src/correlation/correlation-store.js';
import { getSource, Identities, Sources, type Person, type Source, type SourceKind } from '@tenure/identity';
import { figure, roundTrips, spread, spreadOf, timed, type Bench } from './bench.js';

const BY = { actor: 'bench', door: 'csv' } as const;
const RECORDS = 1_000;

/** A source of the tenant. */
export async function source(bench: Bench, tenantId: string, kind: SourceKind): Promise<Source> {
  const sources = new Sources(bench.database, new SecretBox(randomBytes(32)));
  return bench.database.transaction(tenantId, async (tx) => {
    const { id } = await sources.create(tx, BY, bench.clock.now(), { kind, name: `${kind} ${newId()}` });
    return getSource(tx, id);
  });
}

/** New records of people who are known, or not, among `people`; and records that say the same again. */
export async function measureCorrelation(bench: Bench, tenantId: string, people: number): Promise<void> {
  const { database, events, clock } = bench;
  const identities = new Identities(events, clock);
  const csv = await source(bench, tenantId, 'csv');
  const scim = await source(bench, tenantId, 'scim');
  const said = (tx: Tx, from: Source, key: string, person: Person): Promise<unknown> =>
    identities.state(tx, BY, { source: from, key, person, saidAt: new Date('2026-01-01T00:00:00Z') });
  const state = (from: Source, key: string, person: Person): Promise<unknown> =>
    database.transaction(tenantId, (tx) => said(tx, from, key, person));
  const known = (index: number): Person => {
    const g = 1 + ((index * 7_919) % people);
    return { employeeNumber: `E${g}`, email: `user${g}@example.com`, title: 'Same', startDate: '2020-01-01' };
  };
  const stranger = (index: number): Person => ({
    employeeNumber: `N${index}`,
    email: `new${index}@example.com`,
    givenName: 'New',
    familyName: `Person${index}`,
    startDate: '2020-01-01',
  });
  const amount = people.toLocaleString('en');

  const keys = (index: number): WantedKey[] => [
    { rule: 'employee number', trusted: true, name: 'employeeNumber', value: `N${index}` },
    { rule: 'e-mail address', trusted: true, name: 'email', value: `user${1 + (index % people)}@example.com` },
  ];
  const taken: number[] = [];
  for (let index = 0; index < RECORDS; index++) {
    await database.transaction(tenantId, async (tx) => {
      const correlate = async (): Promise<void> => {
        await lockKeys(
          tx,
          keys(index).map(({ name, value }) => ({ key: `${name}|${value}`, shared: false })),
        );
        await findByKeys(tx, { sourceId: csv.id, key: `N${index}` }, keys(index), new Date());
      };
      taken.push(await timed(correlate));
    });
  }
  figure(
    `correlation of a new record among ${amount}`,
    '≤ 2 ms',
    spreadOf(taken),
    'its keys locked, and who has them looked up: the two queries of it',
  );
  figure(
    `a new record of nobody known, among ${amount}`,
    '',
    await spread(RECORDS, (index) => state(csv, `N${index}`, stranger(index))),
    'whole: keys locked, correlated, merged, journalled, written, committed',
  );
  const trips = await roundTrips(() => state(csv, `N${RECORDS}`, stranger(RECORDS)));
  figure(
    'a new record of nobody known: queries',
    '',
    `${trips - TRANSACTION_TRIPS}`,
    'calls of the client, without begin and commit',
  );
  figure(
    `a new record of somebody known, among ${amount}`,
    '',
    await spread(RECORDS, (index) => state(scim, newId(), known(index))),
    'whole, as above',
  );
  await measureUnchanged(bench, (index) => state(csv, `N${index}`, stranger(index)));
  await measureManagers(bench, tenantId, (index) =>
    state(csv, `N${index}`, { ...stranger(index), managerEmployeeNumber: `N${RECORDS - 1}` }),
  );
}

const REPORTS = 200;

/** Who is to be computed anew when people get a manager: they, and the one who becomes a manager by it. */
async function measureManagers(
  { database }: Bench,
  tenantId: string,
  getManager: (index: number) => Promise<unknown>,
): Promise<void> {
  const behind = (): Promise<{ fields: string; people: string }[]> =>
    database.transaction(tenantId, (tx) =>
      tx.query(
        `SELECT array_to_string(changed_fields, ', ') AS fields, count(*) AS people FROM identities
         WHERE tenant_id = $1 AND access_version < version GROUP BY 1 ORDER BY 1`,
        [tenantId],
      ),
    );
  await database.transaction(tenantId, (tx) =>
    tx.query(
      "UPDATE identities SET access_version = version, changed_fields = '{}' WHERE tenant_id = $1 AND access_version < version",
      [tenantId],
    ),
  );
  for (let index = 0; index < REPORTS; index++) await getManager(index);
  const told = (await behind()).map(({ fields, people }) => `${people} of ${fields}`).join('; ');
  figure(
    `${REPORTS} people get the same manager: to be computed anew`,
    `${REPORTS} + 1`,
    told,
    'how many people, and of which attributes they changed',
  );
}

/** A record that says the same again: round trips, and how many transactions wrote anything. */
async function measureUnchanged({ owner }: Bench, again: (index: number) => Promise<unknown>): Promise<void> {
  const trips = await roundTrips(() => again(0));
  const before = await writtenBy(owner);
  const ms = await timed(async () => {
    for (let index = 0; index < RECORDS; index++) await again(index);
  });
  const after = await writtenBy(owner);
  figure(
    'an unchanged record: queries',
    'one read',
    `${trips - TRANSACTION_TRIPS} (and ${TRANSACTION_TRIPS} for begin and commit)`,
    'calls of the client',
  );
  figure(
    'an unchanged record: transactions that wrote',
    '0',
    `${after.transactions - before.transactions} of ${RECORDS}, ${after.wal - before.wal} bytes of WAL`,
    'transaction ids and WAL of the whole server, before and after',
  );
  figure('an unchanged record: time', '', `${(ms / RECORDS).toFixed(2)} ms each`, 'one after the other');
}

const TRANSACTION_TRIPS = 2;

/** How many transactions of the server have written anything, and how much. A read takes no transaction id. */
async function writtenBy(owner: Bench['owner']): Promise<{ transactions: number; wal: number }> {
  const { rows } = await owner.query<{ next: string; wal: string }>(
    `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text AS wal`,
  );
  return { transactions: Number(rows[0]?.next ?? 0), wal: Number(rows[0]?.wal ?? 0) };
}
