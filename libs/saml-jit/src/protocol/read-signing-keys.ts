import type { X509Certificate } from 'node:crypto';
import { CertificateError, leavesOf, readCertificates, usableCertificate } from './read-certificate.js';
import { allBelow, isNamed, NS, textOf } from './xml.js';

/** The keys that can be trusted with a signature, as PEM, each once; and why others cannot. */
export interface SigningKeys {
  readonly certificates: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads KeyDescriptors: an IdP that adds a key which is of no use here must not take the good ones away. */
export function readSigningKeys(descriptors: readonly Element[]): SigningKeys {
  const certificates = new Set<string>();
  const warnings = new Set<string>();
  const use = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      warnings.add(error.message);
    }
  };
  for (const descriptor of descriptors) {
    // A KeyInfo is about one key, however many certificates show it.
    const group: X509Certificate[] = [];
    for (const element of certificatesIn(descriptor))
      use(() => {
        group.push(...readCertificates(textOf(element) ?? ''));
      });
    for (const leaf of leavesOf(group)) use(() => certificates.add(usableCertificate(leaf)));
    if (certificatesIn(descriptor).length === 0)
      warnings.add('A signing key comes without a certificate (X509Certificate), so it is not used.');
  }
  return { certificates: [...certificates], warnings: [...warnings] };
}

const certificatesIn = (descriptor: Element): readonly Element[] =>
  allBelow(descriptor, 'X509Certificate').filter((element) => isNamed(element, NS.signature, 'X509Certificate'));
