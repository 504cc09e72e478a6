import { SignedXml } from 'xml-crypto';
import type { KeyPair } from './saml-connection.js';
import { NS } from './xml.js';

/** Where the schemas want the signature of a document. */
const PLACES = {
  first: { reference: '/*', action: 'prepend' },
  'after Issuer': { reference: `/*/*[local-name(.)='Issuer']`, action: 'after' },
} as const;

/** Signs a whole document, whose root has an ID: enveloped, exclusive, RSA with SHA-256. */
export function signRoot(xml: string, { privateKey, certificate }: KeyPair, place: keyof typeof PLACES): string {
  const signer = new SignedXml({
    privateKey: privateKey.reveal(),
    publicCert: certificate,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: NS.exclusiveC14n,
  });
  signer.addReference({
    xpath: '/*',
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: [`${NS.signature}enveloped-signature`, NS.exclusiveC14n],
  });
  signer.computeSignature(xml, { prefix: 'ds', location: PLACES[place] });
  return signer.getSignedXml();
}
