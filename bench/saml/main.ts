import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'undici';
import { SAML, ValidateInResponseTo } from '@node-saml/node-saml';
import { hashToken } from '@tenure/platform';
import { ApiKeys } from '@tenure/tenancy';
import { createSigningKey } from '../../libs/saml-jit/src/protocol/create-signing-key.js';
import type { SamlConnection } from '../../libs/saml-jit/src/protocol/saml-connection.js';
import { samlOptions } from '../../libs/saml-jit/src/protocol/saml-options.js';
import { ATTACKS } from '../../libs/saml-jit/src/test-kit/attacks.js';
import { forgeResponse, formOf, goodParts, subjectXml } from '../../libs/saml-jit/src/test-kit/forge-response.js';
import { testConnection } from '../../libs/saml-jit/src/test-kit/test-connection.js';
import { calibrate, figure, load, openBench, report, timed } from '../identity/bench.js';
import { start, until } from '../journey/processes.js';

// How many logins one core verifies and turns into people and sessions, beside what node-saml alone takes in this run.
const LOGINS = Number(process.env.BENCH_LOGINS ?? 2_000);
const SIDE_BY_SIDE = 8;
const BROWSER = 'tnb_bench';
const TICKS_PER_SECOND = 100;

const bench = await openBench();
report(`calibration: one CEL evaluation takes ${calibrate().toFixed(2)} µs; ${load()} at the start`);
const PORT = 4730;
const url = `http://127.0.0.1:${PORT}`;
const limits = { LOGINS_PER_ADDRESS: '1000000', LOGINS_PER_CONNECTION: '1000000' };
const api = start('api', 'apps/api/src/main.js', {
  HOST: '127.0.0.1',
  PORT: String(PORT),
  PUBLIC_URL: url,
  LOG_LEVEL: 'warn',
  ...limits,
});
await until('the api answers', async () => (await fetch(`${url}/health/ready`)).ok);
const tenantId = await bench.tenant('saml');
const idp = await createSigningKey('idp');
const connection = await connect();

/** A connection to an IdP whose key we have, made as an administrator does. */
async function connect(): Promise<SamlConnection> {
  const keys = new ApiKeys(bench.database, bench.clock);
  const { key } = await bench.database.transaction(tenantId, (tx) => keys.create(tx, 'bench', 'owner', null));
  const answer = await fetch(`${url}/api/v1/saml-connections`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'IdP',
      idpEntityId: 'urn:test:idp',
      ssoUrl: 'https://idp.example/sso',
      certificates: [idp.certificate],
    }),
  });
  if (!answer.ok) throw new Error(`the connection: ${answer.status} ${await answer.text()}`);
  const { id, entityId, acsUrl, sloUrl } = (await answer.json()) as SamlConnection;
  return testConnection(idp.certificate, 'both', { id, tenantId, entityId, acsUrl, sloUrl });
}

/** Requests that this browser has begun, written directly: beginning them is not what is measured. */
async function begun(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => `_${randomBytes(16).toString('hex')}`);
  await bench.database.transaction(tenantId, (tx) =>
    tx.query(
      `INSERT INTO saml_requests (tenant_id, connection_id, request_id, browser_hash, created_at)
       SELECT $1, $2, id, $3, $4 FROM unnest($5::text[]) AS id`,
      [tenantId, connection.id, hashToken(BROWSER), bench.clock.now(), ids],
    ),
  );
  return ids;
}

const form = (requestId: string, name: string): { SAMLResponse: string } => {
  const subject = subjectXml(connection, requestId, { nameId: `<saml:NameID>${name}</saml:NameID>` });
  const parts = { ...goodParts(connection, requestId), subject };
  return formOf(forgeResponse({ ...parts, attributes: parts.attributes.replace('ada@', `${name}@`) }, 'both', idp));
};

async function post(agent: Agent, body: object): Promise<number> {
  const { statusCode, body: answer } = await request(connection.acsUrl, {
    dispatcher: agent,
    method: 'POST',
    headers: { cookie: `tenure_login=${BROWSER}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(body as Record<string, string>).toString(),
  });
  await answer.dump();
  return statusCode;
}

/** Seconds of processor time that the api has taken so far. */
function apiSeconds(): number {
  const stat = readFileSync(`/proc/${String(api.pid)}/stat`, 'utf8');
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) / TICKS_PER_SECOND;
}

/** Posts everything, a few at once. Gives how many per second of the api's processor time, and per second on the clock. */
async function posted(bodies: readonly object[], expected: 3 | 4): Promise<{ perCore: number; perSecond: number }> {
  // Connections of its own: making the forms takes longer than the api keeps them.
  const agent = new Agent({ connections: SIDE_BY_SIDE });
  const before = apiSeconds();
  const waiting = bodies.values();
  const ms = await timed(() =>
    Promise.all(
      Array.from({ length: SIDE_BY_SIDE }, async () => {
        for (const body of waiting) {
          const status = await post(agent, body);
          if (Math.floor(status / 100) !== expected) throw new Error(`a login was answered ${status}`);
        }
      }),
    ),
  );
  await agent.close();
  return { perCore: bodies.length / (apiSeconds() - before), perSecond: bodies.length / (ms / 1_000) };
}

/** The library alone, in this process: no request, no replay, no person. */
async function bare(bodies: readonly { SAMLResponse: string }[]): Promise<number> {
  const options = { ...samlOptions(connection), validateInResponseTo: ValidateInResponseTo.never };
  const before = process.cpuUsage();
  for (const body of bodies) await new SAML(options).validatePostResponseAsync(body);
  const { user, system } = process.cpuUsage(before);
  return bodies.length / ((user + system) / 1_000_000);
}

const [warm, first, later] = [await begun(200), await begun(LOGINS), await begun(LOGINS)];
const warming = warm.map((id, n) => form(id, `warm-${n}`));
await bare(warming);
await posted(warming, 3);
const alone = await bare(first.slice(0, 500).map((id, n) => form(id, `p-${n}`)));
const firstForms = first.map((id, n) => form(id, `p-${n}`));
const made = await posted(firstForms, 3);
const again = await posted(
  later.map((id, n) => form(id, `p-${n}`)),
  3,
);

const [open = ''] = await begun(1);
const good = Buffer.from(form(open, 'ada').SAMLResponse, 'base64').toString();
const attacker = await createSigningKey('attacker');
const world = { connection, requestId: open, idp, attacker, encryptionCertificate: attacker.certificate, good };
const hostile = ATTACKS.map(([, body]) => body(world)).filter(
  (body): body is { SAMLResponse: string } =>
    typeof body === 'object' &&
    body !== null &&
    'SAMLResponse' in body &&
    Object.values(body).every((value) => typeof value === 'string'),
);
/** What is too large the door does not read to its end, and hangs up: another figure than this one. */
const read = hostile.filter(({ SAMLResponse }) => SAMLResponse.length < 100_000);
const refused = await posted(Array.from({ length: Math.ceil(LOGINS / read.length) }, () => read).flat(), 4);

const how = `${LOGINS} logins, ${SIDE_BY_SIDE} at once; processor time of the api alone`;
const rate = (value: number): string => `${value.toFixed(0)}/s`;
const shown = ({ perCore, perSecond }: { perCore: number; perSecond: number }): string =>
  `${rate(perCore)} per core (${rate(perSecond)} here)`;
figure('node-saml alone: validations per core', '–', rate(alone), 'one after the other, in this process');
figure(
  'first logins: verified, person, session',
  '≥ 0.5 ×',
  `${shown(made)}, ${(made.perCore / alone).toFixed(2)} ×`,
  how,
);
figure('later logins: verified, session', '≥ 0.5 ×', `${shown(again)}, ${(again.perCore / alone).toFixed(2)} ×`, how);
figure('hostile messages refused', '≥ good ones', shown(refused), `${read.length} kinds of the attack suite`);
report(`${load()} at the end`);
await api.stop();
await bench.close();
