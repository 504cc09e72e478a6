import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const DIST = join(import.meta.dirname, '..', '..');
const READY_WITHIN_MS = 30_000;

/** A process of the product or of the benchmark; ended with this one. */
export interface Running {
  readonly name: string;
  readonly pid: number;
  /** Resident memory now, MB. */
  memoryMb(): number;
  stop(): Promise<void>;
}

/** Starts a compiled program; its output goes where `stdout` says. */
export function start(
  name: string,
  program: string,
  env: NodeJS.ProcessEnv,
  stdout: 'ignore' | 'pipe' = 'ignore',
): Running & { child: ChildProcess } {
  const child = spawn(
    process.execPath,
    [
      ...(process.env.BENCH_PROFILE ? ['--cpu-prof', '--cpu-prof-dir', process.env.BENCH_PROFILE] : []),
      join(DIST, program),
    ],
    {
      env: { ...process.env, ...env },
      stdio: ['ignore', stdout, 'inherit'],
    },
  );
  process.once('exit', () => child.kill('SIGKILL'));
  return {
    name,
    child,
    pid: child.pid ?? 0,
    memoryMb: () =>
      Math.round(
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(child.pid)}/status`, 'utf8'))?.[1] ?? 0) / 1024,
      ),
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** The first line that a child prints. */
export async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('the child has no output');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return line;
}

/** Waits until `look` is true. */
export async function until(what: string, look: () => Promise<boolean>, withinMs = READY_WITHIN_MS): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await look().catch(() => false))) {
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
