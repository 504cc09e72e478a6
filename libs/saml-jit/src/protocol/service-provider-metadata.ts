import { randomBytes } from 'node:crypto';
import type { SamlConnection } from './saml-connection.js';
import { signRoot } from './sign-root.js';
import { escaped } from './write-logout.js';
import { NS } from './xml.js';

const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:';
const METHODS = [
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
  'http://www.w3.org/2001/04/xmlenc#aes128-cbc',
  'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
];

/**
 * What an IdP's admin uploads to set us up: our entity id, addresses and certificates, signed when there is a key. While
 * keys change both are listed, the one in use first.
 */
export function serviceProviderMetadata(connection: SamlConnection): string {
  const { entityId, acsUrl, sloUrl, wantSigned, signRequests, nameIdFormat, published, signing } = connection;
  const id = `_${randomBytes(20).toString('hex')}`;
  const xml =
    `<EntityDescriptor xmlns="${NS.metadata}" xmlns:ds="${NS.signature}" ID="${id}" entityID="${escaped(entityId)}">` +
    `<SPSSODescriptor protocolSupportEnumeration="${NS.protocol}" AuthnRequestsSigned="${signRequests === true}"` +
    ` WantAssertionsSigned="${wantSigned !== 'response'}">` +
    (published?.signing ?? []).map((certificate) => keyXml('signing', certificate, '')).join('') +
    (published?.encryption ?? []).map((certificate) => keyXml('encryption', certificate, METHODS_XML)).join('') +
    ['HTTP-Redirect', 'HTTP-POST']
      .map((name) => `<SingleLogoutService Binding="${BINDING}${name}" Location="${escaped(sloUrl)}"/>`)
      .join('') +
    (nameIdFormat === undefined ? '' : `<NameIDFormat>${escaped(nameIdFormat)}</NameIDFormat>`) +
    `<AssertionConsumerService index="1" isDefault="true" Binding="${BINDING}HTTP-POST" Location="${escaped(acsUrl)}"/>` +
    '</SPSSODescriptor></EntityDescriptor>';
  return signing === undefined ? xml : signRoot(xml, signing, 'first');
}

const METHODS_XML = METHODS.map((algorithm) => `<EncryptionMethod Algorithm="${algorithm}"/>`).join('');

function keyXml(use: string, certificate: string, methods: string): string {
  const base64 = certificate.replaceAll(/-----(BEGIN|END) CERTIFICATE-----|\s/g, '');
  return (
    `<KeyDescriptor use="${use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${base64}</ds:X509Certificate>` +
    `</ds:X509Data></ds:KeyInfo>${methods}</KeyDescriptor>`
  );
}
