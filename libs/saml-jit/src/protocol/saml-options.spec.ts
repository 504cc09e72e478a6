import { beforeAll, describe, expect, it } from '@jest/globals';
import { inflateRawSync } from 'node:zlib';
import { testConnection, testKeys } from '../test-kit/test-connection.js';
import { createLoginRequest } from './create-login-request.js';
import type { SigningKey } from './create-signing-key.js';
import type { SamlConnection } from './saml-connection.js';
import { samlOptions } from './saml-options.js';

let idp: SigningKey;
let connection: SamlConnection;
beforeAll(async () => {
  ({ idp } = await testKeys());
  connection = testConnection(idp.certificate, 'both');
});

describe('what node-saml is told', () => {
  // Its defaults are SHA-1, eight hours, a password as the context, an e-mail address as the NameID, and no request.
  it('is safe where the connection says nothing', () => {
    expect(samlOptions(connection)).toMatchObject({
      idpCert: [idp.certificate],
      issuer: connection.entityId,
      callbackUrl: connection.acsUrl,
      entryPoint: connection.ssoUrl,
      audience: connection.entityId,
      idpIssuer: connection.idpEntityId,
      wantAssertionsSigned: true,
      wantAuthnResponseSigned: true,
      validateInResponseTo: 'always',
      requestIdExpirationPeriodMs: 600_000,
      acceptedClockSkewMs: 60_000,
      maxAssertionAgeMs: 600_000,
      signatureAlgorithm: 'sha256',
      digestAlgorithm: 'sha256',
      disableRequestedAuthnContext: true,
      identifierFormat: null,
    });
    expect(samlOptions(connection)).not.toHaveProperty('decryptionPvk');
  });

  it.each<[string, Partial<SamlConnection>, object]>([
    [
      'a clock that may not be off by more than three minutes',
      { clockSkewMs: 900_000 },
      { acceptedClockSkewMs: 180_000 },
    ],
    ['a clock that may not be off the other way', { clockSkewMs: -1 }, { acceptedClockSkewMs: 0 }],
    [
      'the assertion’s signature alone',
      { wantSigned: 'assertion' },
      { wantAssertionsSigned: true, wantAuthnResponseSigned: false },
    ],
    [
      'the Response’s signature alone',
      { wantSigned: 'response' },
      { wantAssertionsSigned: false, wantAuthnResponseSigned: true },
    ],
    ['logins that begin at the IdP', { idpInitiated: true }, { validateInResponseTo: 'ifPresent' }],
  ])('has %s where the connection does', (_, changes, options) => {
    expect(samlOptions({ ...connection, ...changes })).toMatchObject(options);
  });
});

describe('a login request', () => {
  const requestOf = async (changes: Partial<SamlConnection>): Promise<string> => {
    const { message } = await createLoginRequest({ ...connection, ...changes });
    if (message.binding === 'HTTP-POST') return Buffer.from(message.fields.SAMLRequest ?? '', 'base64').toString();
    const { searchParams } = new URL(message.url);
    return inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
  };

  it.each<[string, Partial<SamlConnection>, RegExp, RegExp]>([
    [
      'asks for no context (AADSTS75011) and no format (MSIS7070)',
      {},
      /<samlp:NameIDPolicy/,
      /RequestedAuthnContext|Format=|ForceAuthn|Signature/,
    ],
    [
      'asks for what it is set to',
      { authnContext: ['urn:mfa'], nameIdFormat: 'urn:f', forceAuthn: true },
      /ForceAuthn="true".*Format="urn:f".*Comparison="exact".*>urn:mfa</s,
      /Signature/,
    ],
    [
      'is a plain form where the IdP takes forms only',
      { ssoBinding: 'HTTP-POST' },
      /^(<\?xml[^>]*>)?<samlp:AuthnRequest/,
      /Signature/,
    ],
  ])('%s', async (_, changes, has, hasNot) => {
    const xml = await requestOf(changes);
    expect(xml).toMatch(has);
    expect(xml).not.toMatch(hasNot);
  });

  it('is signed inside a form with SHA-256, where requests are signed', async () => {
    const xml = await requestOf({ ssoBinding: 'HTTP-POST', signing: idp, signRequests: true });
    expect(xml).toMatch(/<(ds:)?Signature .*rsa-sha256.*xmlenc#sha256.*X509Certificate/s);
    expect(xml).not.toMatch(/#rsa-sha1|xmldsig#sha1/);
  });
});
