import 'reflect-metadata';
import { configFromEnvironment, createLog, messageOf } from '@tenure/platform';
import { createApi } from './create-api.js';

const config = configFromEnvironment();
const log = createLog('api', config.logLevel);
try {
  const app = await createApi(config, log);
  await app.listen(config.port, config.host);
  log.info({ event: 'api.ready', port: config.port });
} catch (error) {
  log.fatal({ event: 'api.not_started', reason: messageOf(error) });
  process.stderr.write(`The api could not start: ${messageOf(error)}\n`);
  process.exit(1);
}
