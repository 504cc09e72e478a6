import { randomBytes } from 'node:crypto';
import { SAML } from '@node-saml/node-saml';
import { localPathOf } from './relay-state.js';
import type { SamlConnection } from './saml-connection.js';
import { samlOptions } from './saml-options.js';

/** A login about to start: save the id with the connection and the browser's cookie, then redirect. */
export interface LoginRequest {
  readonly requestId: string;
  readonly redirectUrl: string;
}

/** Makes an AuthnRequest for the HTTP-Redirect binding, signed when the connection has a key. */
export async function createLoginRequest(connection: SamlConnection, returnTo?: string): Promise<LoginRequest> {
  const requestId = `_${randomBytes(20).toString('hex')}`;
  const saml = new SAML({ ...samlOptions(connection), generateUniqueId: () => requestId });
  const redirectUrl = await saml.getAuthorizeUrlAsync(localPathOf(returnTo) ?? '', undefined, {});
  return { requestId, redirectUrl };
}
