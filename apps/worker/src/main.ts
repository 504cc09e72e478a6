import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { configFromEnvironment, createLog, messageOf, NestLog } from '@tenure/platform';
import { ENTITIES } from '@tenure/schema';
import { WorkerModule } from './worker.module.js';

const config = configFromEnvironment();
const log = createLog('worker', config.logLevel);
try {
  const app = await NestFactory.createApplicationContext(WorkerModule.for({ config, log, entities: ENTITIES }), {
    logger: new NestLog(log),
    abortOnError: false,
  });
  app.enableShutdownHooks();
} catch (error) {
  log.fatal({ event: 'worker.not_started', reason: messageOf(error) });
  process.stderr.write(`The worker could not start: ${messageOf(error)}\n`);
  process.exit(1);
}
