import { measureAccess, openAccess } from './access.js';
import { calibrate, load, openBench, report, timed } from './bench.js';
import { measureCorrelation } from './correlation.js';
import { measureDueClock } from './due-clock.js';
import { measureEvaluation } from './evaluation.js';
import { loadPeople } from './load-people.js';

// How fast records become people and people become access. Ratios are taken in this one run, beside its calibration.
const EVERYBODY = Number(process.env.BENCH_PEOPLE ?? 1_000_000);
const EVALUATED = Number(process.env.BENCH_EVALUATED ?? 100_000);

const bench = await openBench();
const micros = calibrate();
report(`calibration: one CEL evaluation takes ${micros.toFixed(2)} µs; ${load()} at the start`);

const access = await bench.tenant('access');
await loadPeople(bench, access, 1, EVALUATED, 'behind');
await bench.owner.query('VACUUM ANALYZE identities');
await measureEvaluation(bench, access, micros);
await measureAccess(await openAccess(bench, access), EVALUATED);

const big = await bench.tenant('big');
const ms = await timed(() => loadPeople(bench, big, 1, EVERYBODY));
await bench.owner.query('VACUUM ANALYZE identities');
report(`${EVERYBODY.toLocaleString('en')} people loaded in ${(ms / 1000).toFixed(0)} s, by INSERT … SELECT`);
await measureCorrelation(bench, big, EVERYBODY);
await measureDueClock(bench, big, EVERYBODY);

report(`calibration again: ${calibrate().toFixed(2)} µs; ${load()} at the end`);
await bench.close();
process.exit(0);
