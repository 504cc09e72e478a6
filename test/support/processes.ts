import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/lib/ports.mjs';
import { run, spawnService, type Exit, type Service } from '../../scripts/lib/processes.mjs';
import { eventually } from './eventually.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** One of the compiled programs, as it is run in production. */
export interface RunningProgram {
  readonly url: string;
  /** Everything that it printed. */
  output(): Promise<string>;
  /** Asks it to stop, and says how it ended: `SIGKILL` when it had to be killed. */
  stop(): Promise<Exit>;
}

const pathOf = (program: string): string => {
  if (!process.env.TEST_DIST) throw new Error('These specs need the build: run them with "npm test".');
  return join(process.env.TEST_DIST, 'apps', `${program}.js`);
};

/** What a program that ends said, with nothing in its environment but what is given. */
export const runProgram = (
  program: string,
  env: Environment,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> =>
  run({ command: process.execPath, args: [pathOf(program)], env: { ...env } });

/** Starts the api or a worker, and waits until it is ready. */
export async function startProgram(name: 'api' | 'worker', env: Environment): Promise<RunningProgram> {
  const folder = await mkdtemp(join(tmpdir(), `tenure-${name}-`));
  const logFile = join(folder, 'output.log');
  const port = env.PORT ?? String(await freePort());
  const service: Service = spawnService({
    name,
    command: process.execPath,
    args: [pathOf(`${name}/src/main`)],
    env: { ...env, ...(name === 'worker' && { WORKER_PORT: port }) },
    logFile,
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    if (!service.running) throw new Error(`The ${name} ended:\n${service.lastLines()}`);
    return fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  return {
    url,
    output: () => readFile(logFile, 'utf8'),
    stop: async () => {
      const exit = await service.stop();
      await rm(folder, { recursive: true });
      return exit;
    },
  };
}
