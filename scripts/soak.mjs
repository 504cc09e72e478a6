// npm run test:soak: the tests that break things, with hundreds of seeds instead of five.
import './lib/check-node.mjs';
import { runScript } from './lib/script.mjs';
import { runTests } from './lib/test-run.mjs';

await runScript(() => runTests({ args: ['test/faults', ...process.argv.slice(2)], env: { SOAK: '1' } }));
