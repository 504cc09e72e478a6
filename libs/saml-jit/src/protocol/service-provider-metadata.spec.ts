import { describe, expect, it } from '@jest/globals';
import { SignedXml } from 'xml-crypto';
import { testConnection } from '../test-kit/test-connection.js';
import { createSigningKey } from './create-signing-key.js';
import { serviceProviderMetadata } from './service-provider-metadata.js';
import { allBelow, attributeOf, NS, onlyChild, parseXml } from './xml.js';

describe('our metadata', () => {
  it('says who we are, where answers go, and that assertions are to be signed', () => {
    const connection = testConnection('AAAA', 'assertion');
    const entity = parseXml(serviceProviderMetadata(connection));
    const service = onlyChild(entity, NS.metadata, 'SPSSODescriptor');
    expect(attributeOf(entity, 'entityID')).toBe(connection.entityId);
    expect(attributeOf(service, 'WantAssertionsSigned')).toBe('true');
    expect(attributeOf(service, 'AuthnRequestsSigned')).toBe('false');
    expect(attributeOf(onlyChild(service, NS.metadata, 'AssertionConsumerService'), 'Location')).toBe(
      connection.acsUrl,
    );
  });

  it('is signed with our own key, and shows only its certificate', async () => {
    const signing = await createSigningKey('tenure');
    const xml = serviceProviderMetadata(testConnection('AAAA', 'both', { signing }));
    const [signature] = allBelow(parseXml(xml), 'Signature');
    const verifier = new SignedXml({ publicCert: signing.certificate });
    verifier.loadSignature(signature!);
    expect(verifier.checkSignature(xml)).toBe(true);
    expect(xml).toContain('AuthnRequestsSigned="true"');
    expect(xml).not.toContain('PRIVATE');
    expect(xml).not.toContain('sha1');
  });
});
