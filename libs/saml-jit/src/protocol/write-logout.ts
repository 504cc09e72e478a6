import { randomBytes, sign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import type { KeyPair, SamlConnection } from './saml-connection.js';
import type { MessageKind } from './read-redirect.js';
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

/** The address that tells the IdP of a logout with us; undefined for one that has no single logout. */
export function logoutRequestUrl(connection: SamlConnection, subject: LogoutSubject, now: Date): string | undefined {
  const { idpSloUrl, signing } = connection;
  if (idpSloUrl === undefined || signing === undefined) return undefined;
  const attributes = Object.entries(subject.attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`);
  const index =
    subject.sessionIndex === undefined
      ? ''
      : `<samlp:SessionIndex>${escaped(subject.sessionIndex)}</samlp:SessionIndex>`;
  const until = ` NotOnOrAfter="${new Date(now.getTime() + VALID_MS).toISOString()}"`;
  const content = `<saml:NameID${attributes.join('')}>${escaped(subject.nameId)}</saml:NameID>${index}`;
  return signedAddress(
    idpSloUrl,
    'SAMLRequest',
    message(connection, 'LogoutRequest', { to: idpSloUrl, now, more: until, content }),
    signing,
  );
}

/** The address that answers an IdP's logout request; undefined for one that takes no answer. */
export function logoutResponseUrl(
  connection: SamlConnection,
  request: { readonly id: string; readonly relayState: string | undefined },
  now: Date,
): string | undefined {
  const { idpSloResponseUrl, signing } = connection;
  if (idpSloResponseUrl === undefined || signing === undefined) return undefined;
  const content = `<samlp:Status><samlp:StatusCode Value="${SUCCESS}"/></samlp:Status>`;
  const more = ` InResponseTo="${escaped(request.id)}"`;
  const xml = message(connection, 'LogoutResponse', { to: idpSloResponseUrl, now, more, content });
  return signedAddress(idpSloResponseUrl, 'SAMLResponse', xml, signing, request.relayState);
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

/** Bindings §3.4.4.1: the message deflated, and a signature over the parameters as they are sent. */
function signedAddress(
  address: string,
  kind: MessageKind,
  xml: string,
  { privateKey }: KeyPair,
  relayState?: string,
): string {
  const parameters = [
    [kind, deflateRawSync(xml).toString('base64')],
    ...(relayState === undefined ? [] : [['RelayState', relayState]]),
    ['SigAlg', RSA_SHA256],
  ].map(([name, value = '']) => `${name}=${encodeURIComponent(value)}`);
  const signed = parameters.join('&');
  const signature = sign('sha256', Buffer.from(signed), privateKey.reveal()).toString('base64');
  const query = `${signed}&Signature=${encodeURIComponent(signature)}`;
  return `${address}${address.includes('?') ? '&' : '?'}${query}`;
}

/** Text as it stands in an element or an attribute. */
export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
