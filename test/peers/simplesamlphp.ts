import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../scripts/lib/ports.mjs';
import { createSigningKey } from '../../libs/saml-jit/src/protocol/create-signing-key.js';
import { eventually } from '../support/eventually.js';

const ATTRIBUTE_NAMES = { userName: 'uid', email: 'email', firstName: 'givenName', lastName: 'sn', groups: 'groups' };
const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

/** Somebody whom the IdP knows, with `<name>pass` as the password. */
export interface SspUser {
  readonly userName: string;
  readonly email?: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly groups: readonly string[];
}

/** What the IdP is told of a service provider beside its metadata. */
export interface SspProvider {
  readonly signResponse?: boolean;
  readonly signAssertion?: boolean;
  readonly encrypt?: boolean;
}

const php = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(php).join(', ')}]`
    : typeof value === 'object' && value !== null
      ? `[${Object.entries(value)
          .map(([key, one]) => `${php(key)} => ${php(one)}`)
          .join(', ')}]`
      : typeof value === 'string'
        ? `'${value.replaceAll(/['\\]/g, '\\$&')}'`
        : String(value);

/** Reads service providers' metadata as its own administration pages do. */
const CONVERT = `require '/usr/share/simplesamlphp/lib/_autoload.php';
  foreach (\\SimpleSAML\\Metadata\\SAMLParser::parseDescriptorsString(stream_get_contents(STDIN)) as $id => $parser) {
    $sp = $parser->getMetadata20SP(); unset($sp['entityDescriptor'], $sp['expire']);
    echo '<?php $metadata[' . var_export($id, true) . '] = array_merge(' . var_export($sp, true) . ', ' . $argv[1] . ');';
  }`;

/** Debian's SimpleSAMLphp as an IdP on PHP's own server, in a folder of its own. */
export class SimpleSamlPhp {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly server: ChildProcess,
  ) {}

  static async start(users: readonly SspUser[]): Promise<SimpleSamlPhp> {
    const folder = await mkdtemp(join(tmpdir(), 'simplesamlphp-'));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    for (const name of ['config', 'metadata', 'cert', 'log', 'tmp', 'data', 'sessions'])
      await mkdir(join(folder, name));
    await writeConfiguration(folder, url);
    // Its files change while it runs: it must not remember them compiled.
    const settings = {
      'opcache.enable': '0',
      error_reporting: '0',
      display_errors: '0',
      'session.save_path': join(folder, 'sessions'),
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-d', `${name}=${value}`]);
    const server = spawn('php', [...flags, '-S', `127.0.0.1:${port}`, '-t', '/usr/share/simplesamlphp/www'], {
      env: { PATH: process.env.PATH, SIMPLESAMLPHP_CONFIG_DIR: join(folder, 'config') },
      stdio: 'ignore',
    });
    const idp = new SimpleSamlPhp(url, folder, server);
    await idp.know(users);
    await writeFile(join(folder, 'metadata/saml20-sp-remote.php'), '<?php');
    await eventually(
      () => fetch(idp.metadataUrl).catch(() => null),
      (answer) => answer?.ok === true,
    );
    return idp;
  }

  get metadataUrl(): string {
    return `${this.url}/saml2/idp/metadata.php`;
  }

  /** Whom it knows from now on. */
  know(users: readonly SspUser[]): Promise<void> {
    const known = users.map((user): [string, object] => {
      const attributes = Object.entries(ATTRIBUTE_NAMES).flatMap(([field, name]) => {
        const value = user[field as keyof SspUser];
        return value === undefined ? [] : [[name, [value].flat()]];
      });
      return [`${user.userName}:${user.userName}pass`, Object.fromEntries(attributes) as Record<string, unknown>];
    });
    const sources = {
      admin: ['core:AdminPassword'],
      users: { 0: 'exampleauth:UserPass', ...Object.fromEntries(known) },
    };
    return writeFile(join(this.folder, 'config/authsources.php'), `<?php $config = ${php(sources)};`);
  }

  /** Reads a service provider's metadata, signatures of its requests and all. */
  async trust(
    metadataXml: string,
    { signResponse = true, signAssertion = true, encrypt = false }: SspProvider = {},
  ): Promise<void> {
    const more = php({
      'saml20.sign.response': signResponse,
      'saml20.sign.assertion': signAssertion,
      'assertion.encryption': encrypt,
      'validate.authnrequest': true,
      NameIDFormat: PERSISTENT,
    });
    const args = ['-d', 'error_reporting=0', '-d', 'display_errors=0', '-r', CONVERT, '--', more];
    const env = { PATH: process.env.PATH, SIMPLESAMLPHP_CONFIG_DIR: join(this.folder, 'config') };
    const running = promisify(execFile)('php', args, { env });
    running.child.stdin?.end(metadataXml);
    await writeFile(join(this.folder, 'metadata/saml20-sp-remote.php'), (await running).stdout);
  }

  async stop(): Promise<void> {
    const ended = once(this.server, 'exit');
    this.server.kill();
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function writeConfiguration(folder: string, url: string): Promise<void> {
  const key = await createSigningKey('simplesamlphp');
  const file = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  await file('cert/idp.key', key.privateKey.reveal());
  await file('cert/idp.crt', key.certificate);
  const config = {
    baseurlpath: `${url}/`,
    certdir: `${folder}/cert/`,
    loggingdir: `${folder}/log/`,
    datadir: `${folder}/data/`,
    tempdir: `${folder}/tmp`,
    metadatadir: `${folder}/metadata/`,
    technicalcontact_name: 'x',
    technicalcontact_email: 'na@example.org',
    timezone: 'UTC',
    secretsalt: 'simplesamlphp-for-tests',
    'auth.adminpassword': 'admin-of-tests',
    showerrors: true,
    'logging.level': 6,
    'logging.handler': 'file',
    'logging.logfile': 'idp.log',
    'logging.processname': 'idp',
    'enable.saml20-idp': true,
    'module.enable': { exampleauth: true, core: true, saml: true },
    'session.duration': 28800,
    'session.datastore.timeout': 14400,
    'session.state.timeout': 3600,
    'session.cookie.name': 'SspId',
    'session.cookie.lifetime': 0,
    'session.cookie.path': '/',
    'session.cookie.secure': false,
    'session.phpsession.cookiename': 'SspSession',
    'session.phpsession.savepath': `${folder}/sessions`,
    'session.phpsession.httponly': true,
    'session.authtoken.cookiename': 'SspAuth',
    'enable.http_post': true,
    'language.available': ['en'],
    'language.default': 'en',
    'language.rtl': [],
    'theme.use': 'default',
    production: false,
    'metadata.sources': [{ type: 'flatfile', directory: `${folder}/metadata` }],
    'store.type': 'phpsession',
    'authproc.idp': [],
    'authproc.sp': [],
  };
  await file('config/config.php', `<?php $config = ${php(config)};`);
  const nameId = { class: 'saml:AttributeNameID', attribute: 'uid', Format: PERSISTENT };
  const hosted = {
    host: '__DEFAULT__',
    privatekey: 'idp.key',
    certificate: 'idp.crt',
    auth: 'users',
    'sign.logout': true,
    'redirect.sign': true,
    'signature.algorithm': 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    NameIDFormat: PERSISTENT,
    authproc: { 3: nameId },
    'attributes.NameFormat': 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic',
    'redirect.validate': true,
  };
  const entity = php(`${url}/saml2/idp/metadata.php`);
  await file('metadata/saml20-idp-hosted.php', `<?php $metadata[${entity}] = ${php(hosted)};`);
}
