import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { forgeResponse, formOf, goodParts } from '../test-kit/forge-response.js';
import { testConnection, testKeys, TestRequests } from '../test-kit/test-connection.js';
import { WRAPPED_BY } from '../test-kit/wrap-signature.js';
import type { SigningKey } from './create-signing-key.js';
import { verifyLoginResponse } from './verify-login-response.js';

let idp: SigningKey;

beforeAll(async () => {
  idp = (await testKeys()).idp;
});

describe.each(WRAPPED_BY)('a response with %s signed that was changed anywhere', (wantSigned) => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom(
      '<',
      '>',
      '"',
      '&',
      '/',
      '<!---->',
      '<x/>',
      ' ',
      '\n',
      '&#97;',
      'admin',
      '</saml:NameID>',
      '<saml:NameID>admin</saml:NameID>',
      ' ID="_x"',
    ),
  );

  it('is refused, or says exactly what it said before', async () => {
    const connection = testConnection(idp.certificate, wantSigned);
    const requests = new TestRequests();
    requests.add(connection.id, '_request');
    const xml = forgeResponse(goodParts(connection, '_request'), wantSigned, idp);
    const verify = (text: string): ReturnType<typeof verifyLoginResponse> =>
      verifyLoginResponse({ connection, body: formOf(text), requests });
    const original = await verify(xml);
    expect(original.ok).toBe(true);

    await fc.assert(
      fc.asyncProperty(fc.nat(xml.length), fc.nat(12), piece, async (at, removed, put) => {
        const verdict = await verify(xml.slice(0, at) + put + xml.slice(at + removed));
        if (verdict.ok) expect(verdict).toEqual(original);
      }),
      { numRuns: 100 },
    );
  });
});
