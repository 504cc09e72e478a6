import type { WantSigned } from './saml-connection.js';
import { demand, type Rule } from './saml-refused.js';
import { allBelow, attributeOf, childrenOf, elementsOf, isNamed, NS, textOf } from './xml.js';

/** Which signatures a response carries, all of a plain form; whether they are right the library tells. */
export interface SignaturesPresent {
  readonly onResponse: boolean;
  readonly onAssertion: boolean;
}

interface SignedFacts extends SignaturesPresent {
  readonly wantSigned: WantSigned | 'none';
  readonly all: readonly Element[];
  readonly response: Element;
  readonly assertion: Element;
}

const ENVELOPED = `${NS.signature}enveloped-signature`;
const SIGNATURE_METHODS = new Set([
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
]);
const DIGEST_METHODS = new Set(['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512']);
/** The library finds some of these by their name alone, wherever in the signature they stand. */
const SINGLE = [
  'SignedInfo',
  'SignatureValue',
  'CanonicalizationMethod',
  'SignatureMethod',
  'Reference',
  'Transforms',
  'DigestMethod',
  'DigestValue',
];

const SIGNED_RULES: readonly Rule<SignedFacts>[] = [
  {
    code: 'signature_malformed',
    reason: 'A signature stands neither on the Response nor on the Assertion.',
    holds: ({ all, response, assertion }) =>
      all.every(({ parentNode }) => parentNode === response || parentNode === assertion),
  },
  {
    code: 'signature_malformed',
    reason: 'An element carries more than one signature.',
    holds: ({ response, assertion }) => [response, assertion].every((element) => signaturesOn(element).length <= 1),
  },
  {
    code: 'signature_malformed',
    reason: 'An element is named Signature and is none.',
    holds: ({ all }) => all.every((signature) => isNamed(signature, NS.signature, 'Signature')),
  },
  {
    code: 'response_not_signed',
    reason: 'The Response is not signed: let the IdP sign it, or set wantSigned to "assertion".',
    holds: ({ wantSigned, onResponse }) => onResponse || (wantSigned !== 'response' && wantSigned !== 'both'),
  },
  {
    code: 'assertion_not_signed',
    reason: 'The Assertion is not signed: let the IdP sign it, or set wantSigned to "response".',
    holds: ({ wantSigned, onAssertion }) => onAssertion || (wantSigned !== 'assertion' && wantSigned !== 'both'),
  },
];

/** XML Signature, narrowed to what SAML Core §5.4 allows: one reference, to the parent, enveloped, exclusive. */
const FORM_RULES: readonly Rule<Element>[] = [
  {
    code: 'signature_malformed',
    reason: 'A signature has other parts than SignedInfo, SignatureValue and KeyInfo.',
    holds: (signature) => /^SignedInfo SignatureValue( KeyInfo)?$/.test(partsOf(signature)),
  },
  {
    code: 'signature_malformed',
    reason: 'A part of a signature stands twice.',
    holds: (signature) => SINGLE.every((name) => allBelow(signature, name).length === 1),
  },
  {
    code: 'signature_malformed',
    reason: 'SignedInfo has not exactly its three parts.',
    holds: (signature) => partsOf(part(signature, 'SignedInfo')) === 'CanonicalizationMethod SignatureMethod Reference',
  },
  {
    code: 'signature_malformed',
    reason: 'A Reference has not exactly its three parts.',
    holds: (signature) => partsOf(part(signature, 'Reference')) === 'Transforms DigestMethod DigestValue',
  },
  {
    code: 'signature_malformed',
    reason: 'A signature does not refer to the element that it stands on.',
    holds: (signature) =>
      attributeOf(part(signature, 'Reference'), 'URI') ===
      `#${attributeOf(signature.parentNode as Element, 'ID') ?? ''}`,
  },
  {
    code: 'signature_algorithm',
    reason: 'The canonicalisation is not exclusive.',
    holds: (signature) => isExclusive(part(signature, 'CanonicalizationMethod')),
    found: (signature) => algorithmOf(part(signature, 'CanonicalizationMethod')),
  },
  {
    code: 'signature_algorithm',
    reason: 'The transforms are not exactly enveloped signature and exclusive canonicalisation.',
    holds: (signature) => isPlainTransform(elementsOf(part(signature, 'Transforms'))),
  },
  {
    code: 'signature_algorithm',
    reason: 'The signature method is not RSA with SHA-256 or SHA-512.',
    holds: (signature) =>
      isLeaf(part(signature, 'SignatureMethod')) &&
      SIGNATURE_METHODS.has(algorithmOf(part(signature, 'SignatureMethod'))),
    found: (signature) => algorithmOf(part(signature, 'SignatureMethod')),
  },
  {
    code: 'signature_algorithm',
    reason: 'The digest is not SHA-256 or SHA-512.',
    holds: (signature) =>
      isLeaf(part(signature, 'DigestMethod')) && DIGEST_METHODS.has(algorithmOf(part(signature, 'DigestMethod'))),
    found: (signature) => algorithmOf(part(signature, 'DigestMethod')),
  },
  {
    code: 'signature_malformed',
    reason: 'A digest or signature value is not base64.',
    holds: (signature) => [part(signature, 'DigestValue'), part(signature, 'SignatureValue')].every(isBase64),
  },
  // Nobody trusts what KeyInfo says; but a certificate is text.
  {
    code: 'signature_malformed',
    reason: 'A certificate in a signature is not plain text.',
    holds: (signature) => allBelow(signature, 'X509Certificate').every((element) => textOf(element) !== undefined),
  },
];

/** Refuses every signature on a message but one plain one on its root; answers whether that one is there. */
export function checkOwnSignature(message: Element): boolean {
  const all = allBelow(message, 'Signature');
  demand(
    SIGNED_RULES.filter(({ code }) => code === 'signature_malformed'),
    { onResponse: true, onAssertion: true, wantSigned: 'response', all, response: message, assertion: message },
  );
  for (const signature of all) demand(FORM_RULES, signature);
  return all.length === 1;
}

/** Refuses every signature but plain ones, and a response that lacks one that the connection asks for. */
export function checkSignatures(
  response: Element,
  assertion: Element,
  wantSigned: WantSigned | 'none',
): SignaturesPresent {
  const all = allBelow(response, 'Signature');
  const present = { onResponse: signaturesOn(response).length > 0, onAssertion: signaturesOn(assertion).length > 0 };
  demand(SIGNED_RULES, { ...present, wantSigned, all, response, assertion });
  for (const signature of all) demand(FORM_RULES, signature);
  return present;
}

function signaturesOn(element: Element): Element[] {
  return childrenOf(element, NS.signature, 'Signature');
}

/** The names of the parts, in order; `?` for one that is not of XML Signature. */
function partsOf(element: Element): string {
  return elementsOf(element)
    .map(({ localName, namespaceURI }) => (namespaceURI === NS.signature ? localName : '?'))
    .join(' ');
}

/** The one part of this name: the rules before have made sure that there is one. */
function part(signature: Element, name: string): Element {
  return allBelow(signature, name)[0] ?? signature;
}

function algorithmOf(element: Element): string {
  return attributeOf(element, 'Algorithm') ?? '';
}

function isLeaf(element: Element): boolean {
  return elementsOf(element).length === 0;
}

function isExclusive(element: Element): boolean {
  const prefixes = elementsOf(element);
  return (
    algorithmOf(element) === NS.exclusiveC14n &&
    prefixes.length <= 1 &&
    prefixes.every((child) => isNamed(child, NS.exclusiveC14n, 'InclusiveNamespaces') && isLeaf(child))
  );
}

function isPlainTransform([enveloped, exclusive, ...more]: readonly Element[]): boolean {
  if (!enveloped || !exclusive || more.length > 0) return false;
  const named = [enveloped, exclusive].every((transform) => isNamed(transform, NS.signature, 'Transform'));
  return named && algorithmOf(enveloped) === ENVELOPED && isBareEnveloped(enveloped) && isExclusive(exclusive);
}

/** IdPs that sign with xml-crypto repeat their list of prefixes in this transform, where it says nothing. */
function isBareEnveloped(enveloped: Element): boolean {
  const children = elementsOf(enveloped);
  return (
    children.length <= 1 && children.every((child) => isNamed(child, ENVELOPED, 'InclusiveNamespaces') && isLeaf(child))
  );
}

function isBase64(element: Element): boolean {
  const text = textOf(element)?.replaceAll(/[ \t\r\n]/g, '') ?? '';
  return text !== '' && Buffer.from(text, 'base64').toString('base64') === text;
}
