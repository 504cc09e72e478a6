import { beforeAll, describe, expect, it } from '@jest/globals';
import { CHAIN, ELLIPTIC } from '../test-kit/certificates.js';
import { createSigningKey, type SigningKey } from './create-signing-key.js';
import { CertificateError, leavesOf, readCertificates, usableCertificate } from './read-certificate.js';

let one: SigningKey;
let twin: SigningKey;
beforeAll(async () => {
  [one, twin] = await Promise.all([createSigningKey('twin'), createSigningKey('twin')]);
});

const read = (text: string): string[] => readCertificates(text).map(usableCertificate);
const bare = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/g, '');

describe('F17: a field with certificates', () => {
  it.each<[string, () => string, () => readonly string[]]>([
    ['one PEM block', () => one.certificate, () => [one.certificate]],
    ['bare base64', () => bare(one.certificate), () => [one.certificate]],
    ['two blocks', () => one.certificate + twin.certificate, () => [one.certificate, twin.certificate]],
    [
      'two blocks with blank lines around',
      () => `\n${one.certificate}\r\n\r\n${twin.certificate}\n\n`,
      () => [one.certificate, twin.certificate],
    ],
    ['a block without line ends', () => one.certificate.replaceAll('\n', ' '), () => [one.certificate]],
  ])('has all of %s', (_, text, certificates) => expect(read(text())).toEqual(certificates()));

  const der = (pem: string): Buffer => Buffer.from(bare(pem), 'base64');
  it.each<[string, () => string, RegExp]>([
    ['text after the block', () => `${one.certificate}garbage`, /before or after/],
    ['text before the block', () => `Bag Attributes\n${one.certificate}`, /before or after/],
    ['half of a second block', () => one.certificate + twin.certificate.slice(0, 200), /before or after/],
    ['a private key behind it', () => one.certificate + one.privateKey.reveal(), /private key/],
    ['a private key alone', () => one.privateKey.reveal(), /private key/],
    ['another kind of block', () => one.certificate.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'), /broken/],
    [
      'bytes after the certificate',
      () => Buffer.concat([der(one.certificate), Buffer.from('x')]).toString('base64'),
      /broken/,
    ],
    ['two certificates without blocks', () => bare(one.certificate) + bare(twin.certificate), /broken/],
    ['a stray character', () => bare(one.certificate).replace('A', '*'), /broken/],
    ['nothing', () => '', /broken/],
    ['an elliptic curve', () => ELLIPTIC, /at least 2048 bits/],
  ])('is refused with %s', (_, text, message) => {
    expect(() => read(text())).toThrow(CertificateError);
    expect(() => read(text())).toThrow(message);
  });
});

describe('F18: of the certificates of one key', () => {
  const leaves = (...pems: string[]): string[] =>
    leavesOf(pems.flatMap(readCertificates)).map((certificate) => certificate.toString());
  it.each<[string, () => string[], () => string[]]>([
    ['alone', () => [CHAIN.leaf], () => [CHAIN.leaf]],
    ['with its chain', () => [CHAIN.leaf, CHAIN.intermediate, CHAIN.root], () => [CHAIN.leaf]],
    ['with its chain, the root first', () => [CHAIN.root, CHAIN.intermediate, CHAIN.leaf], () => [CHAIN.leaf]],
    ['with a chain that has a gap', () => [CHAIN.root, CHAIN.leaf], () => [CHAIN.leaf]],
    ['twice', () => [CHAIN.leaf, CHAIN.leaf], () => [CHAIN.leaf, CHAIN.leaf]],
    [
      'two that each signed itself, of one name',
      () => [one.certificate, twin.certificate],
      () => [one.certificate, twin.certificate],
    ],
    ['beside one that signed itself', () => [one.certificate, CHAIN.leaf], () => [CHAIN.leaf]],
  ])('the leaf counts: %s', (_, pems, expected) => expect(leaves(...pems())).toEqual(expected()));
});
