import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSigningKey, type SigningKey } from '../protocol/create-signing-key.js';

/** Ends the child when this process does, however it ends: its stdin is closed then. */
const END_WITH_US = ['--import', 'data:text/javascript,process.stdin.on("end",()=>process.exit()).resume()'];
const START_TIMEOUT_MS = 20_000;

/** For which service provider the IdP makes assertions, and whether it signs the response around them too. */
export interface SamlIdpOptions {
  readonly acsUrl: string;
  readonly audience: string;
  /** Where it sends its logout messages, always by form; absent: it knows no single logout. */
  readonly sloUrl?: string;
  readonly signResponse?: boolean;
  readonly entityId?: string;
  /** Started again for another service provider: the same key on the same port keep its metadata true. */
  readonly key?: SigningKey;
  readonly port?: number;
}

/** Whom to log in as: saml-idp asks for no password. */
export interface SamlIdpUser {
  readonly userName: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly groups?: readonly string[];
  readonly nameIdFormat?: string;
}

/** What the browser would post to the ACS. */
export interface AcsForm {
  readonly action: string;
  readonly SAMLResponse: string;
  readonly RelayState: string;
}

/** A running IdP that is not ours. */
export interface SamlIdp {
  readonly entityId: string;
  readonly ssoUrl: string;
  readonly certificate: string;
  /** Its key, for forgeries that only a broken IdP could make. */
  readonly key: SigningKey;
  metadata(): Promise<string>;
  /** Goes through the IdP's pages as a browser would. */
  logIn(redirectUrl: string, user: SamlIdpUser): Promise<AcsForm>;
  stop(): Promise<void>;
}

/** Starts npm's `saml-idp` as its own process on a free port with a fresh key. */
export async function startSamlIdp({
  acsUrl,
  audience,
  sloUrl,
  signResponse = true,
  entityId = 'urn:test:idp',
  ...given
}: SamlIdpOptions): Promise<SamlIdp> {
  const key = given.key ?? (await createSigningKey('saml-idp'));
  const folder = await mkdtemp(join(tmpdir(), 'saml-idp-'));
  await writeFile(join(folder, 'idp.crt'), key.certificate);
  await writeFile(join(folder, 'idp.key'), key.privateKey.reveal(), { mode: 0o600 });
  const port = given.port ?? (await freePort());
  const address = `http://127.0.0.1:${port}`;
  const settings = {
    host: '127.0.0.1',
    port: String(port),
    cert: 'idp.crt',
    key: 'idp.key',
    issuer: entityId,
    acsUrl,
    audience,
    signResponse: String(signResponse),
    ...(sloUrl !== undefined && { sloUrl }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // Without our environment: it would take PORT and HOST from there, and jest's NODE_OPTIONS.
  const child = spawn(
    process.execPath,
    [...END_WITH_US, createRequire(import.meta.url).resolve('saml-idp/bin/run.js'), ...flags],
    {
      cwd: folder,
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', kill);
    await stopChild(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answers(`${address}/metadata`, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    entityId,
    ssoUrl: `${address}/saml/sso`,
    certificate: key.certificate,
    key,
    metadata: async () => (await fetch(`${address}/metadata`)).text(),
    logIn: (redirectUrl, user) => logIn(address, redirectUrl, user),
    stop,
  };
}

async function logIn(address: string, redirectUrl: string, user: SamlIdpUser): Promise<AcsForm> {
  const page = await fetch(redirectUrl);
  const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
  const body = new URLSearchParams(signInFields(await page.text(), user));
  const answer = await (await fetch(`${address}/signin`, { method: 'POST', body, headers: { cookie } })).text();
  return acsFormIn(answer);
}

/** What its page of signing in is filled with. */
export function signInFields(page: string, { groups = [], ...user }: SamlIdpUser): Record<string, string> {
  const request = inputOf(page, '_authnRequest');
  return {
    nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    ...user,
    displayName: `${user.firstName} ${user.lastName}`,
    mobilePhone: '',
    groups: groups.join(','),
    ...(request !== undefined && { _authnRequest: request }),
  };
}

/** The form of a page, as a browser submits it. */
export function formIn(page: string): { readonly action: string; readonly fields: Readonly<Record<string, string>> } {
  const [, action = ''] = /<form[^>]*action="([^"]*)"/.exec(page) ?? [];
  const names = [...page.matchAll(/<input[^>]*name=["']([^"']*)["']/g)].map(([, name = '']) => name);
  return {
    action: unescapeHtml(action),
    fields: Object.fromEntries(names.map((name) => [name, inputOf(page, name) ?? ''])),
  };
}

/** The form of an IdP's page that the browser posts to the ACS. */
export function acsFormIn(page: string): AcsForm {
  const SAMLResponse = inputOf(page, 'SAMLResponse');
  if (SAMLResponse === undefined) throw new Error(`The IdP answered without a SAMLResponse: ${page.slice(0, 2000)}`);
  const action = /action="([^"]*)"/.exec(page)?.[1] ?? '';
  return { action: unescapeHtml(action), SAMLResponse, RelayState: inputOf(page, 'RelayState') ?? '' };
}

/** The value of an input of this name in a page. */
export function inputOf(html: string, name: string): string | undefined {
  const input = (html.match(/<input[^>]*>/g) ?? []).find((tag) => new RegExp(`name=["']${name}["']`).test(tag));
  const value = input && /value=(?:"([^"]*)"|'([^']*)')/.exec(input);
  return value ? unescapeHtml(value[1] ?? value[2] ?? '') : undefined;
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll(/&#x([0-9a-f]+);/gi, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)))
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await delay(50)) {
    if (child.exitCode !== null) throw new Error(`saml-idp ended with code ${child.exitCode}.`);
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return;
  }
  throw new Error('saml-idp did not start in time.');
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
