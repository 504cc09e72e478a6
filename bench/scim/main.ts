import { calibrate, figure, load, openBench, report, timed } from '../identity/bench.js';
import { percentile } from '../engine/product.js';
import { bareTransactions } from './bare-transaction.js';
import { rateOf } from './others.js';
import { AT_ONCE, idOf, Stage, user } from './stage.js';

// How fast the SCIM door is, and whether it stays so. Ratios are taken in this one run.
const PEOPLE = Number(process.env.BENCH_PEOPLE ?? 1_000_000);
const FEW = Math.min(PEOPLE, Number(process.env.BENCH_FEW ?? 10_000));
const POSTS = Number(process.env.BENCH_POSTS ?? 5_000);
const READS = Number(process.env.BENCH_READS ?? 2_000);
const MEMBERS = Math.min(FEW * 10, PEOPLE, Number(process.env.BENCH_MEMBERS ?? 100_000));
const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const BULK = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const POSTED = 5_000_000;

const bench = await openBench();
report(`calibration: one CEL evaluation takes ${calibrate().toFixed(2)} µs; ${load()} at the start`);
const stage = await Stage.start(bench);
const { target } = stage;
const posted = async (g: number): Promise<string> =>
  (JSON.parse(await target.call('POST', '/Users', user(g))) as { id: string }).id;

const template = await posted(POSTED);
await target.rate(Math.ceil(POSTS / 10), (n) => posted(POSTED + 1 + n));
// As it is once autovacuum has come by: without statistics, one index is as good as another to PostgreSQL.
await bench.owner.query('ANALYZE');
const before = stage.api.memoryMb();

const posts = await target.rate(POSTS, (n) => posted(POSTED + 1_000_000 + n));
compared('a bare pgbench transaction with the same rows', '≥ 0.5 ×', await bareTransactions(bench, template, SECONDS));
compared('scimmy-routers, in memory', '> 1 ×', await rateOf('scimmy', POSTS));
compared('saml-jackson’s directory sync', '≥ 5 ×', await rateOf('jackson', Math.ceil(POSTS / 5)));
await bulk();

await stage.load(template, 1, FEW);
const few = await reads();
await stage.load(template, FEW + 1, PEOPLE);
const many = await reads();
for (const [what, p99] of few) {
  const after = many.get(what) ?? Number.NaN;
  const ratio = `${p99.toFixed(2)} → ${after.toFixed(2)} ms = ${(after / p99).toFixed(2)} ×`;
  figure(`${what}, p99, ${FEW} → ${PEOPLE} users`, '≤ 1.5 ×', ratio, `${READS} of each, one after the other`);
}
await groups();
figure('the api’s memory, before and after all this', 'flat', `${before} MB → ${stage.api.memoryMb()} MB`, 'resident');
report(`calibration again: ${calibrate().toFixed(2)} µs; ${load()} at the end`);
await stage.stop();
await bench.close();
process.exit(0);

function compared(what: string, goal: string, rate: number | null): void {
  const ratio =
    rate === null ? 'not measured' : `${posts.toFixed(0)}/s to ${rate.toFixed(0)}/s = ${(posts / rate).toFixed(2)} ×`;
  figure(`POST /Users against ${what}`, goal, ratio, `${AT_ONCE} at once`);
}

/** The same users in one request as one by one. */
async function bulk(): Promise<void> {
  const size = Math.min(2_000, POSTS);
  const single = await target.rate(size, (n) => posted(POSTED + 2_000_000 + n), 1);
  const Operations = Array.from({ length: size }, (_, n) => ({
    ...{ method: 'POST', path: '/Users', bulkId: `b${n}` },
    data: user(POSTED + 3_000_000 + n),
  }));
  const ms = await timed(() => target.call('POST', '/Bulk', { schemas: [BULK], Operations }));
  const rate = (size / ms) * 1_000;
  figure(
    `${size} users in one Bulk request against single POSTs`,
    '≥ 2 ×',
    `${rate.toFixed(0)}/s to ${single.toFixed(0)}/s = ${(rate / single).toFixed(2)} ×`,
    'single: one connection',
  );
}

/** What identity providers ask for most, and a page of everybody. */
async function reads(): Promise<Map<string, number>> {
  const filtered = (filter: string): string => `/Users?filter=${encodeURIComponent(filter)}`;
  const asks: [string, (g: number) => string, number][] = [
    ['GET by id', (g) => `/Users/${idOf(g)}`, READS],
    ['userName eq', (g) => filtered(`userName eq "user${g}@example.com"`), READS],
    ['externalId eq', (g) => filtered(`externalId eq "e-${g}"`), READS],
  ];
  const found = new Map<string, number>();
  for (const [what, path, times] of asks) {
    const taken: number[] = [];
    for (let n = 0; n < times; n++) taken.push(await timed(() => target.call('GET', path(1 + ((n * 7_919) % FEW)))));
    found.set(what, percentile(taken.slice(Math.ceil(times / 10)), 0.99));
  }
  const page = await timed(() => target.call('GET', '/Users?count=100'));
  report(`a page of 100 without a filter: ${page.toFixed(0)} ms`);
  return found;
}

/** One member more and one less, in a small group and in a large one. */
async function groups(): Promise<void> {
  const spread = async (size: number): Promise<number> => {
    const id = await stage.group(`Group of ${size}`, size);
    const taken: number[] = [];
    for (let n = 0; n < 200; n++) {
      const value = [{ value: idOf(MEMBERS + 1 + (n % 100)) }];
      const op = n % 2 === 0 ? 'add' : 'remove';
      const body = { schemas: [PATCH], Operations: [{ op, path: 'members', value }] };
      taken.push(await timed(() => target.call('PATCH', `/Groups/${id}`, body)));
    }
    return percentile(taken.slice(20), 0.5);
  };
  const [small, large] = [await spread(10), await spread(Math.max(10, MEMBERS - 100))];
  figure(
    `PATCH of one member, 10 → ${MEMBERS} members`,
    '≤ 2 ×',
    `${small.toFixed(1)} → ${large.toFixed(1)} ms = ${(large / small).toFixed(2)} ×`,
    'p50 of 180',
  );
}
