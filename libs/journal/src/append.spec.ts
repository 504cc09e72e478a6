import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { payloadDigest } from './append.js';

const SALT = Buffer.alloc(16, 1);

describe('payloadDigest', () => {
  it('is SHA-256 over the salt and the canonical JSON, so that anybody can verify a seal', () => {
    const expected = createHash('sha256')
      .update(Buffer.concat([SALT, Buffer.from('{"after":{"department":"Sales"},"before":null}')]))
      .digest();
    expect(payloadDigest(SALT, { before: null, after: { department: 'Sales' } })).toEqual(expected);
  });

  it('cannot be guessed from a short payload without the salt', () => {
    expect(payloadDigest(SALT, {})).not.toEqual(payloadDigest(Buffer.alloc(16, 2), {}));
  });

  it('takes an entry that has nothing to tell', () => {
    expect(payloadDigest(SALT, undefined)).toEqual(payloadDigest(SALT, null));
  });

  it('is the same for the payload that comes back from the database', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        expect(payloadDigest(SALT, JSON.parse(JSON.stringify(payload)))).toEqual(payloadDigest(SALT, payload));
      }),
      { seed: 20_261_124, numRuns: 200 },
    );
  });

  it('tells any two different payloads apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        expect(payloadDigest(SALT, { a })).not.toEqual(payloadDigest(SALT, { b, a: null }));
      }),
      { seed: 20_261_124, numRuns: 50 },
    );
  });
});
