import type { WantSigned } from '../protocol/saml-connection.js';

/**
 * Signature wrapping, the eight classical forms (Somorovsky et al., "On Breaking SAML", 2012): the signed element stays
 * in the document, where the signature finds it, and a forged one stands where a careless reader looks.
 */
export const WRAPPINGS: Readonly<Record<string, (signed: string) => string>> = {
  'XSW1: the signed Response inside the signature of a forged one': (signed) =>
    wrapResponse(signed, (evil, original, signature) =>
      putSignature(evil, inside(signature, withoutFirstSignature(original))),
    ),
  'XSW2: the signed Response before its detached signature': (signed) =>
    wrapResponse(signed, (evil, original, signature) =>
      putSignature(evil, withoutFirstSignature(original) + signature),
    ),
  'XSW3: a forged Assertion before the signed one': (signed) =>
    wrapAssertion(signed, (evil, original) => evil + original),
  'XSW4: the signed Assertion inside a forged one': (signed) =>
    wrapAssertion(signed, (evil, original) => evil.replace(/<\/saml:Assertion>$/, `${original}</saml:Assertion>`)),
  'XSW5: a forged Assertion with the signature, the signed one at the end': (signed) =>
    wrapAssertion(
      signed,
      (evil, original, signature) => putSignature(evil, signature) + withoutFirstSignature(original),
    ),
  'XSW6: the signed Assertion inside the signature of a forged one': (signed) =>
    wrapAssertion(signed, (evil, original, signature) =>
      putSignature(evil, inside(signature, withoutFirstSignature(original))),
    ),
  'XSW7: a forged Assertion in Extensions': (signed) =>
    wrapAssertion(signed, (evil, original) => `<samlp:Extensions>${evil}</samlp:Extensions>${original}`),
  'XSW8: the signed Assertion in an Object of a forged one’s signature': (signed) =>
    wrapAssertion(signed, (evil, original, signature) =>
      putSignature(evil, inside(signature, `<ds:Object>${withoutFirstSignature(original)}</ds:Object>`)),
    ),
  'XSW3 with the same ID': (signed) =>
    wrapAssertion(
      signed,
      (evil, original) => evil.replace(/ID="[^"]*"/, /ID="[^"]*"/.exec(original)?.[0] ?? '') + original,
    ),
  'a forged Assertion in Advice': (signed) =>
    wrapAssertion(signed, (evil, original) =>
      original.replace('</saml:Assertion>', `<saml:Advice>${evil}</saml:Advice></saml:Assertion>`),
    ),
  'a forged Assertion in another namespace': (signed) =>
    wrapAssertion(
      signed,
      (evil, original) =>
        evil
          .replaceAll('saml:', 'evil:')
          .replace('xmlns:saml', 'xmlns:evil')
          .replace('SAML:2.0:assertion', 'SAML:2.0:evil') + original,
    ),
};

/** The policies that each wrapping can be tried on. */
export const WRAPPED_BY: readonly WantSigned[] = ['both', 'assertion', 'response'];

const SIGNATURE = /<ds:Signature .*?<\/ds:Signature>/s;
const ASSERTION = /<saml:Assertion .*<\/saml:Assertion>/s;

type Arrange = (evil: string, original: string, signature: string) => string;

function wrapResponse(signed: string, arrange: Arrange): string {
  return arrange(forged(withoutFirstSignature(signed)), signed, SIGNATURE.exec(signed)?.[0] ?? '');
}

function wrapAssertion(signed: string, arrange: Arrange): string {
  const original = ASSERTION.exec(signed)?.[0] ?? '';
  const signature = SIGNATURE.exec(original)?.[0] ?? SIGNATURE.exec(signed)?.[0] ?? '';
  return signed.replace(original, () => arrange(forged(withoutFirstSignature(original)), original, signature));
}

function forged(xml: string): string {
  return xml.replace(/ ID="/, ' ID="_evil').replaceAll('>ada<', '>admin<');
}

function withoutFirstSignature(xml: string): string {
  return xml.replace(SIGNATURE, '');
}

function putSignature(xml: string, signature: string): string {
  return xml.replace('</saml:Issuer>', () => `</saml:Issuer>${signature}`);
}

function inside(signature: string, content: string): string {
  return signature.replace('</ds:Signature>', () => `${content}</ds:Signature>`);
}
