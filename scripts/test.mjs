// npm test: sets everything up and runs every spec; what follows `--` goes to jest.
import './lib/check-node.mjs';
import { runScript } from './lib/script.mjs';
import { runTests } from './lib/test-run.mjs';

await runScript(() => runTests({ args: process.argv.slice(2) }));
