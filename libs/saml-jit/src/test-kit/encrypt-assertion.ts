import { constants, createCipheriv, createHash, publicEncrypt, randomBytes } from 'node:crypto';
import { generateMask, xor, type OaepHashes } from '../protocol/unwrap-oaep.js';

/** How an assertion is encrypted; the defaults are those of a good IdP. */
export interface EncryptionOptions {
  readonly cipher?: 'aes-128-cbc' | 'aes-256-cbc' | 'aes-128-gcm' | 'aes-256-gcm' | 'des-ede3-cbc';
  readonly wrap?: 'oaep' | 'oaep-sha256' | 'rsa-1_5';
  /** RSA-OAEP with these hashes, in place of `wrap`; the mask is named where that is said. */
  readonly oaep?: OaepHashes & { readonly names: 'both' | 'digest' };
  /** Whether the key stands beside the data, as older IdPs put it, or inside its KeyInfo. */
  readonly keyBeside?: boolean;
}

const XMLENC = 'http://www.w3.org/2001/04/xmlenc#';
const XMLENC11 = 'http://www.w3.org/2009/xmlenc11#';
const CIPHERS = {
  'aes-128-cbc': [`${XMLENC}aes128-cbc`, 16, 16],
  'aes-256-cbc': [`${XMLENC}aes256-cbc`, 32, 16],
  'aes-128-gcm': [`${XMLENC11}aes128-gcm`, 16, 12],
  'aes-256-gcm': [`${XMLENC11}aes256-gcm`, 32, 12],
  'des-ede3-cbc': [`${XMLENC}tripledes-cbc`, 24, 8],
} as const;
const WRAPS = {
  oaep: [`<xenc:EncryptionMethod Algorithm="${XMLENC}rsa-oaep-mgf1p"/>`, 'sha1'],
  'oaep-sha256': [
    `<xenc:EncryptionMethod Algorithm="${XMLENC11}rsa-oaep"><ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="${XMLENC}sha256"/><x11:MGF xmlns:x11="${XMLENC11}" Algorithm="${XMLENC11}mgf1sha256"/></xenc:EncryptionMethod>`,
    'sha256',
  ],
  'rsa-1_5': [`<xenc:EncryptionMethod Algorithm="${XMLENC}rsa-1_5"/>`, ''],
} as const;

/** An EncryptedAssertion around any content, as anybody can make it who knows the service provider's certificate. */
export function encryptAssertion(
  content: string | Buffer,
  certificate: string,
  options: EncryptionOptions = {},
): string {
  const { cipher: name = 'aes-256-gcm', wrap = 'oaep', keyBeside = false } = options;
  const [algorithm, keyBytes, ivBytes] = CIPHERS[name];
  const key = randomBytes(keyBytes);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(name, key, iv);
  const encrypted: Buffer[] = [iv, cipher.update(content), cipher.final()];
  if ('getAuthTag' in cipher && name.endsWith('gcm')) encrypted.push((cipher as { getAuthTag(): Buffer }).getAuthTag());
  const { method, wrapped } = options.oaep
    ? wrapOaep(key, certificate, options.oaep)
    : wrapUsual(key, certificate, wrap);
  const value = (bytes: Buffer): string =>
    `<xenc:CipherData><xenc:CipherValue>${bytes.toString('base64')}</xenc:CipherValue></xenc:CipherData>`;
  const encryptedKey = `<xenc:EncryptedKey>${method}${value(wrapped)}</xenc:EncryptedKey>`;
  const keyInfo = `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${keyBeside ? '' : encryptedKey}</ds:KeyInfo>`;
  return (
    `<saml:EncryptedAssertion xmlns:xenc="${XMLENC}"><xenc:EncryptedData Type="${XMLENC}Element">` +
    `<xenc:EncryptionMethod Algorithm="${algorithm}"/>${keyInfo}${value(Buffer.concat(encrypted))}</xenc:EncryptedData>` +
    `${keyBeside ? encryptedKey : ''}</saml:EncryptedAssertion>`
  );
}

interface Wrapped {
  readonly method: string;
  readonly wrapped: Buffer;
}

function wrapUsual(key: Buffer, certificate: string, wrap: keyof typeof WRAPS): Wrapped {
  const [method, oaepHash] = WRAPS[wrap];
  const padding = wrap === 'rsa-1_5' ? constants.RSA_PKCS1_PADDING : constants.RSA_PKCS1_OAEP_PADDING;
  return { method, wrapped: publicEncrypt({ key: certificate, padding, ...(oaepHash !== '' && { oaepHash }) }, key) };
}

const DIGESTS: Readonly<Record<string, string>> = {
  sha1: 'http://www.w3.org/2000/09/xmldsig#sha1',
  sha256: `${XMLENC}sha256`,
  sha384: 'http://www.w3.org/2001/04/xmldsig-more#sha384',
  sha512: `${XMLENC}sha512`,
};

/** RFC 8017 §7.1.1, as OpenSSL does it only with one hash for both. */
export function wrapOaep(
  key: Buffer,
  certificate: string,
  { digest, mask, names }: Required<EncryptionOptions>['oaep'],
): Wrapped {
  const label = createHash(digest).digest();
  const block = Buffer.alloc(255 - label.length);
  label.copy(block);
  block[block.length - key.length - 1] = 1;
  key.copy(block, block.length - key.length);
  const seed = randomBytes(label.length);
  const maskedBlock = xor(block, generateMask(seed, block.length, mask));
  const maskedSeed = xor(seed, generateMask(maskedBlock, seed.length, mask));
  const encoded = Buffer.concat([Buffer.alloc(1), maskedSeed, maskedBlock]);
  const [algorithm, mgf] =
    names === 'both'
      ? [`${XMLENC11}rsa-oaep`, `<x11:MGF xmlns:x11="${XMLENC11}" Algorithm="${XMLENC11}mgf1${mask}"/>`]
      : [`${XMLENC}rsa-oaep-mgf1p`, ''];
  const method = `<xenc:EncryptionMethod Algorithm="${algorithm}"><ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="${DIGESTS[digest] ?? digest}"/>${mgf}</xenc:EncryptionMethod>`;
  return { method, wrapped: publicEncrypt({ key: certificate, padding: constants.RSA_NO_PADDING }, encoded) };
}
