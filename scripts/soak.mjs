// npm run test:soak: the tests that break things, with hundreds of seeds instead of five; then random sequences of what people
// do and what breaks, for SOAK_MINUTES (60), with a report of the faults and of what was lost or doubled.
import './lib/check-node.mjs';
import { runScript } from './lib/script.mjs';
import { runTests } from './lib/test-run.mjs';

await runScript(() => runTests({ args: ['test/faults', 'test/engine', ...process.argv.slice(2)], env: { SOAK: '1' } }));
