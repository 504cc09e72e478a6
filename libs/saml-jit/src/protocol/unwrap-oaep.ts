import { constants, createHash, privateDecrypt } from 'node:crypto';

/** The hashes of RSA-OAEP: the digest of its label, and what its mask is made with. */
export interface OaepHashes {
  readonly digest: string;
  readonly mask: string;
}

/** The key inside RSA-OAEP (RFC 8017 §7.1.2), or null. OpenSSL takes one hash for both; where they differ, it is done here. */
export function unwrapOaep(privateKey: string, wrapped: Buffer, { digest, mask }: OaepHashes): Buffer | null {
  const key = { key: privateKey };
  try {
    if (digest === mask)
      return privateDecrypt({ ...key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: digest }, wrapped);
    return takeOffPadding(privateDecrypt({ ...key, padding: constants.RSA_NO_PADDING }, wrapped), { digest, mask });
  } catch {
    return null;
  }
}

/** Looks at every byte whatever it finds: where the padding is wrong must not be seen from how long this takes (Manger's attack). */
function takeOffPadding(encoded: Buffer, { digest, mask }: OaepHashes): Buffer | null {
  const label = createHash(digest).digest();
  const [maskedSeed, maskedBlock] = [encoded.subarray(1, 1 + label.length), encoded.subarray(1 + label.length)];
  const seed = xor(maskedSeed, generateMask(maskedBlock, maskedSeed.length, mask));
  const block = xor(maskedBlock, generateMask(seed, maskedBlock.length, mask));
  let fault = encoded[0] ?? 1;
  for (const [place, byte] of label.entries()) fault |= byte ^ (block[place] ?? 0);
  // After the label: zeros, a one, and the message.
  let start = 0;
  for (let place = label.length; place < block.length; place++) {
    const byte = block[place] ?? 0;
    const isOpen = Number(start === 0);
    start |= -(isOpen & Number(byte === 1)) & (place + 1);
    fault |= isOpen & Number(byte > 1);
  }
  return fault === 0 && start > 0 ? block.subarray(start) : null;
}

/** MGF1 (RFC 8017 §B.2.1). */
export function generateMask(seed: Buffer, length: number, hash: string): Buffer {
  const parts: Buffer[] = [];
  const counter = Buffer.alloc(4);
  for (let size = 0; size < length; size += parts.at(-1)?.length ?? length) {
    counter.writeUInt32BE(parts.length);
    parts.push(createHash(hash).update(seed).update(counter).digest());
  }
  return Buffer.concat(parts).subarray(0, length);
}

export const xor = (one: Buffer, other: Buffer): Buffer =>
  Buffer.from(one.map((byte, place) => byte ^ (other[place] ?? 0)));
