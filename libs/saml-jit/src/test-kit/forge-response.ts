import { randomBytes } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import type { SigningKey } from '../protocol/create-signing-key.js';
import type { SamlConnection, WantSigned } from '../protocol/saml-connection.js';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const PASSWORD = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport';

/** Each part of a response that a forger can choose, as raw XML where a part is an element. */
export interface ResponseParts {
  readonly responseId: string;
  readonly assertionId: string;
  readonly version: string;
  readonly issueInstant: string;
  readonly destination: string;
  readonly inResponseTo: string;
  readonly responseIssuer: string;
  readonly status: string;
  readonly assertionIssuer: string;
  readonly assertionIssueInstant: string;
  readonly subject: string;
  readonly conditions: string;
  readonly authnStatement: string;
  readonly attributes: string;
}

/** An element with its attributes; an undefined one is left out. */
export function element(name: string, attributes: Readonly<Record<string, string | undefined>>, content = ''): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${value}"`],
  );
  return `<${name}${written.join('')}>${content}</${name}>`;
}

/** The time, so many seconds from now, as SAML writes it. */
export const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

/** A Subject with the confirmation that a login needs; each attribute can be changed or left out. */
export function subjectXml(
  { acsUrl }: SamlConnection,
  inResponseTo: string,
  {
    nameId = '<saml:NameID>ada</saml:NameID>',
    method = BEARER,
    ...data
  }: Readonly<Record<string, string | undefined>> = {},
): string {
  const confirmation = { InResponseTo: inResponseTo, NotOnOrAfter: inSeconds(300), Recipient: acsUrl, ...data };
  return element(
    'saml:Subject',
    {},
    nameId +
      element('saml:SubjectConfirmation', { Method: method }, element('saml:SubjectConfirmationData', confirmation)),
  );
}

/** Conditions for one audience. */
export function conditionsXml(
  audience: string,
  { NotBefore = inSeconds(-60), NotOnOrAfter = inSeconds(300), more = '' } = {},
): string {
  return element('saml:Conditions', { NotBefore, NotOnOrAfter }, audienceXml(audience) + more);
}

/** A restriction to these audiences. */
export const audienceXml = (...audiences: readonly string[]): string =>
  element('saml:AudienceRestriction', {}, audiences.map((audience) => element('saml:Audience', {}, audience)).join(''));

/** An AuthnStatement by password, just now. */
export function authnStatementXml(attributes: Readonly<Record<string, string | undefined>> = {}): string {
  const context = element('saml:AuthnContext', {}, element('saml:AuthnContextClassRef', {}, PASSWORD));
  return element(
    'saml:AuthnStatement',
    { AuthnInstant: inSeconds(0), SessionIndex: '_session', ...attributes },
    context,
  );
}

/** The parts of a good login. */
export function goodParts(connection: SamlConnection, inResponseTo: string): ResponseParts {
  const issuer = element('saml:Issuer', {}, connection.idpEntityId);
  return {
    responseId: `_${randomBytes(16).toString('hex')}`,
    assertionId: `_${randomBytes(16).toString('hex')}`,
    version: '2.0',
    issueInstant: inSeconds(0),
    destination: connection.acsUrl,
    inResponseTo,
    responseIssuer: issuer,
    status: element(
      'samlp:Status',
      {},
      element('samlp:StatusCode', { Value: 'urn:oasis:names:tc:SAML:2.0:status:Success' }),
    ),
    assertionIssuer: issuer,
    assertionIssueInstant: inSeconds(0),
    subject: subjectXml(connection, inResponseTo),
    conditions: conditionsXml(connection.entityId),
    authnStatement: authnStatementXml(),
    attributes: element(
      'saml:AttributeStatement',
      {},
      element('saml:Attribute', { Name: 'email' }, '<saml:AttributeValue>ada@example.com</saml:AttributeValue>'),
    ),
  };
}

/** The assertion of these parts, unsigned. */
export function assertionXml(parts: ResponseParts): string {
  const attributes = {
    'xmlns:saml': 'urn:oasis:names:tc:SAML:2.0:assertion',
    ID: parts.assertionId,
    Version: parts.version,
    IssueInstant: parts.assertionIssueInstant,
  };
  return element(
    'saml:Assertion',
    attributes,
    parts.assertionIssuer + parts.subject + parts.conditions + parts.authnStatement + parts.attributes,
  );
}

/** The response of these parts around what it is given, unsigned. */
export function responseXml(parts: ResponseParts, content: string): string {
  const attributes = {
    'xmlns:samlp': 'urn:oasis:names:tc:SAML:2.0:protocol',
    'xmlns:saml': 'urn:oasis:names:tc:SAML:2.0:assertion',
    ID: parts.responseId,
    Version: parts.version,
    IssueInstant: parts.issueInstant,
    Destination: parts.destination === '' ? undefined : parts.destination,
    InResponseTo: parts.inResponseTo === '' ? undefined : parts.inResponseTo,
  };
  return element('samlp:Response', attributes, parts.responseIssuer + parts.status + content);
}

/** How a signature is made; the defaults are those of a good IdP. */
export interface SigningOptions {
  readonly signatureAlgorithm?: string;
  readonly digestAlgorithm?: string;
  readonly transforms?: readonly string[];
  readonly canonicalization?: string;
}

/** Signs the root, which has this ID, and puts the signature after its Issuer. */
export function signElement(xml: string, id: string, key: SigningKey, options: SigningOptions = {}): string {
  // By its place: to look for the ID in every element took most of the time that the tests of messages take.
  if (!xml.slice(0, xml.indexOf('>')).includes(` ID="${id}"`)) throw new Error(`The root is not ${id}.`);
  const signer = new SignedXml({
    privateKey: key.privateKey.reveal(),
    publicCert: key.certificate,
    signatureAlgorithm: options.signatureAlgorithm ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: options.canonicalization ?? EXCLUSIVE,
  });
  signer.addReference({
    xpath: '/*',
    digestAlgorithm: options.digestAlgorithm ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: [...(options.transforms ?? [ENVELOPED, EXCLUSIVE])],
  });
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: "/*/*[local-name(.)='Issuer']", action: 'after' },
  });
  return signer.getSignedXml();
}

/** A whole response, signed as an IdP of this policy signs. */
export function forgeResponse(
  parts: ResponseParts,
  wantSigned: WantSigned | 'none',
  key: SigningKey,
  options: SigningOptions = {},
): string {
  const plain = assertionXml(parts);
  const signsAssertion = wantSigned === 'both' || wantSigned === 'assertion';
  const response = responseXml(parts, signsAssertion ? signElement(plain, parts.assertionId, key, options) : plain);
  return wantSigned === 'both' || wantSigned === 'response'
    ? signElement(response, parts.responseId, key, options)
    : response;
}

/** The form that a browser would post. */
export const formOf = (xml: string): { SAMLResponse: string } => ({
  SAMLResponse: Buffer.from(xml).toString('base64'),
});
