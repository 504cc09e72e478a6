/**
 * The configuration of the applications in the embedded stack; what the user's own environment says goes first.
 * @param {{ url: string, secrets: { secretKey: string } }} options
 * @returns {NodeJS.ProcessEnv}
 */
export function embeddedEnvironment({ url, secrets }) {
  const defaults = {
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    PUBLIC_URL: url,
    TENURE_SECRET_KEY: secrets.secretKey,
    OUTBOUND_ALLOW: '127.0.0.0/8,::1/128',
  };
  const own = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
  return { ...defaults, ...own, HOST: '127.0.0.1' };
}
