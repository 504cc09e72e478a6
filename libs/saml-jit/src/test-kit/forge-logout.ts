import { randomBytes, sign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import type { SigningKey } from '../protocol/create-signing-key.js';
import type { SamlConnection } from '../protocol/saml-connection.js';
import { element, inSeconds, signElement } from './forge-response.js';

/** Each part of a logout message that a forger can choose. */
export interface LogoutParts {
  readonly name: string;
  readonly id: string;
  readonly version: string;
  readonly issueInstant: string;
  readonly destination: string | undefined;
  readonly notOnOrAfter: string | undefined;
  readonly issuer: string;
  readonly content: string;
}

/** The parts of a good logout request of this person. */
export const goodLogout = (connection: SamlConnection, nameId = 'ada', ...indexes: readonly string[]): LogoutParts => ({
  name: 'LogoutRequest',
  id: `_${randomBytes(16).toString('hex')}`,
  version: '2.0',
  issueInstant: inSeconds(0),
  destination: connection.sloUrl,
  notOnOrAfter: inSeconds(300),
  issuer: element('saml:Issuer', {}, connection.idpEntityId),
  content:
    element('saml:NameID', {}, nameId) + indexes.map((index) => element('samlp:SessionIndex', {}, index)).join(''),
});

/** The message of these parts, unsigned. */
export const logoutXml = (parts: LogoutParts): string =>
  element(
    `samlp:${parts.name}`,
    {
      'xmlns:samlp': 'urn:oasis:names:tc:SAML:2.0:protocol',
      'xmlns:saml': 'urn:oasis:names:tc:SAML:2.0:assertion',
      ID: parts.id,
      Version: parts.version,
      IssueInstant: parts.issueInstant,
      Destination: parts.destination,
      NotOnOrAfter: parts.notOnOrAfter,
    },
    parts.issuer + parts.content,
  );

/** How an address is signed; the defaults are those of a good IdP. */
export interface RedirectOptions {
  readonly kind?: 'SAMLRequest' | 'SAMLResponse';
  readonly relayState?: string;
  readonly algorithm?: string;
  readonly hash?: string;
  /** Absent: unsigned. */
  readonly key?: SigningKey;
}

/** The signature over a query as it is sent. */
export const signQuery = (query: string, key: SigningKey, hash = 'sha256'): string =>
  sign(hash, Buffer.from(query), key.privateKey.reveal()).toString('base64');

/** The query of a message by HTTP-Redirect. */
export function redirectQuery(xml: string | Buffer, options: RedirectOptions): string {
  const { kind = 'SAMLRequest', relayState, key, hash = 'sha256' } = options;
  const algorithm = options.algorithm ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
  const parts = [`${kind}=${encodeURIComponent(deflateRawSync(xml).toString('base64'))}`];
  if (relayState !== undefined) parts.push(`RelayState=${encodeURIComponent(relayState)}`);
  if (key === undefined) return parts.join('&');
  parts.push(`SigAlg=${encodeURIComponent(algorithm)}`);
  const signature = signQuery(parts.join('&'), key, hash);
  return [...parts, `Signature=${encodeURIComponent(signature)}`].join('&');
}

/** The form of a message by HTTP-POST, signed when there is a key. */
export function logoutForm(parts: LogoutParts, key?: SigningKey): Record<string, string> {
  const xml = logoutXml(parts);
  const signed = key === undefined ? xml : signElement(xml, parts.id, key);
  const kind = parts.name === 'LogoutResponse' ? 'SAMLResponse' : 'SAMLRequest';
  return { [kind]: Buffer.from(signed).toString('base64') };
}
