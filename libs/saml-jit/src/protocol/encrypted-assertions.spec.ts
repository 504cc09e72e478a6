import { beforeAll, describe, expect, it } from '@jest/globals';
import { encryptAssertion, type EncryptionOptions } from '../test-kit/encrypt-assertion.js';
import * as forge from '../test-kit/forge-response.js';
import { IDP_SHAPES } from '../test-kit/idp-shapes.js';
import { encryptedConnection, testConnection, testKeys, TestRequests } from '../test-kit/test-connection.js';
import { createSigningKey, type SigningKey } from './create-signing-key.js';
import type { SamlConnection, WantSigned } from './saml-connection.js';
import { verifyLoginResponse } from './verify-login-response.js';

const REQUEST = '_request';
const requests = new TestRequests();
let keys: { idp: SigningKey; attacker: SigningKey };
let ours: SigningKey;
let next: SigningKey;
beforeAll(async () => {
  [keys, ours, next] = await Promise.all([testKeys(), createSigningKey('ours'), createSigningKey('next')]);
});

const connectionTo = (wantSigned: WantSigned, changes: Partial<SamlConnection> = {}): SamlConnection => {
  const connection = encryptedConnection(testConnection(keys.idp.certificate, wantSigned), next, ours);
  requests.add(connection.id, REQUEST);
  return { ...connection, ...changes };
};
const verdictOf = async (connection: SamlConnection, xml: string): Promise<string> => {
  const verdict = await verifyLoginResponse({ connection, body: forge.formOf(xml), requests });
  return verdict.ok ? `accepted ${verdict.login.nameId}` : verdict.code;
};

interface Made {
  /** The signed assertion, changed before it is encrypted. */
  readonly inside?: (assertion: string) => string | Buffer;
  /** The EncryptedAssertion, changed before the Response is signed. */
  readonly outside?: (encrypted: string, plain: string) => string;
  readonly by?: SigningKey;
  readonly responseBy?: SigningKey;
  readonly signs?: WantSigned | 'none';
  readonly options?: EncryptionOptions;
  readonly parts?: Partial<forge.ResponseParts>;
}

/** An encrypted login, as an IdP or an attacker makes it. */
function encrypted(connection: SamlConnection, made: Made = {}): string {
  const { inside = (xml) => xml, outside = (xml) => xml, by = keys.idp, responseBy = by } = made;
  const signs = made.signs ?? connection.wantSigned;
  const parts = { ...forge.goodParts(connection, REQUEST), ...made.parts };
  const plain = forge.assertionXml(parts);
  const signed = signs === 'both' || signs === 'assertion' ? forge.signElement(plain, parts.assertionId, by) : plain;
  const content = outside(encryptAssertion(inside(signed), ours.certificate, made.options), signed);
  const response = forge.responseXml(parts, content);
  return signs === 'both' || signs === 'response'
    ? forge.signElement(response, parts.responseId, responseBy)
    : response;
}

/** Keys exist only when the tests run: in the tables they are named. */
const ATTACKER = { attacker: true } as unknown as SigningKey;
const resolved = (made: Made): Made => ({
  ...made,
  ...(made.by === ATTACKER && { by: keys.attacker }),
  ...(made.responseBy === ATTACKER && { responseBy: keys.attacker }),
});

const OAEP = { digest: 'sha256', mask: 'sha1', names: 'both' } as const;
const POLICIES: readonly WantSigned[] = ['both', 'assertion', 'response'];

describe.each(POLICIES)('an encrypted assertion, with %s signed,', (wantSigned) => {
  it.each<[string, EncryptionOptions]>([
    ['AES-256-GCM', { cipher: 'aes-256-gcm' }],
    ['AES-128-GCM', { cipher: 'aes-128-gcm' }],
    ['AES-256-CBC', { cipher: 'aes-256-cbc' }],
    ['AES-128-CBC', { cipher: 'aes-128-cbc' }],
    ['RSA-OAEP with SHA-256', { wrap: 'oaep-sha256' }],
    ['the key beside the data', { keyBeside: true }],
    [
      'OAEP’s digest SHA-256 and its mask of SHA-1, which is not named',
      { oaep: { digest: 'sha256', mask: 'sha1', names: 'digest' } },
    ],
    [
      'OAEP’s digest SHA-256 and its mask of SHA-256, which is not named',
      { oaep: { digest: 'sha256', mask: 'sha256', names: 'digest' } },
    ],
  ])('passes with %s, under any key that is not retired', async (_, options) => {
    const connection = connectionTo(wantSigned);
    expect(await verdictOf(connection, encrypted(connection, { options }))).toBe('accepted ada');
  });

  const swap = (find: string | RegExp, put: string) => (xml: string) => xml.replace(find, put);
  it.each<[string, Made, string | readonly string[]]>([
    ['whose key is wrapped with RSA 1.5', { options: { wrap: 'rsa-1_5' } }, 'encryption_algorithm'],
    ['in triple DES', { options: { cipher: 'des-ede3-cbc' } }, 'encryption_algorithm'],
    ['in an unknown cipher', { outside: swap('xmlenc11#aes256-gcm', 'xmlenc11#aes512') }, 'encryption_algorithm'],
    [
      'with an unknown digest',
      {
        outside: swap(
          'xmlenc#rsa-oaep-mgf1p"/>',
          'xmlenc#rsa-oaep-mgf1p"><ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Algorithm="urn:x"/></xenc:EncryptionMethod>',
        ),
      },
      'encryption_algorithm',
    ],
    ['with an unknown mask', { options: { oaep: OAEP }, outside: swap('mgf1sha1', 'mgf1md5') }, 'encryption_algorithm'],
    [
      'with another mask than it says',
      { options: { oaep: OAEP }, outside: swap('mgf1sha1', 'mgf1sha512') },
      'assertion_unreadable',
    ],
    [
      'with another digest than it says',
      { options: { oaep: OAEP }, outside: swap('xmlenc#sha256', 'xmlenc#sha512') },
      'assertion_unreadable',
    ],
    [
      'in another cipher than it says',
      { outside: swap('xmlenc11#aes256-gcm', 'xmlenc11#aes128-gcm') },
      'assertion_unreadable',
    ],
    [
      'with GCM taken for CBC',
      { outside: swap('http://www.w3.org/2009/xmlenc11#aes256-gcm', 'http://www.w3.org/2001/04/xmlenc#aes256-cbc') },
      'assertion_unreadable',
    ],
    ['without a key', { outside: swap(/<xenc:EncryptedKey>.*<\/xenc:EncryptedKey>/, '') }, 'encryption_malformed'],
    [
      'with two data',
      { outside: swap(/<xenc:EncryptedData .*<\/xenc:EncryptedData>/, '$&$&') },
      ['encryption_malformed'],
    ],
    [
      'with content elsewhere',
      {
        outside: swap(/<xenc:CipherValue>[^<]*<\/xenc:CipherValue>/, '<xenc:CipherReference URI="http://127.0.0.1/"/>'),
      },
      'encryption_malformed',
    ],
    [
      'with a part of another namespace',
      { outside: swap('<xenc:EncryptedData', '<x:y xmlns:x="urn:x"/><xenc:EncryptedData') },
      'encryption_malformed',
    ],
    ['without content', { outside: swap(/<xenc:CipherValue>[^<]*</g, '<xenc:CipherValue><') }, 'assertion_unreadable'],
    [
      'with content that is no base64',
      { outside: swap(/<\/xenc:CipherValue><\/xenc:CipherData><\/xenc:EncryptedData>/, '!$&') },
      'assertion_unreadable',
    ],
    [
      'with another byte',
      { outside: swap(/....(?=<\/xenc:CipherValue><\/xenc:CipherData><\/xenc:EncryptedData>)/, 'AAAA') },
      'assertion_unreadable',
    ],
    [
      'cut short',
      {
        outside: swap(
          /<xenc:CipherValue>[^<]{60}(?=[^<]*<\/xenc:CipherValue><\/xenc:CipherData><\/xenc:EncryptedData>)/,
          '<xenc:CipherValue>',
        ),
      },
      'assertion_unreadable',
    ],
    ['with a document type inside', { inside: (xml) => `<!DOCTYPE x>${xml}` }, 'assertion_unreadable'],
    ['with a comment inside', { inside: (xml) => xml.replace('>ada<', '>ada<!-- -->.evil<') }, 'assertion_unreadable'],
    ['with two roots inside', { inside: (xml) => xml + xml }, 'assertion_unreadable'],
    [
      'that is a Response',
      { inside: (xml) => `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">${xml}</samlp:Response>` },
      'assertion_unreadable',
    ],
    ['that is no UTF-8', { inside: (xml) => Buffer.from(xml, 'utf16le') }, 'assertion_unreadable'],
    ['that is empty', { inside: () => '' }, 'assertion_unreadable'],
    ['that is not signed, nor is anything', { signs: 'none' }, ['assertion_unreadable', 'response_not_signed']],
    ['that is signed by somebody else', { by: ATTACKER }, ['assertion_unreadable', 'signature_invalid']],
    ['whose envelope is signed by somebody else', { responseBy: ATTACKER, signs: 'both' }, 'signature_invalid'],
    ['beside a plain one', { outside: (xml, plain) => xml + plain }, 'assertion_count'],
    ['twice', { outside: (xml) => xml + xml }, 'assertion_count'],
    ['in Extensions', { outside: (xml) => `<samlp:Extensions>${xml}</samlp:Extensions>` }, 'assertion_count'],
    [
      'inside another',
      { outside: (xml) => xml.replace('<xenc:EncryptedData', `${xml}<xenc:EncryptedData`) },
      'assertion_count',
    ],
    [
      'in another namespace',
      {
        outside: (xml) =>
          xml
            .replaceAll('saml:Enc', 'x:Enc')
            .replace('<x:Enc', '<x:EncryptedAssertion xmlns:x="urn:x"')
            .replace('"urn:x"ryptedAssertion', '"urn:x"'),
      },
      'assertion_count',
    ],
    ['for another audience', { parts: { conditions: '' } }, 'conditions_malformed'],
  ])('is refused %s', async (_, made, codes) => {
    const connection = connectionTo(wantSigned);
    expect([codes].flat()).toContain(await verdictOf(connection, encrypted(connection, resolved(made))));
  });

  describe('F16: with several keys', () => {
    const KEY = /<xenc:EncryptedKey>.*<\/xenc:EncryptedKey>/s;
    const keyOf = (xml: string): string => KEY.exec(xml)?.[0] ?? '';
    /** Keys of other recipients, and of nothing that can be opened. */
    const foreign = (options?: EncryptionOptions): string =>
      keyOf(encryptAssertion('x', keys.attacker.certificate, options));
    const named = (key: string, recipient: string): string =>
      key.replace('<xenc:EncryptedKey', `<xenc:EncryptedKey Recipient="${recipient}"`);
    const around = (write: (ours: string) => string) => (xml: string) => xml.replace(KEY, write);
    it.each<[string, (key: string) => string, EncryptionOptions | undefined]>([
      ['ours first', (key) => key + foreign(), undefined],
      ['another recipient’s first', (key) => foreign() + key, undefined],
      ['ours twice', (key) => key + key, undefined],
      ['ours as the fifth', (key) => foreign().repeat(4) + key, undefined],
      [
        'ours as the ninth, by its Recipient',
        (key) => foreign().repeat(8) + named(key, 'https://tenure.example/saml/1/metadata'),
        undefined,
      ],
      ['one in an algorithm that is not taken', (key) => foreign({ wrap: 'rsa-1_5' }) + key, undefined],
      ['a key of ours for something else', (key) => keyOf(encryptAssertion('x', ours.certificate)) + key, undefined],
      [
        'a key of ours for something else, in CBC',
        (key) => keyOf(encryptAssertion('x', ours.certificate)) + key,
        { cipher: 'aes-256-cbc' },
      ],
      ['two of ours, beside the data', (key) => foreign() + key, { keyBeside: true }],
      ['one for each of our certificates', (key) => keyOf(encryptAssertion('x', next.certificate)) + key, undefined],
    ])('%s: is read', async (_, write, options) => {
      const connection = connectionTo(wantSigned);
      expect(
        await verdictOf(connection, encrypted(connection, { outside: around(write), ...(options && { options }) })),
      ).toBe('accepted ada');
    });

    it.each<[string, (key: string) => string, string]>([
      ['none of them ours', () => foreign() + foreign(), 'assertion_unreadable'],
      ['ours behind more than are tried', (key) => foreign().repeat(5) + key, 'assertion_unreadable'],
      [
        'keys of ours for something else only',
        () => keyOf(encryptAssertion('x', ours.certificate)).repeat(2),
        'assertion_unreadable',
      ],
      ['all in an algorithm that is not taken', () => foreign({ wrap: 'rsa-1_5' }).repeat(2), 'encryption_algorithm'],
      ['one inside another', (key) => key.replace('</xenc:EncryptedKey>', `${foreign()}$&`), 'encryption_malformed'],
    ])('%s: is refused', async (_, write, code) => {
      const connection = connectionTo(wantSigned);
      expect(await verdictOf(connection, encrypted(connection, { outside: around(write) }))).toBe(code);
    });

    it('of two contents the keys may open, takes none that is not signed', async () => {
      const connection = connectionTo(wantSigned);
      const evil = encryptAssertion(
        forge.assertionXml(forge.goodParts(connection, REQUEST)).replace('>ada<', '>admin<'),
        ours.certificate,
      );
      const swapped = encrypted(connection).replace(/<saml:EncryptedAssertion.*<\/saml:EncryptedAssertion>/s, (good) =>
        evil.replace(KEY, (key) => key + keyOf(good)),
      );
      expect(await verdictOf(connection, swapped)).not.toMatch(/^accepted/);
    });
  });

  it('is refused when what is inside is signed, but was changed before it was encrypted', async () => {
    const connection = connectionTo(wantSigned);
    if (wantSigned === 'response') return;
    const inside = (xml: string): string => xml.replace('>ada<', '>admin<');
    expect(await verdictOf(connection, encrypted(connection, { inside }))).toBe('assertion_unreadable');
  });

  it('is refused for a key that was retired, where encryption is off, and in the clear where it must be', async () => {
    const connection = connectionTo(wantSigned);
    const xml = encrypted(connection);
    expect(await verdictOf({ ...connection, decryption: [next.privateKey] }, xml)).toBe('assertion_unreadable');
    expect(await verdictOf({ ...connection, encryption: 'off' }, xml)).toBe('assertion_encrypted');
    const plain = forge.forgeResponse(forge.goodParts(connection, REQUEST), wantSigned, keys.idp);
    expect(await verdictOf({ ...connection, encryption: 'required' }, plain)).toBe('assertion_not_encrypted');
    expect(await verdictOf(connection, plain)).toBe('accepted ada');
  });
});

describe('a good login as each IdP writes it', () => {
  it.each(Object.entries(IDP_SHAPES))('passes: %s', async (_, shape) => {
    const { wantSigned, nameId, attributes } = shape;
    const connection = connectionTo(wantSigned, { idpEntityId: 'https://idp.example/entity' });
    const xml = shape.write(
      { ...connection, published: { signing: [], encryption: [ours.certificate] } },
      REQUEST,
      keys.idp,
    );
    const verdict = await verifyLoginResponse({ connection, body: forge.formOf(xml), requests });
    expect(verdict).toMatchObject({ ok: true, login: { nameId, attributes } });
  });

  it.each(Object.entries(IDP_SHAPES))('is refused when the person in it is changed: %s', async (_, shape) => {
    const connection = connectionTo(shape.wantSigned, { idpEntityId: 'https://idp.example/entity', encryption: 'off' });
    const xml = shape.write(
      { ...connection, published: { signing: [], encryption: [ours.certificate] } },
      REQUEST,
      keys.idp,
    );
    const forged = xml.replaceAll(`>${shape.nameId}<`, '>admin<');
    expect(await verdictOf(connection, forged)).not.toMatch(/^accepted/);
  });
});
