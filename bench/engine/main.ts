import { setTimeout as pause } from 'node:timers/promises';
import { calibrate, figure, load, openBench, report } from '../identity/bench.js';
import { until } from '../journey/processes.js';
import { percentile, Product, range, startApp, type App } from './product.js';

// How fast what is desired gets to the apps, also when much else is to do. Ratios are taken in this one run.
const PEOPLE = Number(process.env.BENCH_PEOPLE ?? 1_000_000);
const MOVERS = Number(process.env.BENCH_MOVERS ?? 10_000);
const BACKLOG = Number(process.env.BENCH_BACKLOG ?? 100_000);
/** Some of: more, leavers, two-workers, bucket; and memory, which takes long. */
const PARTS = (process.env.BENCH_PARTS ?? 'more,leavers,two-workers,bucket').split(',');
const LATENCIES = (process.env.BENCH_LATENCIES ?? '50,200').split(',').map(Number);
const OPERATIONS = Number(process.env.BENCH_OPERATIONS ?? 1_000_000);
const LEAVERS = 200;
const BUCKET = { perSecond: 50, burst: 10 };
const BUCKET_SECONDS = 20;
const SLOW_ACCOUNTS = Number(process.env.BENCH_SLOW ?? 3_000);

const bench = await openBench();
report(`calibration: one CEL evaluation takes ${calibrate().toFixed(2)} µs; ${load()} at the start`);
const product = await Product.start(bench);
const app = await startApp();

/** Accounts per second between the first and the last write. */
async function drained(of: App, count: number): Promise<number> {
  await until(`${count} writes`, async () => (await of.count()) >= count, 900_000);
  const times = (await of.writes()).map(([, at]) => at);
  // A loop, because so many arguments are more than a call takes.
  const [first, last] = times.reduce(([low, high], at) => [Math.min(low, at), Math.max(high, at)], [Infinity, 0]);
  return (times.length / (last - first)) * 1_000;
}

/** Mover events of as many people arrive while no worker runs; then one does. */
async function movers(tell: Awaited<ReturnType<Product['hr']>>, title: string): Promise<number> {
  await product.setWorkers(0);
  await tell(range(1, MOVERS), () => ({ title }));
  await app.forget();
  await product.setWorkers(1);
  const rate = await drained(app, MOVERS);
  await product.idle();
  const writes = await app.count();
  if (writes !== MOVERS) throw new Error(`${MOVERS} movers took ${writes} writes`);
  return rate;
}

const { id: applicationId } = await product.application('directory', app);
await product.call('POST', '/policies', {
  name: 'everyone',
  condition: 'identity.employeeNumber != ""',
  grants: [{ applicationId }],
  publish: true,
});
const tell = await product.hr('HR');

await product.load(applicationId, 1, MOVERS);
// Once to make the records of the new source, and to warm everything up; it is not counted.
await movers(tell, 'Warm');
const few = await movers(tell, 'Few');
figure(
  `${MOVERS} movers, one worker, ${MOVERS} identities`,
  '≥ 300/s',
  `${few.toFixed(0)} accounts/s`,
  'first to last PATCH, one each',
);

await product.load(applicationId, MOVERS + 1, PEOPLE);
if (PARTS.includes('more')) await morePeople();
if (PARTS.includes('leavers')) await leavers();
if (PARTS.includes('two-workers')) for (const latencyMs of LATENCIES) await twoWorkers(latencyMs);
if (PARTS.includes('bucket')) await ownLimit();
if (PARTS.includes('memory')) await memory();
report(`calibration again: ${calibrate().toFixed(2)} µs; ${load()} at the end`);
await product.stop();
await app.process.stop();
await bench.close();
process.exit(0);

async function morePeople(): Promise<void> {
  const many = await movers(tell, 'Many');
  figure(
    `the same with ${PEOPLE} identities`,
    '≥ 0.8 ×',
    `${many.toFixed(0)} accounts/s = ${(many / few).toFixed(2)} ×`,
    '',
  );
}

/** People leave while a backlog drains: from the HR system's answer to the app's receipt. And what Redis holds meanwhile. */
async function leavers(): Promise<void> {
  await product.setWorkers(0);
  await app.forget();
  const empty = await product.redisBytes();
  const first = MOVERS + 1;
  await product.makeBehind(first, Math.min(PEOPLE, MOVERS + BACKLOG), 'Backlog');
  const waiting = await product.behind();
  await product.setWorkers(1);
  await until('the backlog is being worked on', async () => (await app.count()) > 500);
  const full = await product.redisBytes();
  const waits: number[] = [];
  for (const g of range(1, LEAVERS)) {
    const [answered = 0] = await tell([g], () => ({ status: 'terminated' }));
    const seen = await seenDisabled(`r${g}`, answered);
    waits.push(seen);
  }
  const left = await product.behind();
  figure(
    `a leaver overtakes a backlog of ${waiting}`,
    'p99 ≤ 1 s',
    `p50 ${percentile(waits, 0.5).toFixed(0)} ms, p99 ${percentile(waits, 0.99).toFixed(0)} ms`,
    `${LEAVERS} leavers one after the other, ${left} still behind after the last`,
  );
  figure(
    'Redis, with nothing to do and with that backlog',
    'flat',
    `${(empty / 1e6).toFixed(1)} MB → ${(full / 1e6).toFixed(1)} MB`,
    `${((full - empty) / Math.max(1, waiting)).toFixed(1)} bytes per account behind`,
  );
  const memory = product.workerMemoryMb();
  await drained(app, waiting);
  await product.idle();
  figure(
    'worker memory, in the backlog and after it',
    'flat',
    `${memory} MB → ${product.workerMemoryMb()} MB`,
    'resident',
  );
}

/** How long after `since` (ms since the epoch) the app was told that somebody is not active. */
async function seenDisabled(id: string, since: number): Promise<number> {
  for (;;) {
    const write = (await app.writes()).findLast(([of, , active]) => of === id && active === false);
    if (write) return write[1] - since;
    await pause(5);
  }
}

/** An app that takes its time, and many calls at once: what a second worker brings. */
async function twoWorkers(latencyMs: number): Promise<void> {
  const slow = await startApp(latencyMs);
  const concurrency = 64;
  await product.call('PATCH', `/applications/${applicationId}`, { config: { baseUrl: slow.url }, concurrency });
  const rates: number[] = [];
  for (const count of [1, 2]) {
    // All of them are there before the work is: none has a start.
    await product.setWorkers(count);
    await slow.forget();
    await product.makeBehind(MOVERS + 1, MOVERS + SLOW_ACCOUNTS, `Slow ${count}`);
    rates.push(await drained(slow, SLOW_ACCOUNTS));
    await product.idle();
  }
  const [one = 0, two = 0] = rates;
  figure(
    `two workers instead of one, an app of ${latencyMs} ms`,
    '≥ 1.8 ×',
    `${one.toFixed(0)} → ${two.toFixed(0)} accounts/s = ${(two / one).toFixed(2)} ×`,
    `${SLOW_ACCOUNTS} accounts, ${concurrency} calls at once`,
  );
  await slow.process.stop();
}

/** One worker carries out operation after operation; what it and Redis hold after each round. */
async function memory(): Promise<void> {
  await product.call('PATCH', `/applications/${applicationId}`, { config: { baseUrl: app.url }, limits: {} });
  await product.setWorkers(0);
  await product.setWorkers(1);
  const round = Math.min(BACKLOG, PEOPLE - MOVERS);
  const held: string[] = [];
  const began = performance.now();
  for (let done = 0; done < OPERATIONS; done += round) {
    await app.forget();
    await product.makeBehind(MOVERS + 1, MOVERS + round, `Round ${done}`);
    await product.idle(1_800_000);
    held.push(`${product.workerMemoryMb()}/${((await product.redisBytes()) / 1e6).toFixed(1)}`);
    report(`  ${done + round} operations, worker/Redis MB: ${held.at(-1) ?? ''}`);
  }
  const seconds = (performance.now() - began) / 1_000;
  figure(
    `memory over ${OPERATIONS} operations, worker/Redis MB`,
    'flat',
    held.join(' → '),
    `${(OPERATIONS / seconds).toFixed(0)} accounts/s, one worker`,
  );
}

/** An app of 200 ms with a token bucket: how much of it is used. */
async function ownLimit(): Promise<void> {
  const slow = await startApp(200);
  const limits = { write: BUCKET };
  await product.call('PATCH', `/applications/${applicationId}`, {
    config: { baseUrl: slow.url },
    concurrency: 32,
    limits,
  });
  await product.setWorkers(0);
  const count = BUCKET.perSecond * BUCKET_SECONDS;
  await product.makeBehind(MOVERS + 1, MOVERS + count, 'Limited');
  await product.setWorkers(2);
  const rate = await drained(slow, count);
  await product.idle();
  const times = (await slow.writes()).map(([, at]) => at).sort((a, b) => a - b);
  const most = Math.max(...times.map((at, i) => times.slice(i).findIndex((later) => later - at > 1_000)));
  figure(
    `a 200 ms app with a bucket of ${BUCKET.perSecond}/s`,
    '≥ 95 %',
    `${rate.toFixed(1)}/s = ${((rate / BUCKET.perSecond) * 100).toFixed(0)} %`,
    `two workers, ${count} writes; most in one second ${most}`,
  );
  await slow.process.stop();
}
