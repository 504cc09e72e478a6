// How every script begins and ends: errors in one line, nothing left running, an exit code that tells the truth.
import { parentOf } from './process-identity.mjs';
import { killEverything, stopEverything } from './processes.mjs';

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

let interruptedAt;

/**
 * Runs a script to its end, or until it is interrupted, and stops what it started.
 * @param {() => Promise<number | void>} main gives back the exit code; zero unless told
 */
export async function runScript(main) {
  stopWhenInterrupted();
  let code;
  try {
    code = (await main()) ?? 0;
  } catch (error) {
    if (interruptedAt !== undefined) return; // what fails while it is being stopped says nothing
    console.error(`\n${process.env.DEBUG ? error.stack : error.message}`);
    code = 1;
  }
  if (interruptedAt !== undefined) return;
  await stopEverything();
  process.exit(code);
}

/** Never resolves: a script that stays in the foreground until it is interrupted. */
export function forever() {
  return new Promise(() => setInterval(() => {}, 2 ** 30));
}

function stopWhenInterrupted() {
  for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => void stop(code));
  stopWithNpm();
}

async function stop(code) {
  if (interruptedAt !== undefined) return stopAtOnce(code);
  interruptedAt = Date.now();
  console.error('\nStopping …');
  await stopEverything();
  process.exit(code);
}

// A terminal's Ctrl-C comes twice, npm passes it on: only a later one means that the user has no patience.
function stopAtOnce(code) {
  if (Date.now() - interruptedAt < 1_000) return;
  killEverything();
  process.exit(code);
}

// npm that is killed hard cannot tell us. It is our parent or, when a shell stands between us, our grandparent.
function stopWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const ancestors = () => `${process.ppid} ${parentOf(process.ppid)}`;
  const atFirst = ancestors();
  setInterval(() => {
    if (ancestors() !== atFirst && interruptedAt === undefined) void stop(SIGNALS.SIGHUP);
  }, 1_000).unref();
}
