import type { Log } from './logging.js';

/** Nothing ends the process silently: what nobody waited for is logged with its request, what nobody caught ends it in words. */
export function watchProcess(log: Log): void {
  process.on('unhandledRejection', (error) => log.error({ event: 'process.unhandled_rejection', err: error }));
  process.on('uncaughtException', (error) => {
    log.fatal({ event: 'process.uncaught_exception', err: error });
    log.flush(() => process.exit(1));
  });
}
