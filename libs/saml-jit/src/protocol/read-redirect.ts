import { verify } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { isSmallEnough } from './read-response-form.js';
import { decodeBase64, MAX_BYTES } from './read-xml.js';
import { demand, SamlRefused, type Rule } from './saml-refused.js';

/** A message as it came by the HTTP-Redirect binding. */
export interface RedirectMessage {
  readonly kind: MessageKind;
  readonly bytes: Buffer;
  readonly relayState: string | undefined;
  readonly isSigned: boolean;
}
export type MessageKind = 'SAMLRequest' | 'SAMLResponse';

const NAMES = ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg', 'Signature', 'SAMLEncoding'];
const HASHES: Readonly<Record<string, string>> = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'sha512',
};
const DEFLATE = 'urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE';

/** Name and value of each parameter, as they were sent. */
type Pairs = readonly (readonly [name: string, value: string])[];

const valueOf = (pairs: Pairs, wanted: string): string | undefined => pairs.find(([name]) => name === wanted)?.[1];

const RULES: readonly Rule<Pairs>[] = [
  // A name that is written in another way is one parameter for us and another for a decoder.
  {
    code: 'body_malformed',
    reason: 'The name of a parameter is not written plainly.',
    holds: (pairs) => pairs.every(([name]) => NAMES.includes(name) || !NAMES.includes(decoded(name) ?? name)),
  },
  {
    code: 'body_malformed',
    reason: 'A parameter comes twice.',
    holds: (pairs) => NAMES.every((wanted) => pairs.filter(([name]) => name === wanted).length <= 1),
  },
  {
    code: 'body_malformed',
    reason: 'There is not exactly one of SAMLRequest and SAMLResponse.',
    holds: (pairs) => pairs.filter(([name]) => name === 'SAMLRequest' || name === 'SAMLResponse').length === 1,
  },
  {
    code: 'body_malformed',
    reason: 'A parameter is not encoded as an address needs it.',
    holds: (pairs) => pairs.every(([name, value]) => !NAMES.includes(name) || decoded(value) !== undefined),
  },
  {
    code: 'body_malformed',
    reason: 'The message is not packed with DEFLATE.',
    holds: (pairs) => decoded(valueOf(pairs, 'SAMLEncoding') ?? DEFLATE) === DEFLATE,
  },
  {
    code: 'signature_malformed',
    reason: 'Signature and SigAlg do not come together.',
    holds: (pairs) => (valueOf(pairs, 'Signature') === undefined) === (valueOf(pairs, 'SigAlg') === undefined),
  },
  {
    code: 'signature_algorithm',
    reason: 'The signature method is not RSA with SHA-256 or SHA-512.',
    holds: (pairs) => {
      const algorithm = valueOf(pairs, 'SigAlg');
      return algorithm === undefined || HASHES[decoded(algorithm) ?? ''] !== undefined;
    },
    found: (pairs) => decoded(valueOf(pairs, 'SigAlg') ?? ''),
  },
];

/** Reads the raw query of a logout message, and verifies its signature where it has one (Bindings §3.4.4.1). */
export function readRedirect(query: string, certificates: readonly string[]): RedirectMessage {
  const pairs: Pairs = query.split('&').map((part) => {
    const at = part.indexOf('=');
    return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
  });
  demand(RULES, pairs);
  const kind = valueOf(pairs, 'SAMLRequest') === undefined ? 'SAMLResponse' : 'SAMLRequest';
  const isSigned = valueOf(pairs, 'Signature') !== undefined;
  if (isSigned && !isSignedBy(pairs, kind, certificates))
    throw new SamlRefused('signature_invalid', 'The signature is not by a certificate of this connection.');
  const relayState = valueOf(pairs, 'RelayState');
  return {
    kind,
    bytes: unpack(decoded(valueOf(pairs, kind) ?? '') ?? ''),
    relayState: relayState === undefined ? undefined : decoded(relayState),
    isSigned,
  };
}

/** The signature covers the parameters as they were sent, in the order of the standard. */
function isSignedBy(pairs: Pairs, kind: MessageKind, certificates: readonly string[]): boolean {
  const signed = [kind, 'RelayState', 'SigAlg'].flatMap((name) => {
    const value = valueOf(pairs, name);
    return value === undefined ? [] : [`${name}=${value}`];
  });
  const hash = HASHES[decoded(valueOf(pairs, 'SigAlg') ?? '') ?? ''] ?? '';
  const { bytes } = decodeBase64(decoded(valueOf(pairs, 'Signature') ?? '') ?? '');
  return certificates.some((certificate) => verify(hash, Buffer.from(signed.join('&')), certificate, bytes));
}

function unpack(encoded: string): Buffer {
  if (!isSmallEnough(encoded))
    throw new SamlRefused('message_too_large', `The message is larger than ${MAX_BYTES} bytes.`);
  const { bytes } = decodeBase64(encoded);
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    const isTooLarge = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge
      ? new SamlRefused('message_too_large', `The message is larger than ${MAX_BYTES} bytes.`, error)
      : new SamlRefused('body_malformed', 'The message is not packed with DEFLATE.', error);
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
