import { beforeAll, describe, expect, it } from '@jest/globals';
import { CHAIN, ELLIPTIC } from '../test-kit/certificates.js';
import { createSigningKey } from './create-signing-key.js';
import { IdpMetadataError, parseIdpMetadata } from './parse-idp-metadata.js';

const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
let first: string;
let second: string;
let weak: string;

beforeAll(async () => {
  [first, second, weak] = await Promise.all([
    createSigningKey('one').then(({ certificate }) => certificate),
    createSigningKey('two').then(({ certificate }) => certificate),
    createSigningKey('weak', { bits: 1024 }).then(({ certificate }) => certificate),
  ]);
});

const bare = (pem: string): string => pem.replaceAll(/-----[^-]+-----/g, '');
const key = (pem: string, use = ' use="signing"'): string =>
  `<md:KeyDescriptor${use}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${bare(pem)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`;
const sso = (url = 'https://idp.example/sso', binding = REDIRECT): string =>
  `<md:SingleSignOnService Binding="${binding}" Location="${url}"/>`;
const entity = (content: string, { id = 'urn:idp', more = '' } = {}): string =>
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${id}"${more}>` +
  `<md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${content}</md:IDPSSODescriptor></md:EntityDescriptor>`;
const several = (...entities: string[]): string =>
  `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${entities.join('')}</md:EntitiesDescriptor>`;

describe('IdP metadata', () => {
  it('gives address, certificates of a roll-over, and what the IdP wants', () => {
    const slo =
      `<md:SingleLogoutService Binding="${POST}" Location="https://idp.example/post-slo"/>` +
      `<md:SingleLogoutService Binding="${REDIRECT}" Location="https://idp.example/slo" ResponseLocation="https://idp.example/done"/>`;
    const xml = `<?xml version="1.0"?><!-- made by hand -->${entity(key(first) + key(second, '') + key(first) + slo + sso('https://idp.example/post', POST) + sso())}`;
    expect(parseIdpMetadata(xml)).toEqual({
      entityId: 'urn:idp',
      ssoUrl: 'https://idp.example/sso',
      ssoBinding: 'HTTP-Redirect',
      sloBinding: 'HTTP-Redirect',
      sloUrl: 'https://idp.example/slo',
      sloResponseUrl: 'https://idp.example/done',
      certificates: [first, second],
      wantAuthnRequestsSigned: true,
    });
  });

  it('takes HTTP-POST where there is no redirect', () => {
    expect(parseIdpMetadata(entity(key(first) + sso('https://idp.example/post', POST)))).toMatchObject({
      ssoBinding: 'HTTP-POST',
      ssoUrl: 'https://idp.example/post',
    });
  });

  it('takes the entity that was chosen of several', () => {
    const xml = several(entity(key(first) + sso(), { id: 'urn:a' }), entity(key(second) + sso(), { id: 'urn:b' }));
    expect(parseIdpMetadata(xml, { entityId: 'urn:b' })).toMatchObject({ entityId: 'urn:b', certificates: [second] });
    expect(() => parseIdpMetadata(xml)).toThrow(/several identity providers.*urn:a, urn:b/);
    expect(() => parseIdpMetadata(xml, { entityId: 'urn:c' })).toThrow('does not describe urn:c');
  });

  const x509 = (...pems: string[]): string =>
    `<ds:X509Data>${pems.map((pem) => `<ds:X509Certificate>${bare(pem)}</ds:X509Certificate>`).join('')}</ds:X509Data>`;
  const keyInfo = (...data: string[]): string =>
    `<md:KeyDescriptor use="signing"><ds:KeyInfo>${data.join('')}</ds:KeyInfo></md:KeyDescriptor>`;
  it.each<[string, () => string, RegExp]>([
    ['an elliptic curve', () => key(ELLIPTIC), /at least 2048 bits/],
    ['a weak key', () => key(weak), /at least 2048 bits/],
    ['a broken certificate', () => key('AAAA'), /broken/],
    ['an empty certificate', () => key(''), /broken/],
    ['a key without a certificate', () => keyInfo('<ds:KeyValue/>'), /without a certificate/],
    ['no key at all', () => '<md:KeyDescriptor/>', /without a certificate/],
  ])('F18: takes what can be used beside %s, and warns', (_, other, warning) => {
    for (const keys of [key(first) + other(), other() + key(first)]) {
      const read = parseIdpMetadata(entity(keys + sso()));
      expect(read.certificates).toEqual([first]);
      expect(read.warnings).toEqual([expect.stringMatching(warning)]);
    }
    expect(() => parseIdpMetadata(entity(other() + sso()))).toThrow(warning);
  });

  it('F18: never takes the key of an authority for one that signs logins', () => {
    for (const info of [
      keyInfo(x509(CHAIN.leaf, CHAIN.intermediate, CHAIN.root)),
      keyInfo(x509(CHAIN.root), x509(CHAIN.leaf)),
      keyInfo(x509(CHAIN.intermediate, CHAIN.leaf)),
    ])
      expect(parseIdpMetadata(entity(info + sso())).certificates).toEqual([CHAIN.leaf]);
    expect(parseIdpMetadata(entity(keyInfo(x509(first), x509(second)) + sso())).certificates).toEqual([first, second]);
  });

  const FUTURE = [
    '2999-01-01T00:00:00Z',
    '2999-01-01T00:00:00+00:00',
    '2999-01-01T02:00:00+02:00',
    '2999-01-01T00:00:00',
    '2999-01-01T00:00:00.123456789012Z',
    ' 2999-01-01T24:00:00Z ',
    '12999-01-01T00:00:00-14:00',
    '999999-01-01T00:00:00Z',
  ];
  const PAST = [
    '2020-01-01T00:00:00Z',
    '2020-01-01T00:00:00+02:00',
    '2020-01-01T00:00:00',
    '2020-02-29T00:00:00.5',
    '-0044-03-15T12:00:00Z',
    '0001-01-01T00:00:00Z',
  ];
  const NO_TIME = [
    '',
    'tomorrow',
    '2999-01-01',
    '2999-02-30T00:00:00Z',
    '2999-01-01T25:00:00Z',
    '2999-01-01T00:00:00+15:00',
    '2999-13-01T00:00:00Z',
    '2999-01-01 00:00:00Z',
  ];
  const PLACES: Readonly<Record<string, (validUntil: string) => string>> = {
    EntityDescriptor: (more) => entity(key(first) + sso(), { more }),
    IDPSSODescriptor: (more) => entity(key(first) + sso()).replace('<md:IDPSSODescriptor', `$&${more}`),
    EntitiesDescriptor: (more) => several(entity(key(first) + sso())).replace('<md:EntitiesDescriptor', `$&${more}`),
    'a grandparent': (more) =>
      `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"${more}>${several(entity(key(first) + sso()))}</md:EntitiesDescriptor>`,
  };
  describe.each(Object.entries(PLACES))('F19: validUntil of %s', (_, write) => {
    const parse = (time: string) => () => parseIdpMetadata(write(` validUntil="${time}"`));
    it.each(FUTURE)('in the future, as %s', (time) => expect(parse(time)()).toMatchObject({ entityId: 'urn:idp' }));
    it.each(PAST)('in the past, as %s', (time) => expect(parse(time)).toThrow(/has expired/));
    it.each(NO_TIME)('that is none, as "%s"', (time) => expect(parse(time)).toThrow(/not a date with a time/));
  });

  it('F19: of another entity in the file says nothing of this one', () => {
    const over = entity(key(second) + sso(), { id: 'urn:b', more: ' validUntil="2020-01-01T00:00:00Z"' });
    expect(parseIdpMetadata(several(entity(key(first) + sso()), over), { entityId: 'urn:idp' }).entityId).toBe(
      'urn:idp',
    );
  });

  it.each<[string, () => string, RegExp]>([
    ['no XML', () => 'https://idp.example/metadata', /not well-formed/],
    ['nothing', () => '', /not well-formed/],
    ['HTML', () => '<html><body><p>Log in<br></body></html>', /not well-formed/],
    ['a document type', () => `<!DOCTYPE x [<!ENTITY a "b">]>${entity(key(first) + sso())}`, /document type/],
    ['too much', () => `<a>${'x'.repeat(1024 * 1024)}</a>`, /larger than 1 MB/],
    ['a service provider', () => entity('').replaceAll('IDPSSO', 'SPSSO'), /describes no identity provider/],
    ['SAML 1.1', () => entity(key(first) + sso()).replace('SAML:2.0:protocol', 'SAML:1.1:protocol'), /no SAML 2.0/],
    ['no address', () => entity(key(first)), /no SingleSignOnService/],
    ['an address that is a script', () => entity(key(first) + sso('javascript:alert(1)')), /no SingleSignOnService/],
    [
      'only a SOAP address',
      () => entity(key(first) + sso('https://idp.example/', 'urn:oasis:names:tc:SAML:2.0:bindings:SOAP')),
      /no SingleSignOnService/,
    ],
    ['no certificate', () => entity(sso()), /no signing certificate/],
    ['only one for encryption', () => entity(key(first, ' use="encryption"') + sso()), /no signing certificate/],
    ['a broken certificate', () => entity(key('AAAA') + sso()), /certificate is broken/],
    ['a weak key', () => entity(key(weak) + sso()), /at least 2048 bits/],
    ['no entity id', () => entity(key(first) + sso(), { id: '' }), /no usable entityID/],
    [
      'metadata of the past',
      () => entity(key(first) + sso(), { more: ' validUntil="2020-01-01T00:00:00Z"' }),
      /expired/,
    ],
  ])('refuses %s with a reason to act on', (_, xml, message) => {
    expect(() => parseIdpMetadata(xml())).toThrow(IdpMetadataError);
    expect(() => parseIdpMetadata(xml())).toThrow(message);
  });
});
