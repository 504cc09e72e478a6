import { X509Certificate, type KeyObject } from 'node:crypto';

/** What is shown of a certificate. */
export interface CertificateFacts {
  /** SHA-256 over its bytes, as every tool shows it. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate that cannot be trusted with a signature; the message says what to do. */
export class CertificateError extends Error {}

const MIN_RSA_BITS = 2048;

const BLOCK = /-----BEGIN ([^-]+)-----([^-]*)-----END \1-----/g;
const GIVE = 'give each as one PEM block (BEGIN CERTIFICATE), and nothing else';

/** Every certificate of a text, from PEM blocks or one bare base64; throws `CertificateError` where anything is left over. */
export function readCertificates(text: string): X509Certificate[] {
  const blocks = [...text.matchAll(BLOCK)];
  for (const [, label = ''] of blocks) assertCertificate(label);
  if (blocks.length === 0) return [parse(text)];
  if (text.replaceAll(BLOCK, '').trim() !== '')
    throw new CertificateError(`There is something before or after a signing certificate: ${GIVE}.`);
  return blocks.map(([, , base64 = '']) => parse(base64));
}

function assertCertificate(label: string): void {
  if (label.includes('PRIVATE KEY'))
    throw new CertificateError(
      'There is a private key beside a signing certificate: keep it at the IdP, and give the certificate alone.',
    );
  if (label !== 'CERTIFICATE')
    throw new CertificateError(`A signing certificate is broken: it is a ${label}; ${GIVE}.`);
}

function parse(text: string): X509Certificate {
  const base64 = text.replaceAll(/\s/g, '');
  const der = Buffer.from(base64, 'base64');
  const broken = (cause?: unknown): CertificateError =>
    new CertificateError(`A signing certificate is broken: ${GIVE}.`, { cause });
  if (der.toString('base64').replaceAll('=', '') !== base64.replaceAll('=', '')) throw broken();
  try {
    const certificate = new X509Certificate(der);
    if (certificate.raw.length === der.length) return certificate;
  } catch (error) {
    throw broken(error);
  }
  throw broken();
}

/**
 * A certificate as PEM, when it can be trusted with a signature: RSA, 2048 bits or more. Its dates and issuer are not looked
 * at: trust comes from whoever set the connection up.
 */
export function usableCertificate(certificate: X509Certificate): string {
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKeyOf(certificate);
  if (asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) {
    throw new CertificateError(
      `A signing certificate is not RSA with at least ${MIN_RSA_BITS} bits: let the IdP use a stronger key.`,
    );
  }
  return certificate.toString();
}

function publicKeyOf(certificate: X509Certificate): KeyObject {
  try {
    return certificate.publicKey;
  } catch (error) {
    throw new CertificateError('A signing certificate has a key of an unknown kind: let the IdP use RSA.', {
      cause: error,
    });
  }
}

/** By its signature: two certificates of one name look as if each had issued the other. A renewed one has the same key. */
const hasIssued = (issuer: X509Certificate, other: X509Certificate): boolean =>
  issuer.raw.compare(other.raw) !== 0 && other.checkIssued(issuer) && isSignedBy(other, issuer);

function isSignedBy(one: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return !one.publicKey.equals(issuer.publicKey) && one.verify(issuer.publicKey);
  } catch {
    // A key that OpenSSL does not know has signed nothing that is looked at here.
    return false;
  }
}

/**
 * The certificates of a group that show a key of their own. XML Signature §4.4.4: the others are the chain of that key, whose
 * authorities sign certificates and never logins. Two that are each signed by themselves are no chain of one another.
 */
export function leavesOf(group: readonly X509Certificate[]): readonly X509Certificate[] {
  const ends = group.filter((one) => !group.some((other) => hasIssued(one, other)));
  const issued = ends.filter((one) => !one.checkIssued(one));
  if (issued.length === 0) return ends;
  const endEntities = issued.filter(({ ca }) => !ca);
  return endEntities.length > 0 ? endEntities : issued;
}

/** What is shown of a certificate that was read before. */
export function certificateFacts(pem: string): CertificateFacts {
  const { fingerprint256, subject, validFrom, validTo } = new X509Certificate(pem);
  return {
    fingerprint: fingerprint256,
    subject,
    notBefore: new Date(validFrom),
    notAfter: new Date(validTo),
  };
}
