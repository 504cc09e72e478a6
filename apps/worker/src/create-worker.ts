import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NestLog, type Config, type Log } from '@tenure/platform';
import { ENTITIES } from '@tenure/schema';
import { WorkerModule } from './worker.module.js';

/** The worker process, at work. */
export const createWorker = (config: Config, log: Log): Promise<INestApplicationContext> =>
  NestFactory.createApplicationContext(WorkerModule.for({ config, log, entities: ENTITIES }), {
    logger: new NestLog(log),
    abortOnError: false,
  });
