import { beforeAll, describe, expect, it } from '@jest/globals';
import { constants, privateDecrypt, publicEncrypt } from 'node:crypto';
import { wrapOaep } from '../test-kit/encrypt-assertion.js';
import { createSigningKey, type SigningKey } from './create-signing-key.js';
import { unwrapOaep } from './unwrap-oaep.js';

const HASHES = ['sha1', 'sha256', 'sha384', 'sha512'];
const PAIRS = HASHES.flatMap((digest) => HASHES.map((mask): [string, string] => [digest, mask]));
const SECRET = Buffer.from('0001020304050607', 'hex');
let key: SigningKey;
beforeAll(async () => {
  key = await createSigningKey('oaep');
});

describe('a key in RSA-OAEP', () => {
  const wrapped = (digest: string, mask: string): Buffer =>
    wrapOaep(SECRET, key.certificate, { digest, mask, names: 'both' }).wrapped;
  const unwrap = (bytes: Buffer, digest: string, mask: string): Buffer | null =>
    unwrapOaep(key.privateKey.reveal(), bytes, { digest, mask });

  // Where both hashes are the same OpenSSL reads what the test writes, so the test writes it rightly.
  it.each(PAIRS)('of digest %s and mask %s is read, and with any other pair is not', (digest, mask) => {
    const bytes = wrapped(digest, mask);
    const read = PAIRS.filter((pair) => unwrap(bytes, ...pair)?.equals(SECRET) === true);
    expect(read).toEqual([[digest, mask]]);
  });

  it.each<[string, (encoded: Buffer) => void]>([
    ['a first byte that is not zero', (encoded) => encoded.writeUInt8(1, 0)],
    ['another seed', (encoded) => encoded.writeUInt8(encoded.readUInt8(1) ^ 1, 1)],
    ['another byte between', (encoded) => encoded.writeUInt8(encoded.readUInt8(80) ^ 2, 80)],
    ['another last byte before the key', (encoded) => encoded.writeUInt8(encoded.readUInt8(247) ^ 1, 247)],
  ])('is not read with %s', (_, change) => {
    const padding = constants.RSA_NO_PADDING;
    const encoded = privateDecrypt({ key: key.privateKey.reveal(), padding }, wrapped('sha256', 'sha1'));
    change(encoded);
    expect(unwrap(publicEncrypt({ key: key.certificate, padding }, encoded), 'sha256', 'sha1')).toBeNull();
  });

  it.each([0, 1, 255, 257])('is not read from %s bytes', (size) => {
    expect(unwrap(Buffer.alloc(size, 1), 'sha256', 'sha1')).toBeNull();
  });
});
