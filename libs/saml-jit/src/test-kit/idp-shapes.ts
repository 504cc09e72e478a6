import { SignedXml } from 'xml-crypto';
import type { SigningKey } from '../protocol/create-signing-key.js';
import type { SamlConnection, WantSigned } from '../protocol/saml-connection.js';
import { encryptAssertion } from './encrypt-assertion.js';
import { inSeconds } from './forge-response.js';

const P = 'urn:oasis:names:tc:SAML:2.0:protocol';
const A = 'urn:oasis:names:tc:SAML:2.0:assertion';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const XSI = 'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

/** One IdP's own way to write a good login. */
export interface IdpShape {
  readonly wantSigned: WantSigned;
  write(connection: SamlConnection, inResponseTo: string, key: SigningKey): string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly nameId: string;
}

interface Style {
  /** Prefix of `ds:`; none where the IdP makes it the default namespace. */
  readonly signaturePrefix?: string;
  readonly inclusivePrefixes?: readonly string[];
}

function sign(xml: string, id: string, key: SigningKey, { signaturePrefix, inclusivePrefixes = [] }: Style): string {
  const signer = new SignedXml({
    privateKey: key.privateKey.reveal(),
    publicCert: key.certificate,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: EXCLUSIVE,
  });
  signer.addReference({
    xpath: '/*',
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', EXCLUSIVE],
    inclusiveNamespacesPrefixList: [...inclusivePrefixes],
  });
  signer.computeSignature(xml, {
    ...(signaturePrefix !== undefined && { prefix: signaturePrefix }),
    location: { reference: "/*/*[local-name(.)='Issuer']", action: 'after' },
  });
  return signer.getSignedXml();
}

const confirmation = (prefix: string, acsUrl: string, inResponseTo: string): string =>
  `<${prefix}SubjectConfirmation Method="${BEARER}"><${prefix}SubjectConfirmationData InResponseTo="${inResponseTo}" NotOnOrAfter="${inSeconds(300)}" Recipient="${acsUrl}"/></${prefix}SubjectConfirmation>`;
const restriction = (prefix: string, audience: string): string =>
  `<${prefix}AudienceRestriction><${prefix}Audience>${audience}</${prefix}Audience></${prefix}AudienceRestriction>`;
const context = (prefix: string, className = 'PasswordProtectedTransport'): string =>
  `<${prefix}AuthnContext><${prefix}AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:${className}</${prefix}AuthnContextClassRef></${prefix}AuthnContext>`;
const ENTITY = 'Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity"';

function okta({ idpEntityId, entityId, acsUrl }: SamlConnection, request: string, key: SigningKey): string {
  const style = { signaturePrefix: 'ds', inclusivePrefixes: ['xs'] };
  const issuer = `<saml2:Issuer xmlns:saml2="${A}" ${ENTITY}>${idpEntityId}</saml2:Issuer>`;
  const attribute = (name: string, ...values: string[]): string =>
    `<saml2:Attribute Name="${name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified">${values.map((value) => `<saml2:AttributeValue ${XSI} xsi:type="xs:string">${value}</saml2:AttributeValue>`).join('')}</saml2:Attribute>`;
  const assertion =
    `<saml2:Assertion xmlns:saml2="${A}" ID="id2" IssueInstant="${inSeconds(0)}" Version="2.0" xmlns:xs="http://www.w3.org/2001/XMLSchema">${issuer}` +
    `<saml2:Subject><saml2:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">ada@example.com</saml2:NameID>${confirmation('saml2:', acsUrl, request)}</saml2:Subject>` +
    `<saml2:Conditions NotBefore="${inSeconds(-300)}" NotOnOrAfter="${inSeconds(300)}">${restriction('saml2:', entityId)}</saml2:Conditions>` +
    `<saml2:AuthnStatement AuthnInstant="${inSeconds(0)}" SessionIndex="${request}">${context('saml2:')}</saml2:AuthnStatement>` +
    `<saml2:AttributeStatement>${attribute('email', 'ada@example.com')}${attribute('groups', 'Everyone', 'R&amp;D')}</saml2:AttributeStatement></saml2:Assertion>`;
  const response =
    `<?xml version="1.0" encoding="UTF-8"?><saml2p:Response xmlns:saml2p="${P}" Destination="${acsUrl}" ID="id1" InResponseTo="${request}" IssueInstant="${inSeconds(0)}" Version="2.0" xmlns:xs="http://www.w3.org/2001/XMLSchema">${issuer}` +
    `<saml2p:Status xmlns:saml2p="${P}"><saml2p:StatusCode Value="${SUCCESS}"/></saml2p:Status>${sign(assertion, 'id2', key, style)}</saml2p:Response>`;
  return sign(response, 'id1', key, style);
}

/** Entra ID and AD FS write the assertion in a default namespace, and a `Consent`. */
function microsoft(
  { idpEntityId, entityId, acsUrl }: SamlConnection,
  request: string,
  key: SigningKey,
  around: (assertion: string) => string = (assertion) => assertion,
): string {
  const claim = (name: string, value: string): string =>
    `<Attribute Name="http://schemas.xmlsoap.org/ws/2005/05/identity/claims/${name}"><AttributeValue>${value}</AttributeValue></Attribute>`;
  const assertion =
    `<Assertion ID="_a" IssueInstant="${inSeconds(0)}" Version="2.0" xmlns="${A}"><Issuer>${idpEntityId}</Issuer>` +
    `<Subject><NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">ada@example.com</NameID>${confirmation('', acsUrl, request)}</Subject>` +
    `<Conditions NotBefore="${inSeconds(-300)}" NotOnOrAfter="${inSeconds(3900)}">${restriction('', entityId)}</Conditions>` +
    `<AttributeStatement>${claim('givenname', 'Ada')}${claim('emailaddress', 'ada@example.com')}</AttributeStatement>` +
    `<AuthnStatement AuthnInstant="${inSeconds(-3600)}" SessionIndex="_a">${context('', 'Password')}</AuthnStatement></Assertion>`;
  return (
    `<samlp:Response ID="_r" Version="2.0" IssueInstant="${inSeconds(0)}" Destination="${acsUrl}" Consent="urn:oasis:names:tc:SAML:2.0:consent:unspecified" InResponseTo="${request}" xmlns:samlp="${P}">` +
    `<Issuer xmlns="${A}">${idpEntityId}</Issuer><samlp:Status><samlp:StatusCode Value="${SUCCESS}"/></samlp:Status>` +
    `${around(sign(assertion, '_a', key, {}))}</samlp:Response>`
  );
}

function google({ idpEntityId, entityId, acsUrl }: SamlConnection, request: string, key: SigningKey): string {
  const response =
    `<?xml version="1.0" encoding="UTF-8" standalone="no"?><saml2p:Response xmlns:saml2p="${P}" Destination="${acsUrl}" ID="_r" InResponseTo="${request}" IssueInstant="${inSeconds(0)}" Version="2.0">` +
    `<saml2:Issuer xmlns:saml2="${A}">${idpEntityId}</saml2:Issuer><saml2p:Status><saml2p:StatusCode Value="${SUCCESS}"/></saml2p:Status>` +
    `<saml2:Assertion xmlns:saml2="${A}" ID="_a" IssueInstant="${inSeconds(0)}" Version="2.0"><saml2:Issuer>${idpEntityId}</saml2:Issuer>` +
    `<saml2:Subject><saml2:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">ada@example.com</saml2:NameID>${confirmation('saml2:', acsUrl, request)}</saml2:Subject>` +
    `<saml2:Conditions NotBefore="${inSeconds(-300)}" NotOnOrAfter="${inSeconds(300)}">${restriction('saml2:', entityId)}</saml2:Conditions>` +
    `<saml2:AttributeStatement><saml2:Attribute Name="department"><saml2:AttributeValue ${XSI} xsi:type="xs:anyType">R&amp;D</saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement>` +
    `<saml2:AuthnStatement AuthnInstant="${inSeconds(-60)}" SessionIndex="_a">${context('saml2:', 'unspecified')}</saml2:AuthnStatement></saml2:Assertion></saml2p:Response>`;
  return sign(response, '_r', key, { signaturePrefix: 'ds' });
}

function keycloak({ idpEntityId, entityId, acsUrl }: SamlConnection, request: string, key: SigningKey): string {
  const role = (value: string): string =>
    `<saml:Attribute FriendlyName="roles" Name="Role" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic"><saml:AttributeValue ${XSI} xsi:type="xs:string">${value}</saml:AttributeValue></saml:Attribute>`;
  const response =
    `<samlp:Response xmlns:samlp="${P}" xmlns:saml="${A}" Destination="${acsUrl}" ID="ID_1" InResponseTo="${request}" IssueInstant="${inSeconds(0)}" Version="2.0">` +
    `<saml:Issuer>${idpEntityId}</saml:Issuer><samlp:Status><samlp:StatusCode Value="${SUCCESS}"/></samlp:Status>` +
    `<saml:Assertion xmlns="${A}" ID="ID_2" IssueInstant="${inSeconds(0)}" Version="2.0"><saml:Issuer>${idpEntityId}</saml:Issuer>` +
    `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" NameQualifier="${idpEntityId}" SPNameQualifier="${entityId}">G-1</saml:NameID>${confirmation('saml:', acsUrl, request)}</saml:Subject>` +
    `<saml:Conditions NotBefore="${inSeconds(0)}" NotOnOrAfter="${inSeconds(58)}">${restriction('saml:', entityId)}<saml:OneTimeUse/></saml:Conditions>` +
    `<saml:AuthnStatement AuthnInstant="${inSeconds(0)}" SessionIndex="1f::2a" SessionNotOnOrAfter="${inSeconds(36000)}">${context('saml:', 'unspecified')}</saml:AuthnStatement>` +
    `<saml:AttributeStatement>${role('admin')}${role('staff')}</saml:AttributeStatement></saml:Assertion></samlp:Response>`;
  return sign(response, 'ID_1', key, { signaturePrefix: 'dsig' });
}

function simpleSaml({ idpEntityId, entityId, acsUrl }: SamlConnection, request: string, key: SigningKey): string {
  const assertion =
    `<saml:Assertion xmlns:saml="${A}" ${XSI} ID="_a" Version="2.0" IssueInstant="${inSeconds(0)}">\n<saml:Issuer>${idpEntityId}</saml:Issuer>\n` +
    `<saml:Subject><saml:NameID SPNameQualifier="${entityId}" Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ada</saml:NameID>${confirmation('saml:', acsUrl, request)}</saml:Subject>\n` +
    `<saml:Conditions NotBefore="${inSeconds(-30)}" NotOnOrAfter="${inSeconds(300)}">${restriction('saml:', entityId)}</saml:Conditions>` +
    `<saml:AuthnStatement AuthnInstant="${inSeconds(0)}" SessionNotOnOrAfter="${inSeconds(28800)}" SessionIndex="_s"><saml:SubjectLocality Address="192.0.2.1"/>${context('saml:', 'Password')}</saml:AuthnStatement>` +
    `<saml:AttributeStatement><saml:Attribute Name="uid"><saml:AttributeValue xsi:type="xs:string">ada</saml:AttributeValue></saml:Attribute><saml:Attribute Name="empty"/></saml:AttributeStatement></saml:Assertion>`;
  const response =
    `<samlp:Response xmlns:samlp="${P}" xmlns:saml="${A}" ID="_r" Version="2.0" IssueInstant="${inSeconds(0)}" Destination="${acsUrl}" InResponseTo="${request}">\n` +
    `<saml:Issuer>${idpEntityId}</saml:Issuer>\n<samlp:Status><samlp:StatusCode Value="${SUCCESS}"/></samlp:Status>\n${sign(assertion, '_a', key, { signaturePrefix: 'ds' })}</samlp:Response>`;
  return sign(response, '_r', key, { signaturePrefix: 'ds' });
}

const MICROSOFT = {
  wantSigned: 'assertion',
  nameId: 'ada@example.com',
  attributes: { 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname': ['Ada'] },
} as const;

/** A good login as each IdP writes it: every one must pass under the policy that its preset recommends. */
export const IDP_SHAPES: Readonly<Record<string, IdpShape>> = {
  Okta: { wantSigned: 'both', write: okta, nameId: 'ada@example.com', attributes: { groups: ['Everyone', 'R&D'] } },
  'Entra ID': { ...MICROSOFT, write: (...given) => microsoft(...given) },
  'AD FS with encryption': {
    ...MICROSOFT,
    write: (connection, request, key) =>
      microsoft(connection, request, key, (assertion) =>
        encryptAssertion(assertion, connection.published?.encryption[0] ?? '', { cipher: 'aes-256-cbc' })
          .replace(/<(\/?)saml:EncryptedAssertion/g, `<$1EncryptedAssertion`)
          .replace('<EncryptedAssertion', `<EncryptedAssertion xmlns="${A}"`),
      ),
  },
  'Google Workspace': {
    wantSigned: 'response',
    write: google,
    nameId: 'ada@example.com',
    attributes: { department: ['R&D'] },
  },
  Keycloak: { wantSigned: 'response', write: keycloak, nameId: 'G-1', attributes: { Role: ['admin', 'staff'] } },
  SimpleSAMLphp: { wantSigned: 'both', write: simpleSaml, nameId: 'ada', attributes: { uid: ['ada'], empty: [] } },
};
