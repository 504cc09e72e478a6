import { randomBytes, sign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import type { OutboundMessage } from './outbound-message.js';
import type { MessageKind } from './read-redirect.js';
import type { KeyPair, SamlConnection } from './saml-connection.js';
import { signRoot } from './sign-root.js';
import { NS } from './xml.js';

const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const VALID_MS = 5 * 60_000;

/** Whose session at the IdP is to end. */
export interface LogoutSubject {
  readonly nameId: string;
  /** Format and qualifiers as the IdP wrote them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly sessionIndex?: string;
}

/** What tells the IdP of a logout with us; undefined for one that has no single logout. */
export function logoutRequest(
  connection: SamlConnection,
  subject: LogoutSubject,
  now: Date,
): OutboundMessage | undefined {
  const { idpSloUrl, signing } = connection;
  if (idpSloUrl === undefined || signing === undefined) return undefined;
  const attributes = Object.entries(subject.attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`);
  const index =
    subject.sessionIndex === undefined
      ? ''
      : `<samlp:SessionIndex>${escaped(subject.sessionIndex)}</samlp:SessionIndex>`;
  const until = ` NotOnOrAfter="${new Date(now.getTime() + VALID_MS).toISOString()}"`;
  const content = `<saml:NameID${attributes.join('')}>${escaped(subject.nameId)}</saml:NameID>${index}`;
  const xml = message(connection, 'LogoutRequest', { to: idpSloUrl, now, more: until, content });
  return signed(connection, { to: idpSloUrl, kind: 'SAMLRequest', xml }, signing);
}

/** What answers an IdP's logout request; undefined for one that takes no answer. */
export function logoutResponse(
  connection: SamlConnection,
  request: { readonly id: string; readonly relayState: string | undefined },
  now: Date,
): OutboundMessage | undefined {
  const { idpSloResponseUrl, signing } = connection;
  if (idpSloResponseUrl === undefined || signing === undefined) return undefined;
  const content = `<samlp:Status><samlp:StatusCode Value="${SUCCESS}"/></samlp:Status>`;
  const more = ` InResponseTo="${escaped(request.id)}"`;
  const xml = message(connection, 'LogoutResponse', { to: idpSloResponseUrl, now, more, content });
  const { relayState } = request;
  return signed(connection, { to: idpSloResponseUrl, kind: 'SAMLResponse', xml, relayState }, signing);
}

function message(
  { entityId }: SamlConnection,
  name: string,
  { to, now, more, content }: { to: string; now: Date; more: string; content: string },
): string {
  const id = `_${randomBytes(20).toString('hex')}`;
  return (
    `<samlp:${name} xmlns:samlp="${NS.protocol}" xmlns:saml="${NS.assertion}" ID="${id}" Version="2.0"` +
    ` IssueInstant="${now.toISOString()}" Destination="${escaped(to)}"${more}>` +
    `<saml:Issuer>${escaped(entityId)}</saml:Issuer>${content}</samlp:${name}>`
  );
}

interface Unsigned {
  readonly to: string;
  readonly kind: MessageKind;
  readonly xml: string;
  readonly relayState?: string | undefined;
}

function signed({ idpSloBinding }: SamlConnection, unsigned: Unsigned, key: KeyPair): OutboundMessage {
  if (idpSloBinding !== 'HTTP-POST') return { binding: 'HTTP-Redirect', url: signedAddress(unsigned, key) };
  const { to, kind, xml, relayState } = unsigned;
  const encoded = Buffer.from(signRoot(xml, key, 'after Issuer')).toString('base64');
  const fields = { [kind]: encoded, ...(relayState !== undefined && { RelayState: relayState }) };
  return { binding: 'HTTP-POST', action: to, fields };
}

/** Bindings §3.4.4.1: the message deflated, and a signature over the parameters as they are sent. */
function signedAddress({ to, kind, xml, relayState }: Unsigned, { privateKey }: KeyPair): string {
  const parameters = [
    [kind, deflateRawSync(xml).toString('base64')],
    ...(relayState === undefined ? [] : [['RelayState', relayState]]),
    ['SigAlg', RSA_SHA256],
  ].map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`);
  const covered = parameters.join('&');
  const signature = sign('sha256', Buffer.from(covered), privateKey.reveal()).toString('base64');
  return `${to}${to.includes('?') ? '&' : '?'}${covered}&Signature=${encodeURIComponent(signature)}`;
}

/** Text as it stands in an element or an attribute. */
export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
