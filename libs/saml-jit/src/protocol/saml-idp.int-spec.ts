import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inflateRawSync } from 'node:zlib';
import { startSamlIdp, type SamlIdp, type SamlIdpUser } from '../test-kit/start-saml-idp.js';
import { testConnection, TestRequests } from '../test-kit/test-connection.js';
import { createLoginRequest } from './create-login-request.js';
import { createSigningKey } from './create-signing-key.js';
import type { OutboundMessage } from './outbound-message.js';
import { parseIdpMetadata } from './parse-idp-metadata.js';
import type { SamlConnection, WantSigned } from './saml-connection.js';
import { verifyLoginResponse } from './verify-login-response.js';

const ADA: SamlIdpUser = {
  userName: 'ada-1815',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  groups: ['staff', 'admins'],
};
const requests = new TestRequests();
const urlOf = (message: OutboundMessage): string => (message.binding === 'HTTP-Redirect' ? message.url : '');

/** From the redirect to the verdict, as an employee's browser goes. */
async function logIn(
  idp: SamlIdp,
  connection: SamlConnection,
  returnTo?: string,
): Promise<{ verdict: Awaited<ReturnType<typeof verifyLoginResponse>>; relayState: string }> {
  const { requestId, message } = await createLoginRequest(connection, returnTo);
  requests.add(connection.id, requestId);
  const { action, ...form } = await idp.logIn(urlOf(message), ADA);
  expect(action).toBe(connection.acsUrl);
  return { verdict: await verifyLoginResponse({ connection, body: form, requests }), relayState: form.RelayState };
}

async function connectionTo(
  idp: SamlIdp,
  wantSigned: WantSigned,
  changes: Partial<SamlConnection> = {},
): Promise<SamlConnection> {
  const { entityId, ssoUrl, certificates } = parseIdpMetadata(await idp.metadata());
  return testConnection('', wantSigned, { idpEntityId: entityId, ssoUrl, certificates, ...changes });
}

describe('a login at a real IdP', () => {
  const { acsUrl, entityId: audience } = testConnection('', 'both');
  let signsBoth: SamlIdp;
  let signsAssertion: SamlIdp;

  beforeAll(async () => {
    [signsBoth, signsAssertion] = await Promise.all([
      startSamlIdp({ acsUrl, audience }),
      startSamlIdp({ acsUrl, audience, signResponse: false, entityId: 'urn:test:assertion-only' }),
    ]);
  });
  afterAll(() => Promise.all([signsBoth.stop(), signsAssertion.stop()]));

  it.each<WantSigned>(['both', 'assertion', 'response'])(
    'that signs both passes where %s is asked for',
    async (wantSigned) => {
      const { verdict, relayState } = await logIn(signsBoth, await connectionTo(signsBoth, wantSigned), '/me');
      expect(relayState).toBe('/me');
      expect(verdict).toMatchObject({
        ok: true,
        login: {
          nameId: ADA.userName,
          nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
          issuer: signsBoth.entityId,
          attributes: { email: [ADA.email], firstName: ['Ada'], lastName: ['Lovelace'], groups: ADA.groups },
        },
      });
    },
  );

  it('that signs the assertion passes where only that is asked for', async () => {
    const verdicts = await Promise.all(
      (['assertion', 'both', 'response'] as const).map(
        async (want) => (await logIn(signsAssertion, await connectionTo(signsAssertion, want))).verdict,
      ),
    );
    expect(verdicts).toMatchObject([{ ok: true }, { code: 'response_not_signed' }, { code: 'response_not_signed' }]);
  });

  it('is refused under the certificate of another IdP', async () => {
    const connection = await connectionTo(signsBoth, 'both', { certificates: [signsAssertion.certificate] });
    expect((await logIn(signsBoth, connection)).verdict).toMatchObject({ ok: false, code: 'signature_invalid' });
  });

  it('is refused under another connection than the one that asked', async () => {
    const connection = await connectionTo(signsBoth, 'both');
    const { requestId, message } = await createLoginRequest(connection);
    requests.add('another', requestId);
    const body = await signsBoth.logIn(urlOf(message), ADA);
    expect(await verifyLoginResponse({ connection, body, requests })).toMatchObject({ code: 'request_unknown' });
  });

  it('starts with a signed request where that is wanted', async () => {
    const signing = await createSigningKey('tenure');
    const { requestId, message } = await createLoginRequest(
      await connectionTo(signsBoth, 'both', { signing, signRequests: true, forceAuthn: true }),
    );
    const { searchParams } = new URL(urlOf(message));
    const xml = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
    expect(xml).toContain(`ID="${requestId}"`);
    expect(xml).toContain('ForceAuthn="true"');
    expect(xml).not.toContain('RequestedAuthnContext');
    expect(searchParams.get('SigAlg')).toMatch(/rsa-sha256$/);
    expect(searchParams.get('Signature')).toBeTruthy();
  });
});
