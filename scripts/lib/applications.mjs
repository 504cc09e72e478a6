// The compiled applications as processes: commands that end, and services that can be killed and started again.
import path from 'node:path';
import { run, spawnService } from './processes.mjs';
import { waitFor } from './wait-for.mjs';

const READY_WITHIN_MS = 60_000;

/**
 * Runs one of the compiled programs to its end and gives back what it printed.
 * @param {{ root: string, program: string, env: NodeJS.ProcessEnv }} options
 */
export async function runApplication({ root, program, env }) {
  const { code, stdout, stderr } = await run({
    command: process.execPath,
    args: [pathOf(root, program)],
    cwd: root,
    env,
  });
  if (code !== 0) throw new Error(`${program} failed:\n${stdout}${stderr}`.trimEnd());
  return stdout.trim();
}

/**
 * Starts the api or a worker and waits until it says that it is ready.
 * @param {{ name: string, root: string, program: string, port: number, env: NodeJS.ProcessEnv, logFile: string,
 *   onCrash: (service: import('./processes.mjs').Service) => void }} options
 * @returns {Promise<import('./stack.d.mts').Application>}
 */
export async function startApplication({ root, program, port, ...options }) {
  const url = `http://127.0.0.1:${port}`;
  let service;
  const launch = async () => {
    service = spawnService({ ...options, command: process.execPath, args: [pathOf(root, program)], cwd: root });
    await waitFor(() => checkReady(url), { service, withinMs: READY_WITHIN_MS });
  };
  await launch();
  return {
    name: options.name,
    url,
    get pid() {
      return service.pid;
    },
    stop: async () => void (await service.stop()),
    kill: async () => void (await service.kill()),
    async start() {
      if (!service.running) await launch();
    },
    async restart() {
      await service.stop();
      await launch();
    },
  };
}

async function checkReady(url) {
  const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`It answers ${answer.status}: ${await answer.text()}`);
}

function pathOf(root, program) {
  return path.join(root, 'dist', 'apps', `${program}.js`);
}
