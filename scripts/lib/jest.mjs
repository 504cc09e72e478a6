// Jest in one run, and its result in numbers: also of what did not run, and why.
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnService } from './processes.mjs';
import { temporaryDirectory } from './server-user.mjs';

/**
 * Runs jest, which prints as it goes.
 * @param {{ root: string, args: string[], env: Record<string, string>, missing: Record<string, string> }} options
 * @returns {Promise<{ passed: number, failed: number, notRun: string[] }>}
 */
export async function runJest({ root, args, env, missing }) {
  const report = path.join(temporaryDirectory('jest'), 'report.json');
  const jest = spawnService({
    name: 'jest',
    command: process.execPath,
    args: [
      path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
      ...workers(args),
      `--outputFile=${report}`,
      '--json',
      ...args,
    ],
    cwd: root,
    env: { ...withoutMissing(process.env, missing), ...env, NODE_OPTIONS: nodeOptions() },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const { code } = await jest.exited;
  if (!existsSync(report)) return { passed: 0, failed: 1, notRun: [] };
  const result = JSON.parse(readFileSync(report, 'utf8'));
  // A suite that cannot be loaded has no tests that could fail; nor has a run that found nothing to do.
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    passed: result.numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    notRun: result.testResults.flatMap((suite) => skippedIn(suite, { root, missing })),
  };
}

function skippedIn({ name, assertionResults }, { root, missing }) {
  const skipped = assertionResults.filter(({ status }) => status === 'pending' || status === 'todo');
  if (skipped.length === 0) return [];
  const source = readFileSync(name, 'utf8');
  const reasons = Object.entries(missing).filter(([variable]) => source.includes(variable));
  const reason = reasons.map(([, why]) => why).join('; ') || 'skipped in the code';
  return [`${path.relative(root, name)} (${skipped.length} of ${assertionResults.length} tests): ${reason}`];
}

function workers(args) {
  const chosen = args.some((arg) => /^(-i|-w|--runInBand|--maxWorkers)/.test(arg));
  return chosen ? [] : [`--maxWorkers=${Math.max(2, os.availableParallelism())}`];
}

function nodeOptions() {
  return `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim();
}

function withoutMissing(env, missing) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !(name in missing)));
}
