import { ConfigError, readConfig, type Config } from './config.js';

/** The process's configuration. A mistake is printed in words, and the process ends with 78 (EX_CONFIG). */
export function configFromEnvironment(): Config {
  try {
    // eslint-disable-next-line no-restricted-properties -- the one place that reads the environment
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78);
  }
}
