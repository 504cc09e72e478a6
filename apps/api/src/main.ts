import 'reflect-metadata';
import { configFromEnvironment, createLog, isLoopback, messageOf, watchProcess, loggedReason } from '@tenure/platform';

const config = configFromEnvironment();
const log = createLog('api', config.logLevel);
watchProcess(log);
try {
  // Loaded when the configuration is known to be usable: it is most of what a start takes.
  const { createApi } = await import('./create-api.js');
  const app = await createApi(config, log);
  await app.listen(config.port, config.host);
  const publicUrl = new URL(config.publicUrl);
  if (publicUrl.protocol === 'http:' && !isLoopback(publicUrl))
    log.warn({
      event: 'config.public_url_insecure',
      reason:
        'PUBLIC_URL is http, so session cookies are sent unencrypted. Set it to the https address that browsers see.',
    });
  log.info({ event: 'api.ready', port: config.port });
} catch (error) {
  log.fatal({ event: 'api.not_started', reason: loggedReason(error) });
  process.stderr.write(`The api could not start: ${messageOf(error)}\n`);
  process.exit(1);
}
