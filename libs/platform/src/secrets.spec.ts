import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hashToken, newToken, sameBytes, Secret, SecretBox } from './secrets.js';

describe('Secret', () => {
  const secret = new Secret('hunter2');

  it.each([
    ['a template', String(secret)],
    ['JSON', JSON.stringify({ deep: [secret] })],
    ['an inspection', inspect({ deep: [secret] }, { depth: 9, showHidden: true })],
    ['its keys', JSON.stringify(Object.entries({ ...secret }))],
    ['an error', new Error(`no ${secret.toString()}`).message],
  ])('does not show itself in %s', (_, text) => {
    expect(text).not.toContain('hunter2');
  });

  it('is revealed on demand only', () => {
    expect(secret.reveal()).toBe('hunter2');
  });
});

describe('newToken', () => {
  it('has 256 random bits in URL-safe letters behind its prefix', () => {
    const tokens = Array.from({ length: 100 }, () => newToken('tnr'));
    expect(new Set(tokens).size).toBe(100);
    for (const token of tokens) expect(token).toMatch(/^tnr_[\w-]{43}$/);
  });
});

describe('hashToken', () => {
  it('is SHA-256', () => {
    expect(hashToken('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('sameBytes', () => {
  it.each([
    ['ab', 'ab', true],
    ['ab', 'ac', false],
    ['ab', 'abc', false],
    ['', '', true],
  ])('%p and %p: %p', (a, b, same) => {
    expect(sameBytes(Buffer.from(a), Buffer.from(b))).toBe(same);
  });
});

describe('SecretBox', () => {
  const box = new SecretBox(randomBytes(32));

  it('opens what it sealed, for the same row', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plain, row) => {
        expect(box.open(box.seal(plain, row), row)).toBe(plain);
      }),
      { seed: 20_261_124, numRuns: 100 },
    );
  });

  it('seals equal values differently', () => {
    expect(box.seal('same', 'row').equals(box.seal('same', 'row'))).toBe(false);
  });

  it('opens nothing of another row or under another key', () => {
    const sealed = box.seal('token', 'application:1');
    expect(() => box.open(sealed, 'application:2')).toThrow();
    expect(() => new SecretBox(randomBytes(32)).open(sealed, 'application:1')).toThrow();
  });

  it('opens nothing that was changed in any bit', () => {
    const sealed = box.seal('token', 'row');
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => box.open(changed, 'row')).toThrow();
    }
  });

  it('opens nothing that was cut, however short the rest of its tag', () => {
    const sealed = box.seal('', 'row');
    for (let length = 0; length < sealed.length; length++) {
      expect(() => box.open(sealed.subarray(0, length), 'row')).toThrow();
    }
  });
});
