import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A value that never prints: logs, JSON and templates show `[secret]`. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

/** A new 256-bit bearer token with a prefix that tells what it opens, shown to its owner once. */
export const newToken = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`;

/** SHA-256 of a token: what is stored. 256 random bits need no slow hash. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Compares in constant time; different lengths are unequal. */
export const sameBytes = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/** Seals values with AES-256-GCM under the key of the environment; `bound` ties a value to its row. */
export class SecretBox {
  constructor(private readonly key: Buffer) {}

  seal(plain: string, bound: string): Buffer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
    cipher.setAAD(Buffer.from(bound));
    const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.from([1]), nonce, cipher.getAuthTag(), sealed]);
  }

  /** Throws when the value was changed, sealed under another key, or belongs to another row. */
  open(sealed: Buffer, bound: string): string {
    if (sealed[0] !== 1) throw new Error('sealed value has an unknown format');
    // Without the length Node takes a tag that was cut to 4 bytes, which can be guessed.
    const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(1, 13), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(bound));
    decipher.setAuthTag(sealed.subarray(13, 29));
    return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()]).toString('utf8');
  }
}
