import { beforeAll, describe, expect, it } from '@jest/globals';
import { createVerify } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import * as forge from '../test-kit/forge-logout.js';
import {
  assertionXml,
  element,
  formOf,
  goodParts,
  inSeconds,
  responseXml,
  signElement,
} from '../test-kit/forge-response.js';
import { testConnection, testKeys } from '../test-kit/test-connection.js';
import type { SigningKey } from './create-signing-key.js';
import type { SamlConnection } from './saml-connection.js';
import { SamlRefused } from './saml-refused.js';
import { verifyLogout, type LogoutDelivery, type LogoutMessage } from './verify-logout.js';
import type { OutboundMessage } from './outbound-message.js';
import { logoutRequest, logoutResponse } from './write-logout.js';
import { attributeOf, parseXml } from './xml.js';

let keys: { idp: SigningKey; attacker: SigningKey };
let connection: SamlConnection;
beforeAll(async () => {
  keys = await testKeys();
  connection = testConnection(keys.idp.certificate, 'both');
});

const verdictOf = (delivery: LogoutDelivery): LogoutMessage | string => {
  try {
    return verifyLogout(connection, delivery, new Date());
  } catch (error) {
    if (error instanceof SamlRefused) return error.code;
    throw error;
  }
};
const redirect = (query: string): LogoutDelivery => ({ binding: 'redirect', query });
const post = (body: unknown): LogoutDelivery => ({ binding: 'post', body });
const request = (changes: Partial<forge.LogoutParts> = {}): forge.LogoutParts => ({
  ...forge.goodLogout(connection, 'ada', '_s1'),
  ...changes,
});
const signedQuery = (parts = request(), options: forge.RedirectOptions = {}): string =>
  forge.redirectQuery(forge.logoutXml(parts), { key: keys.idp, ...options });
const response = (changes: Partial<forge.LogoutParts> = {}): forge.LogoutParts =>
  request({ name: 'LogoutResponse', notOnOrAfter: undefined, content: '<samlp:Status/>', ...changes });

describe('a logout request', () => {
  it.each<[string, () => LogoutDelivery]>([
    ['by address', () => redirect(signedQuery())],
    ['by address with RelayState', () => redirect(signedQuery(request(), { relayState: 'a b/c' }))],
    [
      'by address with SHA-512',
      () =>
        redirect(
          signedQuery(request(), { hash: 'sha512', algorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512' }),
        ),
    ],
    ['by address with parameters of others', () => redirect(`client-request-id=1&${signedQuery()}`)],
    ['by address in lower-case escapes', () => redirect(signedAnew(lowerCased))],
    ['by form', () => post(forge.logoutForm(request(), keys.idp))],
    ['without NotOnOrAfter', () => post(forge.logoutForm(request({ notOnOrAfter: undefined }), keys.idp))],
  ])('is taken %s', (_, delivery) => {
    expect(verdictOf(delivery())).toMatchObject({ kind: 'request', nameId: 'ada', sessionIndexes: ['_s1'] });
  });

  /** AD FS escapes in lower case, and signs what it sends. */
  const lowerCased = (query: string): string => query.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
  const signedAnew = (change: (query: string) => string): string => {
    const unsigned = forge.redirectQuery(forge.logoutXml(request()), {});
    const algorithm = encodeURIComponent('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256');
    const signed = change(`${unsigned}&SigAlg=${algorithm}`);
    return `${signed}&Signature=${encodeURIComponent(forge.signQuery(signed, keys.idp))}`;
  };
  it.each<[string, () => LogoutDelivery, string]>([
    ['unsigned by address', () => redirect(forge.redirectQuery(forge.logoutXml(request()), {})), 'logout_not_signed'],
    ['unsigned by form', () => post(forge.logoutForm(request())), 'logout_not_signed'],
    ['by another key, by address', () => redirect(signedQuery(request(), { key: keys.attacker })), 'signature_invalid'],
    ['by another key, by form', () => post(forge.logoutForm(request(), keys.attacker)), 'signature_invalid'],
    [
      'with an empty signature',
      () => redirect(signedQuery().replace(/Signature=.*/, 'Signature=')),
      'signature_invalid',
    ],
    [
      'with a signature but no algorithm',
      () => redirect(signedQuery().replace(/SigAlg=[^&]*&/, '')),
      'signature_malformed',
    ],
    [
      'with an algorithm but no signature',
      () => redirect(signedQuery().replace(/&Signature=.*/, '')),
      'signature_malformed',
    ],
    [
      'with SHA-1',
      () => redirect(signedQuery(request(), { hash: 'sha1', algorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' })),
      'signature_algorithm',
    ],
    [
      'with an algorithm that only ends like ours',
      () => redirect(signedQuery(request(), { algorithm: 'urn:x#rsa-sha256' })),
      'signature_algorithm',
    ],
    [
      'with HMAC',
      () => redirect(signedQuery(request(), { algorithm: 'http://www.w3.org/2000/09/xmldsig#hmac-sha1' })),
      'signature_algorithm',
    ],
    [
      'with a name that is escaped',
      () => redirect(signedQuery().replace('SAMLRequest', '%53AMLRequest')),
      'body_malformed',
    ],
    [
      'with an escaped name beside a signed response',
      () => redirect(`%53AMLRequest=x&${signedQuery(response(), { kind: 'SAMLResponse' })}`),
      'body_malformed',
    ],
    ['with two messages', () => redirect(`${signedQuery()}&SAMLRequest=x`), 'body_malformed'],
    ['with request and response', () => redirect(`${signedQuery()}&SAMLResponse=x`), 'body_malformed'],
    ['with two signatures', () => redirect(`${signedQuery()}&Signature=x`), 'body_malformed'],
    [
      'with two RelayStates',
      () => redirect(`${signedQuery(request(), { relayState: 'a' })}&RelayState=b`),
      'body_malformed',
    ],
    ['with a RelayState that is not signed', () => redirect(`${signedQuery()}&RelayState=b`), 'signature_invalid'],
    ['with no parameters', () => redirect(''), 'body_malformed'],
    [
      'with a broken escape',
      () => redirect(signedQuery().replace('SAMLRequest=', 'SAMLRequest=%E0%ZZ')),
      'body_malformed',
    ],
    ['with another encoding', () => redirect(`${signedQuery()}&SAMLEncoding=urn%3Ax`), 'body_malformed'],
    [
      'that is not deflated',
      () => redirect(`SAMLRequest=${encodeURIComponent(Buffer.from(forge.logoutXml(request())).toString('base64'))}`),
      'body_malformed',
    ],
    [
      'that inflates without end',
      () => redirect(forge.redirectQuery(Buffer.alloc(5_000_000, 'a'), { key: keys.idp })),
      'message_too_large',
    ],
    ['that is large', () => post({ SAMLRequest: 'A'.repeat(400_000) }), 'message_too_large'],
    [
      'with a signature inside the address',
      () =>
        redirect(
          forge.redirectQuery(signElement(forge.logoutXml(request({ id: '_x' })), '_x', keys.idp), { key: keys.idp }),
        ),
      'signature_malformed',
    ],
    [
      'with a document type',
      () => redirect(forge.redirectQuery(`<!DOCTYPE x>${forge.logoutXml(request())}`, { key: keys.idp })),
      'xml_malformed',
    ],
    [
      'with a comment in the name',
      () => post(forge.logoutForm(request({ content: '<saml:NameID>ada<!-- -->.evil</saml:NameID>' }), keys.idp)),
      'xml_malformed',
    ],
    ['of another version', () => redirect(signedQuery(request({ version: '1.1' }))), 'logout_malformed'],
    [
      'for another address',
      () => redirect(signedQuery(request({ destination: 'https://other.example/slo' }))),
      'wrong_destination',
    ],
    ['for the ACS', () => redirect(signedQuery(request({ destination: connection.acsUrl }))), 'wrong_destination'],
    ['for no address', () => redirect(signedQuery(request({ destination: undefined }))), 'wrong_destination'],
    [
      'of another issuer',
      () => redirect(signedQuery(request({ issuer: element('saml:Issuer', {}, 'urn:x') }))),
      'wrong_issuer',
    ],
    ['of no issuer', () => redirect(signedQuery(request({ issuer: '' }))), 'wrong_issuer'],
    ['of long ago', () => redirect(signedQuery(request({ issueInstant: inSeconds(-700) }))), 'expired'],
    ['of the future', () => redirect(signedQuery(request({ issueInstant: inSeconds(120) }))), 'not_yet_valid'],
    ['of no time', () => redirect(signedQuery(request({ issueInstant: 'today' }))), 'logout_malformed'],
    ['that has expired', () => redirect(signedQuery(request({ notOnOrAfter: inSeconds(-61) }))), 'expired'],
    ['that expires at no time', () => redirect(signedQuery(request({ notOnOrAfter: 'never' }))), 'expired'],
    ['of nobody', () => redirect(signedQuery(request({ content: '' }))), 'subject_malformed'],
    [
      'of two people',
      () => redirect(signedQuery(request({ content: '<saml:NameID>ada</saml:NameID><saml:NameID>ben</saml:NameID>' }))),
      'subject_malformed',
    ],
    [
      'of somebody encrypted',
      () => redirect(signedQuery(request({ content: '<saml:EncryptedID/>' }))),
      'subject_encrypted',
    ],
    [
      'with an assertion',
      () => redirect(signedQuery(request({ content: '<saml:NameID>ada</saml:NameID><saml:Assertion/>' }))),
      'logout_malformed',
    ],
    [
      'with an empty session',
      () => redirect(signedQuery(request({ content: '<saml:NameID>ada</saml:NameID><samlp:SessionIndex/>' }))),
      'logout_malformed',
    ],
    ['that is a login request', () => redirect(signedQuery(request({ name: 'AuthnRequest' }))), 'not_a_logout_message'],
    [
      'changed after it was signed',
      () => post({ SAMLRequest: changed(forge.logoutForm(request(), keys.idp).SAMLRequest ?? '') }),
      'signature_invalid',
    ],
    ['as a list', () => post({ SAMLRequest: ['a', 'b'] }), 'body_malformed'],
    ['as nothing', () => post(undefined), 'body_malformed'],
    [
      'with RelayState twice',
      () => post({ ...forge.logoutForm(request(), keys.idp), RelayState: ['a', 'b'] }),
      'body_malformed',
    ],
  ])('is refused %s', (_, delivery, code) => expect(verdictOf(delivery())).toBe(code));

  const changed = (form: string): string =>
    Buffer.from(Buffer.from(form, 'base64').toString().replace('>ada<', '>ben<')).toString('base64');

  it.each([
    ['a login response', 'assertion'],
    ['a login response in a signed form', 'response'],
  ])('is not %s', (_, signs) => {
    const parts = goodParts(connection, '_request');
    const xml = responseXml(parts, signElement(assertionXml(parts), parts.assertionId, keys.idp));
    const form = formOf(signs === 'response' ? signElement(xml, parts.responseId, keys.idp) : xml);
    expect(typeof verdictOf(post(form))).toBe('string');
    expect(typeof verdictOf(post({ SAMLRequest: form.SAMLResponse }))).toBe('string');
  });
});

describe('a logout response', () => {
  it.each<[string, () => LogoutDelivery]>([
    ['signed, by address', () => redirect(signedQuery(response(), { kind: 'SAMLResponse' }))],
    [
      'unsigned, by address, as some IdPs send it',
      () => redirect(forge.redirectQuery(forge.logoutXml(response()), { kind: 'SAMLResponse' })),
    ],
    ['by form', () => post(forge.logoutForm(response(), keys.idp))],
  ])('is information only: %s', (_, delivery) => expect(verdictOf(delivery())).toMatchObject({ kind: 'response' }));

  it.each<[string, () => LogoutDelivery, string]>([
    [
      'signed by another key',
      () => redirect(signedQuery(response(), { kind: 'SAMLResponse', key: keys.attacker })),
      'signature_invalid',
    ],
    [
      'a request posted as a response',
      () => redirect(signedQuery(request(), { kind: 'SAMLResponse' })),
      'not_a_logout_message',
    ],
    ['a response posted as a request', () => redirect(signedQuery(response())), 'not_a_logout_message'],
    [
      'of another issuer',
      () => post(forge.logoutForm(response({ issuer: element('saml:Issuer', {}, 'urn:x') }))),
      'wrong_issuer',
    ],
  ])('is refused when it is %s', (_, delivery, code) => expect(verdictOf(delivery())).toBe(code));
});

describe('what we send of a logout', () => {
  const urlOf = (message: OutboundMessage | undefined): string =>
    message?.binding === 'HTTP-Redirect' ? message.url : '';
  const read = (url: string, kind: string): Element => {
    const { searchParams } = new URL(url);
    return parseXml(inflateRawSync(Buffer.from(searchParams.get(kind) ?? '', 'base64')).toString());
  };
  const isSigned = (url: string): boolean => {
    const [signed = '', signature = ''] = url.slice(url.indexOf('SAML')).split('&Signature=');
    const verifier = createVerify('sha256').update(signed);
    return verifier.verify(keys.idp.certificate, Buffer.from(decodeURIComponent(signature), 'base64'));
  };

  it('names the person as the IdP does, and is signed', () => {
    const from = { ...connection, idpSloUrl: 'https://idp.example/slo?x=1', signing: keys.idp };
    const subject = { nameId: 'R&D', attributes: { Format: 'urn:f', SPNameQualifier: 'a"b' }, sessionIndex: '_s' };
    const url = urlOf(logoutRequest(from, subject, new Date()));
    expect(url).toMatch(/^https:\/\/idp\.example\/slo\?x=1&SAMLRequest=/);
    expect(isSigned(url)).toBe(true);
    const message = read(url, 'SAMLRequest');
    expect(attributeOf(message, 'Destination')).toBe('https://idp.example/slo?x=1');
    const [nameId] = Array.from(message.getElementsByTagName('saml:NameID'));
    expect([nameId?.textContent, nameId?.getAttribute('Format'), nameId?.getAttribute('SPNameQualifier')]).toEqual([
      'R&D',
      'urn:f',
      'a"b',
    ]);
    expect(message.textContent).toContain('_s');
  });

  it('answers a request with its RelayState, where the IdP takes answers', () => {
    const answer = { id: '_1', relayState: 'a b' };
    const to = { ...connection, idpSloResponseUrl: 'https://idp.example/done', signing: keys.idp };
    const url = urlOf(logoutResponse(to, answer, new Date()));
    expect(isSigned(url)).toBe(true);
    expect(new URL(url).searchParams.get('RelayState')).toBe('a b');
    expect(attributeOf(read(url, 'SAMLResponse'), 'InResponseTo')).toBe('_1');
    expect(logoutResponse(connection, answer, new Date())).toBeUndefined();
  });

  it('is what we would take ourselves', () => {
    const idp = { ...connection, idpSloUrl: connection.sloUrl, signing: keys.idp, entityId: connection.idpEntityId };
    const url = urlOf(logoutRequest(idp, { nameId: 'ada', attributes: {} }, new Date()));
    expect(verdictOf(redirect(url.split('?')[1] ?? ''))).toMatchObject({ kind: 'request', nameId: 'ada' });
  });

  it.each<[string, (from: SamlConnection) => OutboundMessage | undefined, object]>([
    [
      'a request',
      (from) => logoutRequest(from, { nameId: 'R&D', attributes: {}, sessionIndex: '_s' }, new Date()),
      { kind: 'request', nameId: 'R&D', sessionIndexes: ['_s'] },
    ],
    [
      'an answer',
      (from) => logoutResponse(from, { id: '_1', relayState: 'a b' }, new Date()),
      { kind: 'response', relayState: 'a b' },
    ],
  ])('goes by a form that is signed inside to an IdP that takes forms only: %s', (_, write, expected) => {
    const idp = {
      ...connection,
      idpSloUrl: connection.sloUrl,
      idpSloResponseUrl: connection.sloUrl,
      idpSloBinding: 'HTTP-POST',
    } as const;
    const message = write({ ...idp, signing: keys.idp, entityId: connection.idpEntityId });
    if (message?.binding !== 'HTTP-POST') throw new Error('This is no form.');
    expect(message.action).toBe(connection.sloUrl);
    expect(verdictOf(post(message.fields))).toMatchObject(expected);
    const other = write({ ...idp, signing: keys.attacker, entityId: connection.idpEntityId });
    expect(verdictOf(post(other?.binding === 'HTTP-POST' ? other.fields : {}))).toBe('signature_invalid');
  });
});
