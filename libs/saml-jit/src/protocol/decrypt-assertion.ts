import { createDecipheriv } from 'node:crypto';
import type { Secret } from '@tenure/platform';
import { demand, SamlRefused, type Rule } from './saml-refused.js';
import { unwrapOaep, type OaepHashes } from './unwrap-oaep.js';
import { allBelow, attributeOf, childrenOf, collapsed, elementsOf, isNamed, NS, onlyChild, textOf } from './xml.js';

const XMLENC = 'http://www.w3.org/2001/04/xmlenc#';
const XMLENC11 = 'http://www.w3.org/2009/xmlenc11#';
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';

interface Cipher {
  readonly name: string;
  readonly keyBytes: number;
  readonly ivBytes: number;
}
const CIPHERS: Readonly<Record<string, Cipher>> = {
  [`${XMLENC}aes128-cbc`]: { name: 'aes-128-cbc', keyBytes: 16, ivBytes: 16 },
  [`${XMLENC}aes256-cbc`]: { name: 'aes-256-cbc', keyBytes: 32, ivBytes: 16 },
  [`${XMLENC11}aes128-gcm`]: { name: 'aes-128-gcm', keyBytes: 16, ivBytes: 12 },
  [`${XMLENC11}aes256-gcm`]: { name: 'aes-256-gcm', keyBytes: 32, ivBytes: 12 },
};
const OAEP = new Set([`${XMLENC}rsa-oaep-mgf1p`, `${XMLENC11}rsa-oaep`]);
const DIGESTS: Readonly<Record<string, string>> = {
  [`${NS.signature}sha1`]: 'sha1',
  [`${XMLENC}sha256`]: 'sha256',
  [`${MORE}sha384`]: 'sha384',
  [`${XMLENC}sha512`]: 'sha512',
  // Not its name, but what one library writes.
  [`${NS.signature}sha256`]: 'sha256',
};
const MASKS: Readonly<Record<string, string>> = {
  [`${XMLENC11}mgf1sha1`]: 'sha1',
  [`${XMLENC11}mgf1sha256`]: 'sha256',
  [`${XMLENC11}mgf1sha384`]: 'sha384',
  [`${XMLENC11}mgf1sha512`]: 'sha512',
};
const GCM_TAG = 16;
const PARTS = new Set(['EncryptedData', 'EncryptedKey']);
const isPart = (element: Element): boolean => element.namespaceURI === XMLENC && PARTS.has(element.localName);

/** Core §2.3.4 sets no limit to the keys of an assertion; each that is tried costs time. */
const MOST_KEYS = 5;

/** What is decrypted and how, as the message says. */
interface Encrypted {
  readonly encrypted: Element;
  readonly data: Element | undefined;
  /** The keys where they may stand: in the data's KeyInfo, and beside the data. */
  readonly keys: readonly Element[];
}

const algorithmOf = (element: Element | undefined): string => attributeOf(element, 'Algorithm') ?? '';
const methodOf = (element: Element | undefined): Element | undefined => onlyChild(element, XMLENC, 'EncryptionMethod');
const valueOf = (element: Element | undefined): string | undefined =>
  textOf(onlyChild(onlyChild(element, XMLENC, 'CipherData'), XMLENC, 'CipherValue'));
const digestOf = (key: Element | undefined): string | undefined => {
  const method = onlyChild(methodOf(key), NS.signature, 'DigestMethod');
  return method === undefined ? 'sha1' : DIGESTS[algorithmOf(method)];
};
const isUsableKey = (key: Element): boolean =>
  OAEP.has(algorithmOf(methodOf(key))) && digestOf(key) !== undefined && maskOf(key) !== undefined;
const maskOf = (key: Element | undefined): string | undefined => {
  const mask = onlyChild(methodOf(key), XMLENC11, 'MGF');
  return mask === undefined ? 'sha1' : MASKS[algorithmOf(mask)];
};
/** XML Encryption 1.1 §5.5.2: a mask that is not named is SHA-1's; libraries without masks of their own take the digest's. */
function hashesOf(key: Element | undefined): readonly OaepHashes[] {
  const [digest = '', mask = ''] = [digestOf(key), maskOf(key)];
  const hasMask = onlyChild(methodOf(key), XMLENC11, 'MGF') !== undefined;
  return hasMask || digest === mask
    ? [{ digest, mask }]
    : [
        { digest, mask },
        { digest, mask: digest },
      ];
}

const RULES: readonly Rule<Encrypted>[] = [
  {
    code: 'encryption_malformed',
    reason: 'The EncryptedAssertion has not exactly one EncryptedData, and an EncryptedKey in it or beside it.',
    holds: ({ encrypted, data, keys }) =>
      data !== undefined &&
      keys.length > 0 &&
      elementsOf(encrypted).every(isPart) &&
      allBelow(encrypted, 'EncryptedData').length === 1 &&
      allBelow(encrypted, 'EncryptedKey').length === keys.length,
  },
  {
    code: 'encryption_malformed',
    reason: 'Encrypted content is not in the message itself.',
    holds: ({ encrypted, data, keys }) =>
      valueOf(data) !== undefined &&
      keys.every((key) => valueOf(key) !== undefined) &&
      allBelow(encrypted, 'CipherReference').length === 0,
  },
  {
    code: 'encryption_algorithm',
    reason: 'The assertion is not encrypted with AES-GCM or AES-CBC.',
    holds: ({ data }) => CIPHERS[algorithmOf(methodOf(data))] !== undefined,
    found: ({ data }) => algorithmOf(methodOf(data)),
  },
  {
    code: 'encryption_algorithm',
    reason: 'No key is encrypted with RSA-OAEP, and with a digest and mask of SHA-1 or SHA-2.',
    holds: ({ keys }) => keys.some(isUsableKey),
    found: ({ keys }) => algorithmOf(methodOf(keys[0])),
  },
];

/** One text for everything that goes wrong with the content: a difference would tell an attacker of the plaintext. */
export const unreadable = (cause?: unknown): SamlRefused =>
  new SamlRefused(
    'assertion_unreadable',
    'The encrypted assertion cannot be decrypted with a key of this connection, or its signature is not right.',
    cause,
  );

/**
 * What an encrypted assertion may be: one text for each key of the message that a key of ours opens. Which is meant shows
 * when it is read; none is trusted by being readable. `recipient`: who we are toward this IdP.
 */
export function* decryptAssertion(encrypted: Element, ours: readonly Secret[], recipient: string): Generator<Buffer> {
  const data = onlyChild(encrypted, XMLENC, 'EncryptedData');
  const info = data && onlyChild(data, NS.signature, 'KeyInfo');
  // Core §2.3.4: the keys stand in the data's KeyInfo or beside the data.
  const inside = info ? childrenOf(info, XMLENC, 'EncryptedKey') : [];
  const keys = [...inside, ...childrenOf(encrypted, XMLENC, 'EncryptedKey')];
  demand(RULES, { encrypted, data, keys });
  const cipher = CIPHERS[algorithmOf(methodOf(data))];
  if (!cipher) throw unreadable();
  for (const key of inOrder(keys, recipient)) {
    for (const secret of ours) {
      const text = attempt(() => decipher(cipher, unwrap(secret, key), bytesOf(data)));
      if (text !== null) yield text;
    }
  }
}

/** Those that name us first, then those that name nobody; so many as are tried. */
function inOrder(keys: readonly Element[], recipient: string): readonly Element[] {
  const place = (key: Element): number => {
    const named = collapsed(attributeOf(key, 'Recipient'));
    return named === recipient ? 0 : named === undefined ? 1 : 2;
  };
  return keys
    .filter(isUsableKey)
    .toSorted((a, b) => place(a) - place(b))
    .slice(0, MOST_KEYS);
}

/** Another key may be the one; why this one is not, is nobody's business. */
function attempt(work: () => Buffer): Buffer | null {
  try {
    return work();
  } catch {
    return null;
  }
}

function unwrap(ours: Secret, key: Element | undefined): Buffer {
  const wrapped = bytesOf(key);
  for (const hashes of hashesOf(key)) {
    const opened = unwrapOaep(ours.reveal(), wrapped, hashes);
    if (opened !== null) return opened;
  }
  throw unreadable();
}

function decipher({ name, keyBytes, ivBytes }: Cipher, key: Buffer, content: Buffer): Buffer {
  if (key.length !== keyBytes) throw unreadable();
  const iv = content.subarray(0, ivBytes);
  if (name.endsWith('gcm')) {
    const gcm = createDecipheriv(name as 'aes-256-gcm', key, iv, { authTagLength: GCM_TAG });
    gcm.setAuthTag(content.subarray(-GCM_TAG));
    return Buffer.concat([gcm.update(content.subarray(ivBytes, -GCM_TAG)), gcm.final()]);
  }
  const cbc = createDecipheriv(name, key, iv).setAutoPadding(false);
  const padded = Buffer.concat([cbc.update(content.subarray(ivBytes)), cbc.final()]);
  // XML Encryption §5.2: the last byte says how many there are too many; what the others are is not said.
  const excess = padded.at(-1) ?? 0;
  if (excess < 1 || excess > 16) throw unreadable();
  return padded.subarray(0, -excess);
}

function bytesOf(element: Element | undefined): Buffer {
  const text = (valueOf(element) ?? '').replaceAll(/[ \t\r\n]/g, '');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw unreadable();
  return bytes;
}

/** Whether an element is the encrypted form of an assertion. */
export const isEncryptedAssertion = (element: Element): boolean => isNamed(element, NS.assertion, 'EncryptedAssertion');
