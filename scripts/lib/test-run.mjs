import { ensureBuilt } from './build.mjs';
import { checkout as root } from './checkout.mjs';
import { ensureInstalled } from './install.mjs';
import { runJest } from './jest.mjs';
import { startTestServices } from './test-services.mjs';

/**
 * Sets everything up, runs specs, and ends with the line `N passed, N failed`.
 * @param {{ args: string[], env?: Record<string, string> }} options
 * @returns {Promise<number>} the exit code
 */
export async function runTests({ args, env = {} }) {
  let result = { passed: 0, failed: 1, notRun: [] };
  try {
    await ensureInstalled({ root, log: console.log });
    // The compiler has one core, and what is installed and started has another.
    const [services] = await Promise.all([
      startTestServices({ root, log: console.log }),
      ensureBuilt({ root, log: console.log }),
    ]);
    result = await runJest({ root, args, env: { ...services.env, ...env }, missing: services.missing });
  } catch (error) {
    console.error(`\n${error.message}`);
  }
  for (const suite of result.notRun) console.log(`not run: ${suite}`);
  console.log(`${result.passed} passed, ${result.failed} failed`);
  return result.failed === 0 ? 0 : 1;
}
