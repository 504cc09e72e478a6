// npm start: the embedded stack, ready for use, until Ctrl-C.
import './lib/check-node.mjs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { forever, runScript } from './lib/script.mjs';
import { startStack } from './lib/stack.mjs';

const USAGE = `npm start -- [--fresh] [--workers N]

  --fresh        start from nothing: forget the data in .tenure/
  --workers N    how many workers (1)

  PORT           the port of the api (3000, or the next free one)
  DATABASE_URL   a PostgreSQL of your own instead of the embedded one
  REDIS_URL      a Redis of your own instead of the embedded one`;

await runScript(async () => {
  const options = readOptions();
  if (options === undefined) return console.log(USAGE);
  let crashed;
  const crash = new Promise((_, reject) => (crashed = reject));
  const stack = await startStack({ ...options, onCrash: (service) => crashed(crashOf(service)) });
  const here = (name) => path.relative(process.cwd(), path.join(stack.dataDir, name));
  console.log(`
Tenure is ready.

  api           ${stack.url}/api/v1, described at ${stack.url}/api/docs
  credentials   ${here('credentials.json')}
  logs          ${here('logs')}

Ctrl-C stops everything; the data is kept for the next start.`);
  return Promise.race([forever(), crash]);
});

function readOptions() {
  const options = { fresh: { type: 'boolean' }, workers: { type: 'string' }, help: { type: 'boolean', short: 'h' } };
  const { fresh, workers = '1', help } = parseArgs({ options }).values;
  if (help) return undefined;
  if (!/^[1-9]\d*$/.test(workers)) throw new Error(`--workers must be a number from 1, not "${workers}".`);
  return { fresh, workers: Number(workers) };
}

function crashOf(service) {
  return new Error(`${service.name} has ended unexpectedly. The last it said:\n${service.lastLines()}`);
}
