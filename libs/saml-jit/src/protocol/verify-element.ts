import { getVerifiedXml } from '@node-saml/node-saml/lib/xml.js';

/**
 * The bytes that the signature on a message's root covers, when it is by one of these certificates; else null. The form
 * of the signature has been checked before; what is believed is read from these bytes only.
 */
export function verifiedBytes(xml: string, root: Element, certificates: readonly string[]): string | null {
  try {
    return getVerifiedXml(xml, root, [...certificates]);
  } catch {
    // The library throws for some signatures that it does not accept, and answers null for others.
    return null;
  }
}
