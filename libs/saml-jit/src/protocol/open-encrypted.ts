import { assertionIn } from './check-response.js';
import { checkOwnSignature, type SignaturesPresent } from './check-signatures.js';
import { decryptAssertion, unreadable } from './decrypt-assertion.js';
import { readXml } from './read-xml.js';
import type { ResponseForm } from './read-response-form.js';
import type { SamlConnection } from './saml-connection.js';
import { SamlRefused } from './saml-refused.js';
import { verifiedBytes } from './verify-element.js';
import { isNamed, NS, parseXml } from './xml.js';

/**
 * The assertion inside an encrypted one, from bytes that a signature covers: its own, or the Response's around the
 * encrypted form. While nothing around it is signed, whoever sends it may change the ciphertext bit by bit; so whatever
 * is wrong up to the verified signature is one and the same refusal.
 */
export function openEncrypted(
  form: ResponseForm,
  connection: SamlConnection,
  { onResponse }: SignaturesPresent,
): string {
  const { certificates, wantSigned, decryption = [] } = connection;
  const response = onResponse ? verifiedBytes(form.xml, form.response, certificates) : undefined;
  if (response === null)
    throw new SamlRefused('signature_invalid', 'The signature is not by a certificate of this connection.');
  const envelope = response === undefined ? form.response : parseXml(response);
  const encrypted = assertionIn(envelope);
  if (!encrypted) throw new SamlRefused('assertion_count', 'The signed bytes have no Assertion.');
  const mustBeSigned = wantSigned !== 'response' || !onResponse;
  for (const bytes of decryptAssertion(encrypted, decryption, connection.entityId)) {
    const opened = openedBy(() => signedBytes(bytes, certificates, mustBeSigned));
    if (opened !== null) return opened;
  }
  throw unreadable();
}

/** Everything that can be wrong with the content looks the same from outside. */
function openedBy(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function signedBytes(bytes: Buffer, certificates: readonly string[], mustBeSigned: boolean): string {
  const { root, xml } = readXml(bytes);
  if (!isNamed(root, NS.assertion, 'Assertion')) throw unreadable();
  const isSigned = checkOwnSignature(root);
  if (!isSigned && mustBeSigned) throw unreadable();
  const verified = isSigned ? verifiedBytes(xml, root, certificates) : xml;
  if (verified === null) throw unreadable();
  return verified;
}
