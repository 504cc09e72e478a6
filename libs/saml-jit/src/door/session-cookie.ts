import type { CookieOptions, Request } from 'express';

/** The session cookie: host-bound by its prefix; plain-http localhost cannot have the prefix. */
export const sessionCookieName = (secure: boolean): string => (secure ? '__Host-tenure' : 'tenure');

export const sessionCookie = (secure: boolean): CookieOptions => ({
  httpOnly: true,
  secure,
  sameSite: 'lax',
  path: '/',
});

export const BROWSER_COOKIE = 'tenure_login';
/** Of a test login: beside the one of real logins, so that neither takes the other's place. */
export const TEST_COOKIE = 'tenure_test';

/** The answer of the IdP is posted from another site, so this one cookie is SameSite=None, and therefore Secure. */
export const browserCookie = (path: string): CookieOptions => ({
  httpOnly: true,
  secure: true,
  sameSite: 'none',
  path,
  maxAge: 600_000,
});

/** One cookie of the request; the first, when a name comes twice. */
export function cookieOf(request: Request, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
