import { acsFormIn, inputOf, type AcsForm } from '../../libs/saml-jit/src/test-kit/start-saml-idp.js';
import type { SspUser } from '../peers/simplesamlphp.js';

/** Where a browser ended up: a page of the IdP, or an address elsewhere that it was sent to. */
interface Arrival {
  readonly page: string;
  readonly elsewhere: string | undefined;
}

/** A browser at an IdP: it keeps the IdP's cookies and follows its redirects, as far as they stay there. */
export class IdpVisitor {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly origin: string) {}

  /** Enters name and password where they are asked for, and comes back with what the browser posts to the ACS. */
  async logIn(redirectUrl: string, { userName }: Pick<SspUser, 'userName'>): Promise<AcsForm> {
    const { page } = await this.open(redirectUrl);
    const state = inputOf(page, 'AuthState');
    if (state === undefined) return acsFormIn(page);
    const form = { username: userName, password: `${userName}pass`, AuthState: state };
    return acsFormIn((await this.open(`${this.origin}/module.php/core/loginuserpass.php`, form)).page);
  }

  async open(address: string, form?: Readonly<Record<string, string>>): Promise<Arrival> {
    let body = form && new URLSearchParams(form);
    let url = new URL(address, this.origin);
    for (let step = 0; step < 15; step++) {
      if (url.origin !== this.origin) return { page: '', elsewhere: url.href };
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(url, {
        redirect: 'manual',
        method: body === undefined ? 'GET' : 'POST',
        headers: { cookie },
        ...(body && { body }),
      });
      body = undefined;
      for (const set of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        this.cookies.set(name, value);
      }
      const location = answer.headers.get('location');
      if (location === null) return { page: await answer.text(), elsewhere: undefined };
      url = new URL(location, url);
    }
    throw new Error(`The IdP redirects without end: ${url.href}`);
  }
}
