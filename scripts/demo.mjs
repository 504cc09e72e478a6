// npm run demo: from an HR file to accounts in real apps, checked by reading the apps back.
import './lib/check-node.mjs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { forever, runScript } from './lib/script.mjs';
import { startStack } from './lib/stack.mjs';
import { Story } from './demo/story.mjs';
import { say, title } from './demo/narrate.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const DATA = path.join(ROOT, '.tenure', 'demo');

await runScript(async () => {
  const { keep = false } = parseArgs({ options: { keep: { type: 'boolean' } } }).values;
  title('Tenure: the first whole journey');
  const stack = await startStack({ dataDir: DATA, fresh: true, workers: 1, log: say });
  const world = await openWorld(stack);
  await new Story(world).tell();
  title('Everything is as it must be.');
  if (!keep) return 0;
  const { url, credentials } = stack;
  say(`api          ${url}/api/v1, described at ${url}/api/docs`);
  say(`API key      ${credentials.apiKey}`);
  say(`owner        ${credentials.owner.email}`);
  say(`directory    ${world.directory.baseUrl} (SCIM; token ${world.directory.token})`);
  say(`login        ${world.loginUrl()}`);
  say('Ctrl-C stops everything.');
  return forever();
});

/** The apps and the identity provider: processes that are not ours. */
async function openWorld(stack) {
  const load = (file) => import(pathToFileURL(path.join(ROOT, 'dist', file)).href);
  const [{ ScimPeer }, { createCrm, readCrm }, { startSamlIdp }, { Webhook }] = await Promise.all([
    load('test/peers/scim-peer.js'),
    load('test/peers/sql-app.js'),
    load('libs/saml-jit/src/test-kit/start-saml-idp.js'),
    import('standardwebhooks'),
  ]);
  const directory = await ScimPeer.start();
  const crm = await createCrm(stack.env.DATABASE_OWNER_URL, 'demo_crm');
  let loginUrl = '';
  return {
    credentials: stack.credentials,
    employees: pathToFileURL(path.join(ROOT, 'examples', 'oracle-hr', 'employees.csv')),
    directory,
    crm: { ...crm, read: () => readCrm(crm.url) },
    startIdp: (options) => startIdp(startSamlIdp, options, (url) => (loginUrl = url)),
    loginUrl: () => loginUrl,
    sign: (secret, id, at, body) => new Webhook(secret).sign(id, at, body),
  };
}

async function startIdp(startSamlIdp, options, onLogin) {
  const idp = await startSamlIdp(options);
  return {
    metadata: () => idp.metadata(),
    restart: async (next) => {
      await idp.stop();
      onLogin(next.acsUrl.replace(/acs$/, 'login'));
      return startSamlIdp({ ...next, key: idp.key, port: Number(new URL(idp.ssoUrl).port) });
    },
  };
}
