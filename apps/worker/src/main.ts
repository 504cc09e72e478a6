import 'reflect-metadata';
import { configFromEnvironment, createLog, messageOf, watchProcess, loggedReason } from '@tenure/platform';

const config = configFromEnvironment();
const log = createLog('worker', config.logLevel);
watchProcess(log);
try {
  // Loaded when the configuration is known to be usable: it is most of what a start takes.
  const { createWorker } = await import('./create-worker.js');
  const app = await createWorker(config, log);
  app.enableShutdownHooks();
} catch (error) {
  log.fatal({ event: 'worker.not_started', reason: loggedReason(error) });
  process.stderr.write(`The worker could not start: ${messageOf(error)}\n`);
  process.exit(1);
}
