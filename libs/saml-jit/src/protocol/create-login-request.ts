import { randomBytes } from 'node:crypto';
import { SAML, type SamlConfig } from '@node-saml/node-saml';
import type { OutboundMessage } from './outbound-message.js';
import { localPathOf } from './relay-state.js';
import type { SamlConnection } from './saml-connection.js';
import { samlOptions } from './saml-options.js';

/** A login about to start: save the id with the connection and the browser's cookie, then send the browser on. */
export interface LoginRequest {
  readonly requestId: string;
  readonly message: OutboundMessage;
}

/** Makes an AuthnRequest for the binding that the IdP takes, signed where the connection signs requests. */
export async function createLoginRequest(connection: SamlConnection, returnTo?: string): Promise<LoginRequest> {
  const requestId = `_${randomBytes(20).toString('hex')}`;
  const relayState = localPathOf(returnTo) ?? '';
  const options = { ...samlOptions(connection), generateUniqueId: () => requestId };
  if (connection.ssoBinding === 'HTTP-POST')
    return { requestId, message: await byForm(options, connection, relayState) };
  const url = await new SAML(options).getAuthorizeUrlAsync(relayState, undefined, {});
  return { requestId, message: { binding: 'HTTP-Redirect', url } };
}

/** Bindings §3.5.4: a form's message is not deflated, and its signature is inside. */
async function byForm(
  options: SamlConfig,
  { ssoUrl, signing, signRequests }: SamlConnection,
  relayState: string,
): Promise<OutboundMessage> {
  const saml = new SAML({
    ...options,
    authnRequestBinding: 'HTTP-POST',
    skipRequestCompression: true,
    ...(signing && signRequests === true && { publicCert: signing.certificate }),
  });
  const fields = (await saml.getAuthorizeMessageAsync(relayState, undefined, {})) as Record<string, string>;
  return { binding: 'HTTP-POST', action: ssoUrl, fields };
}
