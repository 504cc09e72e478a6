// npm run bench [-- name …]: each benchmark on an empty, migrated, durable database and an empty Redis of its own.
import './lib/check-node.mjs';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { runApplication } from './lib/applications.mjs';
import { startBackends } from './lib/backends.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { checkout as root } from './lib/checkout.mjs';
import { embeddedEnvironment } from './lib/environment.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { secretsOf } from './lib/private-files.mjs';
import { spawnService } from './lib/processes.mjs';
import { runScript } from './lib/script.mjs';
import { serverUser, serverUserName, temporaryDirectory } from './lib/server-user.mjs';

await runScript(async () => {
  const names = chosenBenchmarks(process.argv.slice(2));
  await ensureInstalled({ root, log: console.log });
  await ensureBuilt({ root, log: console.log });
  let code = 0;
  for (const name of names) code ||= await runBenchmark(name);
  return code;
});

async function runBenchmark(name) {
  console.log(`\n== ${name} ==`);
  const dataDir = temporaryDirectory('bench', serverUser(serverUserName()));
  mkdirSync(path.join(dataDir, 'logs'));
  const secrets = secretsOf(dataDir);
  const backends = await startBackends({ root, dataDir, secrets, log: console.log });
  const env = { ...embeddedEnvironment({ url: 'http://127.0.0.1', secrets }), ...backends.env };
  console.log(await runApplication({ root, program: 'api/src/migrate', env }));
  const program = path.join(root, 'dist', 'bench', name, 'main.js');
  const stdio = ['ignore', 'inherit', 'inherit'];
  const { code } = await spawnService({ name, command: process.execPath, args: [program], cwd: root, env, stdio })
    .exited;
  await backends.redis?.stop();
  await backends.postgres?.stop();
  return code ?? 1;
}

function chosenBenchmarks(asked) {
  const all = readdirSync(path.join(root, 'bench'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const unknown = asked.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`There is no benchmark ${unknown.join(', ')}; there are: ${all.join(', ')}.`);
  return asked.length > 0 ? asked : all;
}
