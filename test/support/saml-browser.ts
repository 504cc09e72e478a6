import {
  startSamlIdp,
  type AcsForm,
  type SamlIdp,
  type SamlIdpUser,
} from '../../libs/saml-jit/src/test-kit/start-saml-idp.js';
import type { Answer, Client } from './client.js';

/** A SAML connection as the admin API created it. */
export interface CreatedConnection {
  readonly id: string;
  readonly entityId: string;
  readonly metadataUrl: string;
  readonly loginUrl: string;
  readonly acsUrl: string;
  readonly sloUrl: string;
}

/** The IdP wants our addresses, and we want its metadata: it is started for an address that we then learn. */
export async function connectSamlIdp(api: Client): Promise<{ connection: CreatedConnection; idp: SamlIdp }> {
  const first = await startSamlIdp({ acsUrl: 'http://127.0.0.1/unknown', audience: 'unknown' });
  const idpMetadataXml = await first.metadata();
  await first.stop();
  const connection = await api.made<CreatedConnection>('/api/v1/saml-connections', {
    name: 'Identity provider',
    idpMetadataXml,
  });
  const port = Number(new URL(first.ssoUrl).port);
  const { acsUrl, entityId: audience, sloUrl } = connection;
  const idp = await startSamlIdp({ acsUrl, audience, sloUrl, key: first.key, port });
  return { connection, idp };
}

/** Somewhere to log in, as far as a browser goes. */
interface LoginPage<User> {
  logIn(redirectUrl: string, user: User): Promise<AcsForm>;
}

/** An employee's browser: it keeps its cookies. */
export class Browser<User = SamlIdpUser> {
  readonly cookies = new Map<string, string>();

  constructor(
    private readonly client: Client,
    private readonly connection: Pick<CreatedConnection, 'loginUrl' | 'acsUrl'>,
    private readonly idp: LoginPage<User>,
  ) {}

  /** From our login page over the IdP's to its answer, which is not posted yet. */
  async begin(user: User, returnTo?: string): Promise<AcsForm> {
    const query = returnTo === undefined ? '' : `?RelayState=${encodeURIComponent(returnTo)}`;
    return this.beginAt(`${this.connection.loginUrl}${query}`, user);
  }

  /** From a login page of ours, whichever, to the IdP's answer. */
  async beginAt(loginUrl: string, user: User): Promise<AcsForm> {
    const login = await this.visit(loginUrl);
    if (login.status !== 302) throw new Error(`The login page answered ${login.status}: ${login.text}`);
    return this.idp.logIn(login.headers.get('location') ?? '', user);
  }

  /** Posts the IdP's answer. */
  async finish(form: Pick<AcsForm, 'SAMLResponse' | 'RelayState'>): Promise<Answer<string>> {
    const body = new URLSearchParams({ SAMLResponse: form.SAMLResponse, RelayState: form.RelayState }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...this.cookieHeader() };
    return this.keep(await this.client.post<string>(this.connection.acsUrl, body, { headers }));
  }

  /** The whole login. */
  async logIn(user: User, returnTo?: string): Promise<Answer<string>> {
    return this.finish(await this.begin(user, returnTo));
  }

  async visit<Body = string>(path: string): Promise<Answer<Body>> {
    return this.keep(await this.client.get<Body>(path, { headers: this.cookieHeader() }));
  }

  /** As a script of our own pages posts; with `accept`, as a form of theirs. */
  async send<Body = string>(path: string, accept = '*/*'): Promise<Answer<Body>> {
    const headers = { ...this.cookieHeader(), origin: new URL(this.client.baseUrl).origin, accept };
    return this.keep(await this.client.post<Body>(path, undefined, { headers }));
  }

  /** As a page of our own deletes. */
  async remove<Body = string>(path: string): Promise<Answer<Body>> {
    const headers = { ...this.cookieHeader(), 'sec-fetch-site': 'same-origin' };
    return this.keep(await this.client.delete<Body>(path, { headers }));
  }

  private cookieHeader(): Record<string, string> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return cookie === '' ? {} : { cookie };
  }

  private keep<Body>(answer: Answer<Body>): Answer<Body> {
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }
}
