import { createSigningKey, type SigningKey } from '../protocol/create-signing-key.js';
import { LoginRequests, SamlConnections, type SamlConnection, type WantSigned } from '../protocol/saml-connection.js';

/** A connection for tests, to an IdP whose key the test has. */
export function testConnection(
  certificate: string,
  wantSigned: WantSigned,
  changes: Partial<SamlConnection> = {},
): SamlConnection {
  return {
    id: '0190a1b2-0000-7000-8000-000000000001',
    tenantId: '0190a1b2-0000-7000-8000-000000000002',
    entityId: 'https://tenure.example/saml/1/metadata',
    acsUrl: 'https://tenure.example/saml/1/acs',
    sloUrl: 'https://tenure.example/saml/1/slo',
    idpEntityId: 'urn:test:idp',
    ssoUrl: 'https://idp.example/sso',
    certificates: [certificate],
    wantSigned,
    clockSkewMs: 60_000,
    ...changes,
  };
}

/** Login requests in memory, per connection. */
export class TestRequests extends LoginRequests {
  private readonly open = new Map<string, Date>();

  add(connectionId: string, requestId: string, at = new Date()): void {
    this.open.set(`${connectionId} ${requestId}`, at);
  }

  lookUpRequest({ id: connectionId }: Pick<SamlConnection, 'id'>, requestId: string): Promise<Date | null> {
    return Promise.resolve(this.open.get(`${connectionId} ${requestId}`) ?? null);
  }
}

/** The connections that a test has. */
export class TestConnections extends SamlConnections {
  constructor(private readonly all: readonly SamlConnection[]) {
    super();
  }

  load(connectionId: string): Promise<SamlConnection | null> {
    return Promise.resolve(this.all.find(({ id }) => id === connectionId) ?? null);
  }
}

/** One key for the IdP of the tests and one for the attacker. */
export async function testKeys(): Promise<{ idp: SigningKey; attacker: SigningKey }> {
  const [idp, attacker] = await Promise.all([createSigningKey('idp'), createSigningKey('attacker')]);
  return { idp, attacker };
}

/** The same connection with keys of its own, for which assertions may be encrypted. */
export function encryptedConnection(connection: SamlConnection, ...keys: readonly SigningKey[]): SamlConnection {
  return {
    ...connection,
    encryption: 'optional',
    decryption: keys.map(({ privateKey }) => privateKey),
    published: { signing: [], encryption: keys.map(({ certificate }) => certificate) },
  };
}
