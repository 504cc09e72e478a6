import { createLog, lookNow } from '@tenure/platform';
import { dueIdentitiesTimer, Identities } from '@tenure/identity';
import { figure, report, timed, type Bench } from './bench.js';
import { source } from './correlation.js';
import { loadDue } from './load-people.js';

const DUE = 10_000;
const SETTLED = 1_000;

/** Who is due among everybody: found at once, then settled as the clock does it. */
export async function measureDueClock(bench: Bench, tenantId: string, people: number): Promise<void> {
  const { database, events, clock } = bench;
  const csv = await source(bench, tenantId, 'csv');
  await loadDue(bench, tenantId, csv.id, 1, DUE);
  await bench.owner.query('VACUUM ANALYZE identities');
  const now = clock.now();
  const find = (): Promise<number> =>
    database.asSystem(async (tx) => {
      const sql = 'SELECT id FROM identities WHERE tenant_id = $1 AND due_at <= $2 ORDER BY due_at LIMIT $3';
      return (await tx.query(sql, [tenantId, now, DUE])).length;
    });
  let found = await find();
  const ms = await timed(async () => {
    found = await find();
  });
  figure(
    `find ${found.toLocaleString('en')} due among ${people.toLocaleString('en')}`,
    '≤ 1 s',
    `${ms.toFixed(0)} ms`,
    'the clock’s query, all of them read',
  );
  const identities = new Identities(events, clock);
  const timer = dueIdentitiesTimer(database, identities, () => clock.now(), createLog('bench', 'silent'));
  const waiting = async (): Promise<number> =>
    Number(
      (await bench.owner.query<{ n: string }>('SELECT count(*) AS n FROM identities WHERE due_at <= now()')).rows[0]?.n,
    );
  const before = await waiting();
  const began = performance.now();
  let left = before;
  while (left > before - SETTLED) {
    await lookNow(database, timer);
    left = await waiting();
  }
  const seconds = (performance.now() - began) / 1000;
  if (left === before) report('nobody was settled');
  figure(
    'settle those who are due, one process',
    '',
    `${Math.round((before - left) / seconds)} people/s`,
    `${before - left} people from staged to active, as the clock does it`,
  );
}
