import { X509Certificate } from 'node:crypto';

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

/**
 * A certificate as PEM, from PEM or bare base64, when it can be trusted with a signature: RSA, 2048 bits or more. Its
 * dates and issuer are not looked at: trust comes from whoever set the connection up.
 */
export function readCertificate(text: string): string {
  const base64 = text.replaceAll(/-----(BEGIN|END) CERTIFICATE-----/g, '').replaceAll(/\s/g, '');
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(Buffer.from(base64, 'base64'));
  } catch (error) {
    throw new CertificateError('A signing certificate is broken: give each as one PEM block.', { cause: error });
  }
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
  if (asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) {
    throw new CertificateError(
      `A signing certificate is not RSA with at least ${MIN_RSA_BITS} bits: let the IdP use a stronger key.`,
    );
  }
  return certificate.toString();
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
