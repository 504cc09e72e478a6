import { beforeAll, describe, expect, it } from '@jest/globals';
import { SignedXml } from 'xml-crypto';
import { testConnection } from '../test-kit/test-connection.js';
import { createSigningKey, type SigningKey } from './create-signing-key.js';
import { serviceProviderMetadata } from './service-provider-metadata.js';
import { allBelow, attributeOf, childrenOf, NS, onlyChild, parseXml, textOf } from './xml.js';

describe('our metadata', () => {
  let signing: SigningKey;
  beforeAll(async () => {
    signing = await createSigningKey('tenure');
  });

  it('says who we are, where answers and logouts go, and that assertions are to be signed', () => {
    const connection = testConnection('AAAA', 'assertion');
    const entity = parseXml(serviceProviderMetadata(connection));
    const service = onlyChild(entity, NS.metadata, 'SPSSODescriptor')!;
    expect(attributeOf(entity, 'entityID')).toBe(connection.entityId);
    expect(attributeOf(service, 'WantAssertionsSigned')).toBe('true');
    expect(attributeOf(service, 'AuthnRequestsSigned')).toBe('false');
    expect(attributeOf(onlyChild(service, NS.metadata, 'AssertionConsumerService'), 'Location')).toBe(
      connection.acsUrl,
    );
    const logout = childrenOf(service, NS.metadata, 'SingleLogoutService');
    expect(logout.map((one) => attributeOf(one, 'Binding')?.split(':').at(-1))).toEqual(['HTTP-Redirect', 'HTTP-POST']);
    expect(logout.every((one) => attributeOf(one, 'Location') === connection.sloUrl)).toBe(true);
  });

  it('is signed with our own key, in front, and shows only certificates', () => {
    const published = { signing: [signing.certificate], encryption: [] };
    const xml = serviceProviderMetadata(testConnection('AAAA', 'both', { signing, published, signRequests: true }));
    const root = parseXml(xml);
    const [signature] = allBelow(root, 'Signature');
    expect(root.firstChild).toBe(signature);
    const verifier = new SignedXml({ publicCert: signing.certificate });
    verifier.loadSignature(signature!);
    expect(verifier.checkSignature(xml)).toBe(true);
    expect(xml).toContain('AuthnRequestsSigned="true"');
    expect(xml).not.toContain('PRIVATE');
    expect(xml).not.toContain('sha1');
  });

  it('lists every key that is published, each with its use', () => {
    const published = { signing: ['AA', 'BB'], encryption: ['CC'] };
    const root = parseXml(serviceProviderMetadata(testConnection('AAAA', 'both', { published })));
    const keys = allBelow(root, 'KeyDescriptor').map((key) => [
      attributeOf(key, 'use'),
      textOf(allBelow(key, 'X509Certificate')[0]),
    ]);
    expect(keys).toEqual([
      ['signing', 'AA'],
      ['signing', 'BB'],
      ['encryption', 'CC'],
    ]);
  });
});
