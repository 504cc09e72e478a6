import { beforeAll, describe, expect, it } from '@jest/globals';
import { deflateRawSync } from 'node:zlib';
import * as forge from '../test-kit/forge-response.js';
import { testConnection, testKeys, TestRequests } from '../test-kit/test-connection.js';
import { WRAPPED_BY, WRAPPINGS } from '../test-kit/wrap-signature.js';
import type { SigningKey } from './create-signing-key.js';
import { LoginRequests, type SamlConnection } from './saml-connection.js';
import type { SamlRefusalCode } from './saml-refused.js';
import { verifyLoginResponse, type LoginVerdict } from './verify-login-response.js';

class BrokenRequests extends LoginRequests {
  lookUpRequest(): Promise<Date | null> {
    return Promise.reject(new Error('the database is down'));
  }
}

const REQUEST = '_request';
const SAML = 'urn:oasis:names:tc:SAML';
const PASSWORD = `${SAML}:2.0:ac:classes:PasswordProtectedTransport`;
let keys: { idp: SigningKey; attacker: SigningKey };
let requests: TestRequests;

beforeAll(async () => {
  keys = await testKeys();
});

describe.each(WRAPPED_BY)('with %s signed', (wantSigned) => {
  let connection: SamlConnection;

  beforeAll(() => {
    connection = testConnection(keys.idp.certificate, wantSigned);
    requests = new TestRequests();
    requests.add(connection.id, REQUEST);
    requests.add(connection.id, '_late', new Date(Date.now() - 601_000));
    requests.add('another connection', '_elsewhere');
  });

  const verify = (body: unknown): Promise<LoginVerdict> => verifyLoginResponse({ connection, body, requests });
  const made = (changes: Partial<forge.ResponseParts> = {}, options?: forge.SigningOptions): string =>
    forge.forgeResponse({ ...forge.goodParts(connection, REQUEST), ...changes }, wantSigned, keys.idp, options);
  /** The same good login each time, where nothing but its text is changed: signing takes longest. */
  let plain: string | undefined;
  const good = (...given: Parameters<typeof made>): string => (given.length > 0 ? made(...given) : (plain ??= made()));
  const codeOf = async (body: unknown): Promise<SamlRefusalCode | 'accepted'> => {
    const verdict = await verify(body);
    return verdict.ok ? 'accepted' : verdict.code;
  };
  const subject = (changes: Parameters<typeof forge.subjectXml>[2]): Partial<forge.ResponseParts> => ({
    subject: forge.subjectXml(connection, REQUEST, changes),
  });

  it('accepts a good login and says who it is', async () => {
    expect(await verify(forge.formOf(good()))).toMatchObject({
      ok: true,
      login: {
        nameId: 'ada',
        issuer: 'urn:test:idp',
        inResponseTo: REQUEST,
        sessionIndex: '_session',
        attributes: { email: ['ada@example.com'] },
      },
    });
  });

  it.each<[string, () => string]>([
    [
      'more signatures than asked for',
      () => forge.forgeResponse(forge.goodParts(connection, REQUEST), 'both', keys.idp),
    ],
    [
      'SHA-512',
      () =>
        good(
          {},
          {
            signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
            digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha512',
          },
        ),
    ],
    ['an XML declaration', () => `<?xml version="1.0" encoding="UTF-8"?>\n${good()}`],
    ['no attributes at all', () => good({ attributes: '' })],
    [
      'one of several audiences',
      () =>
        good({
          conditions: `<saml:Conditions NotOnOrAfter="${forge.inSeconds(300)}">${forge.audienceXml('urn:other', connection.entityId)}</saml:Conditions>`,
        }),
    ],
    [
      'a clock that is a little ahead',
      () => good({ issueInstant: forge.inSeconds(30), assertionIssueInstant: forge.inSeconds(30) }),
    ],
    [
      'conditions that begin in a moment, as AD FS’s clock has it',
      () => good({ conditions: forge.conditionsXml(connection.entityId, { NotBefore: forge.inSeconds(30) }) }),
    ],
    [
      'a one-time use condition',
      () => good({ conditions: forge.conditionsXml(connection.entityId, { more: '<saml:OneTimeUse/>' }) }),
    ],
    [
      'an ampersand in a value',
      () =>
        good({
          attributes:
            '<saml:AttributeStatement><saml:Attribute Name="o"><saml:AttributeValue>R&amp;D</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>',
        }),
    ],
  ])('accepts %s', async (_, xml) => expect(await codeOf(forge.formOf(xml()))).toBe('accepted'));

  it('accepts base64 that is wrapped as RFC 2045 allows', async () => {
    const { SAMLResponse } = forge.formOf(good());
    expect(await codeOf({ SAMLResponse: SAMLResponse.replace(/.{76}/g, '$&\r\n') })).toBe('accepted');
  });

  it.each([
    ['ends of lines of old', (text: string) => text.replace(/.{76}/g, '$&\r')],
    ['long lines', (text: string) => text.replace(/.{1000}/g, '$&\n')],
    ['an empty line before and after', (text: string) => `\r\n${text}\n\n`],
  ])('S3: accepts base64 with %s', async (_, write) => {
    expect(await codeOf({ SAMLResponse: write(forge.formOf(good()).SAMLResponse) })).toBe('accepted');
  });

  it('remembers an assertion for as long as it could come again, however long the IdP says that it is valid', async () => {
    const forever = '9999-12-31T23:59:59Z';
    const conditions = forge.conditionsXml(connection.entityId, { NotOnOrAfter: forever });
    const verdict = await verify(forge.formOf(good({ ...subject({ NotOnOrAfter: forever }), conditions })));
    if (!verdict.ok) throw new Error(verdict.reason);
    expect(verdict.login.rememberUntil.getTime() - Date.now()).toBeLessThanOrEqual(660_000);
  });

  it.each<[string, Partial<SamlConnection>, () => Partial<forge.ResponseParts>, string]>([
    ['another way of logging in than asked for', { authnContext: ['urn:mfa'] }, () => ({}), 'authn_context_unmet'],
    ['the way of logging in that is asked for', { authnContext: ['urn:mfa', PASSWORD] }, () => ({}), 'accepted'],
    [
      'a login of before where a new one is asked for',
      { forceAuthn: true },
      () => ({ authnStatement: forge.authnStatementXml({ AuthnInstant: forge.inSeconds(-3600) }) }),
      'login_not_fresh',
    ],
    ['a new login where that is asked for', { forceAuthn: true }, () => ({}), 'accepted'],
    [
      'no request where logins may begin at the IdP',
      { idpInitiated: true },
      () => ({ inResponseTo: '', ...subject({ InResponseTo: undefined }) }),
      'accepted',
    ],
    [
      'an assertion that answers another’s request',
      { idpInitiated: true },
      () => ({ inResponseTo: '', ...subject({ InResponseTo: '_other' }) }),
      'request_unknown',
    ],
    [
      'a request that is unknown, also where none is needed',
      { idpInitiated: true },
      () => ({ inResponseTo: '_never', ...subject({ InResponseTo: '_never' }) }),
      'request_unknown',
    ],
    ['the certificate of before only', { certificates: [] }, () => ({}), 'signature_invalid'],
  ])('with %s is as the connection says', async (_, settings, changes, code) => {
    const verdict = await verifyLoginResponse({
      connection: { ...connection, ...settings },
      body: forge.formOf(good(changes())),
      requests,
    });
    expect(verdict.ok ? 'accepted' : verdict.code).toBe(code);
  });

  it('accepts the second certificate while the IdP rolls over', async () => {
    connection = { ...connection, certificates: [keys.attacker.certificate, keys.idp.certificate] };
    expect(await codeOf(forge.formOf(good()))).toBe('accepted');
    connection = { ...connection, certificates: [keys.idp.certificate] };
  });

  describe('refuses what was posted when it is', () => {
    it.each<[string, () => unknown, SamlRefusalCode]>([
      ['nothing', () => undefined, 'body_malformed'],
      ['an empty form', () => ({}), 'body_malformed'],
      ['an empty value', () => ({ SAMLResponse: '' }), 'body_malformed'],
      ['the value twice', () => ({ SAMLResponse: [forge.formOf(good()).SAMLResponse, 'x'] }), 'body_malformed'],
      ['an object', () => ({ SAMLResponse: { length: 1 } }), 'body_malformed'],
      ['RelayState twice', () => ({ ...forge.formOf(good()), RelayState: ['/a', '/b'] }), 'body_malformed'],
      ['a request', () => ({ SAMLRequest: 'x' }), 'not_a_login_response'],
      ['a request beside the response', () => ({ ...forge.formOf(good()), SAMLRequest: 'x' }), 'not_a_login_response'],
      ['no base64', () => ({ SAMLResponse: '<samlp:Response/>' }), 'body_malformed'],
      [
        'base64 with a stray character',
        () => ({
          SAMLResponse: `${forge.formOf(good()).SAMLResponse.slice(0, 40)}!${forge.formOf(good()).SAMLResponse.slice(40)}`,
        }),
        'body_malformed',
      ],
      [
        'base64 for URLs',
        () => ({ SAMLResponse: Buffer.from(`${good()}???>>>`).toString('base64url') }),
        'body_malformed',
      ],
      ['base64 broken by a blank', () => ({ SAMLResponse: ` ${forge.formOf(good()).SAMLResponse}` }), 'body_malformed'],
      ['deflated', () => ({ SAMLResponse: deflateRawSync(good()).toString('base64') }), 'xml_malformed'],
      ['no UTF-8', () => ({ SAMLResponse: Buffer.from(good(), 'utf16le').toString('base64') }), 'xml_malformed'],
      ['too large', () => ({ SAMLResponse: Buffer.alloc(300_000, 'a').toString('base64') }), 'message_too_large'],
      ['text', () => forge.formOf('hello'), 'xml_malformed'],
    ])('%s', async (_, body, code) => expect(await codeOf(body())).toBe(code));
  });

  describe('refuses XML with', () => {
    const inNameId = (inserted: string) => (): string => good().replace('>ada<', `>ada${inserted}<`);
    it.each<[string, () => string, SamlRefusalCode]>([
      ['a comment in the NameID', inNameId('<!-- -->.evil'), 'xml_malformed'],
      ['a processing instruction', inNameId('<?x y?>'), 'xml_malformed'],
      ['a CDATA section', inNameId('<![CDATA[x]]>'), 'xml_malformed'],
      ['a document type', () => `<!DOCTYPE r [<!ENTITY x "y">]>${good()}`, 'xml_malformed'],
      ['a document type after the declaration', () => `<?xml version="1.0"?><!DOCTYPE r>${good()}`, 'xml_malformed'],
      ['an external entity', () => `<!DOCTYPE r SYSTEM "file:///etc/passwd">${good()}`, 'xml_malformed'],
      ['an undeclared entity', inNameId('&evil;'), 'xml_malformed'],
      ['an escaped control character', inNameId('&#0;'), 'xml_malformed'],
      ['another encoding', () => `<?xml version="1.0" encoding="UTF-7"?>${good()}`, 'xml_malformed'],
      ['a byte order mark', () => `\ufeff${good()}`, 'xml_malformed'],
      ['two roots', () => good() + good(), 'xml_malformed'],
      ['something after the root', () => `${good()}evil`, 'xml_malformed'],
      ['a second end of the root', () => `${good()}</samlp:Response>`, 'xml_malformed'],
      ['text before the root', () => `evil${good()}`, 'xml_malformed'],
      ['an unclosed element', () => good().slice(0, -5), 'xml_malformed'],
      ['a repeated attribute', () => good().replace(' Version="2.0"', ' Version="2.0" Version="2.0"'), 'xml_malformed'],
      ['an unquoted attribute', () => good().replace('Version="2.0"', 'Version=2.0'), 'xml_malformed'],
      ['an unbound prefix', () => good().replace('xmlns:samlp=', 'xmlns:other='), 'xml_malformed'],
      ['the same ID twice', () => good().replace('<saml:Subject>', '<saml:Subject ID="_x" Id="_x">'), 'xml_malformed'],
      ['an ID that is no name', () => good({ responseId: "_' or '1'='1" }).replaceAll('&apos;', "'"), 'xml_malformed'],
      [
        'too many elements',
        () => good().replace('</samlp:Response>', `${'<a/>'.repeat(2500)}</samlp:Response>`),
        'message_too_large',
      ],
      [
        'too much depth',
        () => good().replace('</samlp:Response>', `${'<a>'.repeat(60)}${'</a>'.repeat(60)}</samlp:Response>`),
        'message_too_large',
      ],
      ['very much depth', () => '<a>'.repeat(30_000) + '</a>'.repeat(30_000), 'message_too_large'],
    ])('%s', async (_, xml, code) => expect(await codeOf(forge.formOf(xml()))).toBe(code));
  });

  describe('refuses, although everything is signed,', () => {
    const status = (value: string, nested = ''): Partial<forge.ResponseParts> => ({
      status: forge.element(
        'samlp:Status',
        {},
        forge.element('samlp:StatusCode', { Value: `${SAML}:2.0:status:${value}` }, nested),
      ),
    });
    const issuer = (name: string, format?: string): string => forge.element('saml:Issuer', { Format: format }, name);
    it.each<[string, () => Partial<forge.ResponseParts>, SamlRefusalCode]>([
      ['another version', () => ({ version: '1.1' }), 'response_malformed'],
      ['another destination', () => ({ destination: 'https://other.example/acs' }), 'wrong_destination'],
      [
        'a destination that only begins like ours',
        () => ({ destination: `${connection.acsUrl}/x` }),
        'wrong_destination',
      ],
      ['another issuer of the response', () => ({ responseIssuer: issuer('urn:evil') }), 'wrong_issuer'],
      ['two issuers of the response', () => ({ responseIssuer: issuer('urn:test:idp').repeat(2) }), 'wrong_issuer'],
      [
        'an issuer of another format',
        () => ({ responseIssuer: issuer('urn:test:idp', `${SAML}:1.1:nameid-format:emailAddress`) }),
        'wrong_issuer',
      ],
      ['another issuer of the assertion', () => ({ assertionIssuer: issuer('urn:evil') }), 'wrong_issuer'],
      ['an issuer with blanks', () => ({ assertionIssuer: issuer(' urn:test:idp') }), 'wrong_issuer'],
      ['a failed status with an assertion', () => status('Responder'), 'status_not_success'],
      [
        'a status that only ends in success',
        () => status('Responder', '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>'),
        'status_not_success',
      ],
      [
        'NoPassive',
        () => status('Responder', `<samlp:StatusCode Value="${SAML}:2.0:status:NoPassive"/>`),
        'status_not_success',
      ],
      ['no status', () => ({ status: '' }), 'status_not_success'],
      [
        'a part that no response has',
        () => ({ status: '<samlp:Evil/><samlp:Status><samlp:StatusCode Value="x"/></samlp:Status>' }),
        'response_malformed',
      ],
      ['a response of the future', () => ({ issueInstant: forge.inSeconds(120) }), 'not_yet_valid'],
      ['an old response', () => ({ issueInstant: forge.inSeconds(-700) }), 'expired'],
      ['a time that is none', () => ({ issueInstant: 'yesterday' }), 'response_malformed'],
      [
        'a time of another zone',
        () => ({ issueInstant: forge.inSeconds(0).replace('Z', '+00:00') }),
        'response_malformed',
      ],
      ['no request', () => ({ inResponseTo: '' }), 'request_missing'],
      ['an unknown request', () => ({ inResponseTo: '_never' }), 'request_unknown'],
      ['the request of another connection', () => ({ inResponseTo: '_elsewhere' }), 'request_unknown'],
      ['a request of too long ago', () => ({ inResponseTo: '_late' }), 'request_expired'],
      [
        'an assertion for another request',
        () => ({ subject: forge.subjectXml(connection, '_other') }),
        'request_unknown',
      ],
      ['an assertion for no request', () => subject({ InResponseTo: undefined }), 'request_unknown'],
      ['another recipient', () => subject({ Recipient: 'https://other.example/acs' }), 'wrong_recipient'],
      ['no recipient', () => subject({ Recipient: undefined }), 'wrong_recipient'],
      ['a confirmation that has expired', () => subject({ NotOnOrAfter: forge.inSeconds(-61) }), 'expired'],
      ['a confirmation without an end', () => subject({ NotOnOrAfter: undefined }), 'subject_malformed'],
      ['a confirmation with a beginning', () => subject({ NotBefore: forge.inSeconds(-10) }), 'subject_malformed'],
      ['a holder of a key', () => subject({ method: `${SAML}:2.0:cm:holder-of-key` }), 'subject_malformed'],
      [
        'no confirmation',
        () => ({ subject: '<saml:Subject><saml:NameID>ada</saml:NameID></saml:Subject>' }),
        'subject_malformed',
      ],
      [
        'a confirmation without data',
        () => ({
          subject: `<saml:Subject><saml:NameID>ada</saml:NameID><saml:SubjectConfirmation Method="${SAML}:2.0:cm:bearer"/></saml:Subject>`,
        }),
        'subject_malformed',
      ],
      ['no subject', () => ({ subject: '' }), 'subject_malformed'],
      ['two subjects', () => ({ subject: forge.subjectXml(connection, REQUEST).repeat(2) }), 'subject_malformed'],
      ['no NameID', () => subject({ nameId: '' }), 'subject_malformed'],
      [
        'an attribute called nameID in its place',
        () => ({
          ...subject({ nameId: '' }),
          attributes:
            '<saml:AttributeStatement><saml:Attribute Name="nameID"><saml:AttributeValue>admin</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>',
        }),
        'subject_malformed',
      ],
      [
        'two NameIDs',
        () => subject({ nameId: '<saml:NameID>ada</saml:NameID><saml:NameID>admin</saml:NameID>' }),
        'subject_malformed',
      ],
      ['an empty NameID', () => subject({ nameId: '<saml:NameID></saml:NameID>' }), 'subject_malformed'],
      ['a padded NameID', () => subject({ nameId: '<saml:NameID> ada</saml:NameID>' }), 'subject_malformed'],
      [
        'a NameID with an invisible character',
        () => subject({ nameId: '<saml:NameID>a\u200bda</saml:NameID>' }),
        'subject_malformed',
      ],
      ['a NameID of two lines', () => subject({ nameId: '<saml:NameID>ada&#10;x</saml:NameID>' }), 'subject_malformed'],
      [
        'a NameID with an element',
        () => subject({ nameId: '<saml:NameID>ada<x/>min</saml:NameID>' }),
        'subject_malformed',
      ],
      [
        'a NameID of 257 characters',
        () => subject({ nameId: `<saml:NameID>${'a'.repeat(257)}</saml:NameID>` }),
        'subject_malformed',
      ],
      [
        'a NameID for another service',
        () => subject({ nameId: '<saml:NameID SPNameQualifier="urn:other">ada</saml:NameID>' }),
        'subject_malformed',
      ],
      ['an EncryptedID', () => subject({ nameId: '<saml:EncryptedID/>' }), 'subject_encrypted'],
      ['no conditions', () => ({ conditions: '' }), 'conditions_malformed'],
      [
        'two conditions',
        () => ({ conditions: forge.conditionsXml(connection.entityId).repeat(2) }),
        'conditions_malformed',
      ],
      [
        'a condition nobody knows',
        () => ({ conditions: forge.conditionsXml(connection.entityId, { more: '<saml:Condition/>' }) }),
        'conditions_malformed',
      ],
      [
        'conditions without an end',
        () => ({ conditions: forge.conditionsXml(connection.entityId).replace(/ NotOnOrAfter="[^"]*"/, '') }),
        'conditions_malformed',
      ],
      ['another audience', () => ({ conditions: forge.conditionsXml('urn:other') }), 'wrong_audience'],
      [
        'no audience',
        () => ({
          conditions: forge.conditionsXml(connection.entityId).replace(/<saml:Audience>.*<\/saml:Audience>/, ''),
        }),
        'wrong_audience',
      ],
      [
        'no restriction',
        () => ({
          conditions: forge
            .conditionsXml(connection.entityId)
            .replace(/<saml:AudienceRestriction>.*<\/saml:AudienceRestriction>/, ''),
        }),
        'wrong_audience',
      ],
      [
        'a second restriction that excludes us',
        () => ({ conditions: forge.conditionsXml(connection.entityId, { more: forge.audienceXml('urn:other') }) }),
        'wrong_audience',
      ],
      [
        'conditions that have not begun',
        () => ({ conditions: forge.conditionsXml(connection.entityId, { NotBefore: forge.inSeconds(61) }) }),
        'not_yet_valid',
      ],
      [
        'conditions that have ended',
        () => ({ conditions: forge.conditionsXml(connection.entityId, { NotOnOrAfter: forge.inSeconds(-61) }) }),
        'expired',
      ],
      ['an assertion of the future', () => ({ assertionIssueInstant: forge.inSeconds(120) }), 'not_yet_valid'],
      ['an old assertion', () => ({ assertionIssueInstant: forge.inSeconds(-700) }), 'expired'],
      ['no AuthnStatement', () => ({ authnStatement: '' }), 'assertion_malformed'],
      [
        'an AuthnStatement without a context',
        () => ({ authnStatement: `<saml:AuthnStatement AuthnInstant="${forge.inSeconds(0)}"/>` }),
        'assertion_malformed',
      ],
      [
        'a login of the future',
        () => ({ authnStatement: forge.authnStatementXml({ AuthnInstant: forge.inSeconds(120) }) }),
        'not_yet_valid',
      ],
      [
        'a session that has ended',
        () => ({ authnStatement: forge.authnStatementXml({ SessionNotOnOrAfter: forge.inSeconds(-61) }) }),
        'session_expired',
      ],
      ['a decision statement', () => ({ attributes: '<saml:AuthzDecisionStatement/>' }), 'assertion_malformed'],
    ])('%s', async (_, changes, code) => expect(await codeOf(forge.formOf(good(changes())))).toBe(code));
  });

  describe('F15: of several confirmations and statements', () => {
    const confirmation = (changes: Readonly<Record<string, string | undefined>> = {}): string =>
      /<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/s.exec(
        forge.subjectXml(connection, REQUEST, changes),
      )?.[0] ?? '';
    const confirmedBy = (...confirmations: readonly string[]): Partial<forge.ResponseParts> => ({
      subject: forge.element('saml:Subject', {}, `<saml:NameID>ada</saml:NameID>${confirmations.join('')}`),
    });
    const stated = (
      ...given: readonly Readonly<Record<string, string | undefined>>[]
    ): Partial<forge.ResponseParts> => ({
      authnStatement: given.map((attributes) => forge.authnStatementXml(attributes)).join(''),
    });
    const elsewhere = { Recipient: 'https://other.example/acs' };
    const vouched = { method: `${SAML}:2.0:cm:sender-vouches` };
    const ended = { NotOnOrAfter: forge.inSeconds(-100) };
    it.each<[string, () => Partial<forge.ResponseParts>, string]>([
      ['a bearer and a sender-vouches', () => confirmedBy(confirmation(), confirmation(vouched)), 'accepted'],
      ['a sender-vouches and a bearer', () => confirmedBy(confirmation(vouched), confirmation()), 'accepted'],
      ['two good bearers', () => confirmedBy(confirmation(), confirmation()), 'accepted'],
      ['a bearer of another service and ours', () => confirmedBy(confirmation(elsewhere), confirmation()), 'accepted'],
      [
        'one of another request and ours',
        () => confirmedBy(confirmation({ InResponseTo: '_x' }), confirmation()),
        'accepted',
      ],
      ['one that has ended and ours', () => confirmedBy(confirmation(ended), confirmation()), 'accepted'],
      [
        'one without data and ours',
        () => confirmedBy(`<saml:SubjectConfirmation Method="${SAML}:2.0:cm:bearer"/>`, confirmation()),
        'accepted',
      ],
      ['a foreign bearer only', () => confirmedBy(confirmation(elsewhere), confirmation(elsewhere)), 'wrong_recipient'],
      [
        'a foreign bearer beside our recipient by another method',
        () => confirmedBy(confirmation(elsewhere), confirmation(vouched)),
        'wrong_recipient',
      ],
      [
        'the recipient of one and the request of another',
        () => confirmedBy(confirmation({ InResponseTo: '_x' }), confirmation(elsewhere)),
        'request_unknown',
      ],
      [
        'the recipient of one and the end of another',
        () => confirmedBy(confirmation(ended), confirmation(elsewhere)),
        'expired',
      ],
      ['no bearer', () => confirmedBy(confirmation(vouched), confirmation(vouched)), 'subject_malformed'],
      ['two good statements', () => stated({}, {}), 'accepted'],
      [
        'a statement of a session that is over and a good one',
        () => stated({ SessionNotOnOrAfter: forge.inSeconds(-100) }, {}),
        'accepted',
      ],
      [
        'two statements of sessions that are over',
        () => stated({ SessionNotOnOrAfter: forge.inSeconds(-100) }, { SessionNotOnOrAfter: forge.inSeconds(-90) }),
        'session_expired',
      ],
      [
        'two statements of the future',
        () => stated({ AuthnInstant: forge.inSeconds(120) }, { AuthnInstant: forge.inSeconds(130) }),
        'not_yet_valid',
      ],
    ])('%s: %#', async (_, changes, code) => expect(await codeOf(forge.formOf(made(changes())))).toBe(code));

    it('what is asked of a login stands in one statement, never the one half in each', async () => {
      const old = { AuthnInstant: forge.inSeconds(-3600) };
      const strong = forge.authnStatementXml(old).replace(PASSWORD, 'urn:mfa');
      const xml = made({ authnStatement: strong + forge.authnStatementXml() });
      const asked = { ...connection, forceAuthn: true, authnContext: ['urn:mfa'] };
      const verdict = await verifyLoginResponse({ connection: asked, body: forge.formOf(xml), requests });
      expect(verdict).toMatchObject({ ok: false, code: 'login_not_fresh' });
      const both = made({ authnStatement: strong + forge.authnStatementXml().replace(PASSWORD, 'urn:mfa') });
      expect(await verifyLoginResponse({ connection: asked, body: forge.formOf(both), requests })).toMatchObject({
        ok: true,
      });
    });

    it('has the session of the statement that holds, and no index where there are several', async () => {
      const until = forge.inSeconds(3600);
      const over = { SessionNotOnOrAfter: forge.inSeconds(-100), SessionIndex: '_a' };
      const one = await verify(forge.formOf(made(stated(over, { SessionNotOnOrAfter: until, SessionIndex: '_b' }))));
      expect(one).toMatchObject({ ok: true, login: { sessionNotOnOrAfter: new Date(until) } });
      expect(one.ok && one.login.sessionIndex).toBeUndefined();
      expect(await verify(forge.formOf(made(stated({}, {}))))).toMatchObject({ login: { sessionIndex: '_session' } });
    });
  });

  describe('F20: where the Response is not signed', () => {
    const unsigned = (changes: Partial<forge.ResponseParts>): Promise<string> =>
      codeOf(
        forge.formOf(
          forge.forgeResponse({ ...forge.goodParts(connection, REQUEST), ...changes }, 'assertion', keys.idp),
        ),
      );
    const expected = (code: string): string => (wantSigned === 'assertion' ? code : 'response_not_signed');
    it.each<[string, Partial<forge.ResponseParts>, string]>([
      ['no Destination is needed', { destination: '' }, 'accepted'],
      ['no Issuer is needed', { responseIssuer: '' }, 'accepted'],
      ['neither is needed', { destination: '', responseIssuer: '' }, 'accepted'],
    ])('%s', async (_, changes, code) => expect(await unsigned(changes)).toBe(expected(code)));

    it.each<[string, Partial<forge.ResponseParts>, string]>([
      ['another Destination', { destination: 'https://other.example/' }, 'wrong_destination'],
      ['another Issuer', { responseIssuer: '<saml:Issuer>urn:evil</saml:Issuer>' }, 'wrong_issuer'],
      ['an empty Issuer', { responseIssuer: '<saml:Issuer></saml:Issuer>' }, 'wrong_issuer'],
      ['two Issuers', { responseIssuer: '<saml:Issuer>urn:test:idp</saml:Issuer>'.repeat(2) }, 'wrong_issuer'],
    ])('%s is refused', async (_, changes, code) => expect(await unsigned(changes)).toBe(code));

    it('a Response that is signed has both', async () => {
      const signed = (changes: Partial<forge.ResponseParts>): Promise<string> =>
        codeOf(
          forge.formOf(forge.forgeResponse({ ...forge.goodParts(connection, REQUEST), ...changes }, 'both', keys.idp)),
        );
      expect(await signed({ destination: '' })).toBe('wrong_destination');
      const xml = forge.forgeResponse(forge.goodParts(connection, REQUEST), 'both', keys.idp);
      expect(await codeOf(forge.formOf(xml.replace('<saml:Issuer>urn:test:idp</saml:Issuer>', '')))).toBe(
        'wrong_issuer',
      );
    });
  });

  it.each<[string, () => Partial<forge.ResponseParts>]>([
    ['Audience', () => ({ conditions: forge.conditionsXml(`\n      ${connection.entityId}\n    `) })],
    [
      'AuthnContextClassRef',
      () => ({ authnStatement: forge.authnStatementXml().replace(PASSWORD, `\n  ${PASSWORD}\n`) }),
    ],
    ['Method', () => subject({ method: ` ${SAML}:2.0:cm:bearer ` })],
    [
      'StatusCode',
      () => ({ status: `<samlp:Status><samlp:StatusCode Value=" ${SAML}:2.0:status:Success "/></samlp:Status>` }),
    ],
  ])('F21: white space around the URI of %s is nothing', async (_, changes) => {
    const asked = { ...connection, authnContext: [PASSWORD] };
    const verdict = await verifyLoginResponse({ connection: asked, body: forge.formOf(made(changes())), requests });
    expect(verdict.ok ? 'accepted' : verdict.code).toBe('accepted');
  });

  it.each([
    ['a joiner between letters that need it', 'क्\u200dष', 'accepted'],
    ['a non-joiner between Arabic letters', 'می\u200cخواهم', 'accepted'],
    ['a joiner where nobody sees it', 'a\u200dda', 'subject_malformed'],
    ['a joiner at the end', 'क्\u200d', 'subject_malformed'],
    ['two joiners', 'क्\u200d\u200dष', 'subject_malformed'],
    ['a soft hyphen', 'क्\u00adष', 'subject_malformed'],
  ])('a NameID with %s', async (_, nameId, code) =>
    expect(await codeOf(forge.formOf(made(subject({ nameId: `<saml:NameID>${nameId}</saml:NameID>` }))))).toBe(code),
  );

  it('F21: an empty qualifier of the NameID is none', async () =>
    expect(
      await codeOf(forge.formOf(made(subject({ nameId: '<saml:NameID SPNameQualifier="">ada</saml:NameID>' })))),
    ).toBe('accepted'));

  it('F22: a status is told with its second code, and with the IdP’s words apart, cut', async () => {
    const nested = `<samlp:StatusCode Value="${SAML}:2.0:status:Responder"><samlp:StatusCode Value="${SAML}:2.0:status:AuthnFailed"/></samlp:StatusCode>`;
    const message = `<samlp:StatusMessage>\n Locked:  &lt;ada&gt; ${'x'.repeat(500)}</samlp:StatusMessage>`;
    const verdict = await verify(forge.formOf(made({ status: `<samlp:Status>${nested}${message}</samlp:Status>` })));
    expect(verdict).toMatchObject({
      ok: false,
      code: 'status_not_success',
      reason: expect.stringMatching(/Responder \/ urn:\S*AuthnFailed$/),
    });
    expect(verdict).toMatchObject({ detail: expect.stringMatching(/^Locked: <ada> x+…$/) });
    expect(verdict.ok || verdict.detail?.length).toBe(201);
  });

  describe('refuses the assertions', () => {
    const assembled = (content: (parts: forge.ResponseParts) => string): string => {
      const parts = forge.goodParts(connection, REQUEST);
      return forge.signElement(forge.responseXml(parts, content(parts)), parts.responseId, keys.idp);
    };
    const signedAssertion = (parts: forge.ResponseParts): string =>
      forge.signElement(forge.assertionXml(parts), parts.assertionId, keys.idp);
    it.each<[string, () => string, SamlRefusalCode]>([
      ['none', () => assembled(() => ''), 'assertion_count'],
      [
        'two',
        () => assembled((parts) => signedAssertion(parts) + signedAssertion({ ...parts, assertionId: '_second' })),
        'assertion_count',
      ],
      [
        'one that is not a direct child',
        () => assembled((parts) => `<samlp:Extensions>${signedAssertion(parts)}</samlp:Extensions>`),
        'assertion_count',
      ],
      [
        'encrypted garbage',
        () => assembled(() => '<saml:EncryptedAssertion><x>Z2FyYmFnZQ==</x></saml:EncryptedAssertion>'),
        'assertion_encrypted',
      ],
      [
        'an encrypted one beside a plain one',
        () => assembled((parts) => `${signedAssertion(parts)}<saml:EncryptedAssertion/>`),
        'assertion_count',
      ],
    ])('%s', async (_, xml, code) => expect(await codeOf(forge.formOf(xml()))).toBe(code));

    it.each(['LogoutResponse', 'LogoutRequest', 'ArtifactResponse', 'AuthnRequest'])('in a signed %s', async (name) => {
      const parts = forge.goodParts(connection, REQUEST);
      const xml = forge.responseXml(parts, signedAssertion(parts)).replaceAll('samlp:Response', `samlp:${name}`);
      expect(await codeOf(forge.formOf(forge.signElement(xml, parts.responseId, keys.idp)))).toBe(
        'not_a_login_response',
      );
    });

    it('in a Response of another namespace', async () => {
      const xml = good()
        .replaceAll('samlp:', 'x:')
        .replace('xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"', 'xmlns:x="urn:x"');
      expect(await codeOf(forge.formOf(xml))).toBe('not_a_login_response');
    });
  });

  describe('refuses the signature', () => {
    const parts = (): forge.ResponseParts => forge.goodParts(connection, REQUEST);
    const notSigned: readonly SamlRefusalCode[] = ['response_not_signed', 'assertion_not_signed'];
    const tampered = (find: string | RegExp, put: string) => (): string => good().replace(find, put);
    it.each<[string, () => string, readonly SamlRefusalCode[]]>([
      ['that is missing', () => forge.forgeResponse(parts(), 'none', keys.idp), notSigned],
      ['of another key', () => forge.forgeResponse(parts(), wantSigned, keys.attacker), ['signature_invalid']],
      [
        'of another key on what need not be signed',
        () => {
          const forged = { ...parts() };
          const inner =
            wantSigned === 'response'
              ? forge.signElement(forge.assertionXml(forged), forged.assertionId, keys.attacker)
              : forge.signElement(forge.assertionXml(forged), forged.assertionId, keys.idp);
          return forge.signElement(
            forge.responseXml(forged, inner),
            forged.responseId,
            wantSigned === 'response' ? keys.idp : keys.attacker,
          );
        },
        ['signature_invalid'],
      ],
      ['after a change of the person', tampered('>ada<', '>admin<'), ['signature_invalid']],
      ['after a change of an attribute', tampered('ada@example.com', 'admin@example.com'), ['signature_invalid']],
      ['without its value', tampered(/<ds:SignatureValue>[^<]*</, '<ds:SignatureValue><'), ['signature_malformed']],
      ['with another value', tampered(/<ds:SignatureValue>..../, '<ds:SignatureValue>AAAA'), ['signature_invalid']],
      [
        'with SHA-1',
        () => good({}, { signatureAlgorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' }),
        ['signature_algorithm'],
      ],
      [
        'with a SHA-1 digest',
        () => good({}, { digestAlgorithm: 'http://www.w3.org/2000/09/xmldsig#sha1' }),
        ['signature_algorithm'],
      ],
      [
        'that says HMAC',
        tampered('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'),
        ['signature_algorithm'],
      ],
      [
        'with inclusive canonicalisation',
        () => good({}, { canonicalization: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315' }),
        ['signature_algorithm'],
      ],
      [
        'that keeps comments',
        () =>
          good(
            {},
            {
              transforms: [
                'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
                'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
              ],
            },
          ),
        ['signature_algorithm'],
      ],
      [
        'without the enveloped transform',
        () => good({}, { transforms: ['http://www.w3.org/2001/10/xml-exc-c14n#'] }),
        ['signature_algorithm'],
      ],
      [
        'with a third transform',
        tampered(
          '</ds:Transforms>',
          '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>',
        ),
        ['signature_algorithm'],
      ],
      [
        'with an XSLT transform',
        tampered(
          'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
          'http://www.w3.org/TR/1999/REC-xslt-19991116',
        ),
        ['signature_algorithm'],
      ],
      ['with an empty reference', tampered(/URI="#[^"]*"/, 'URI=""'), ['signature_malformed']],
      ['with a reference elsewhere', tampered(/URI="#[^"]*"/, 'URI="http://evil.example/"'), ['signature_malformed']],
      ['with a second reference', tampered(/<ds:Reference .*?<\/ds:Reference>/s, '$&$&'), ['signature_malformed']],
      ['with a second SignedInfo', tampered(/<ds:SignedInfo>.*?<\/ds:SignedInfo>/s, '$&$&'), ['signature_malformed']],
      [
        'with a second DigestValue',
        tampered(/<ds:DigestValue>.*?<\/ds:DigestValue>/s, '$&$&'),
        ['signature_malformed'],
      ],
      ['with an Object', tampered('</ds:Signature>', '<ds:Object/></ds:Signature>'), ['signature_malformed']],
      [
        'with a SignedInfo in KeyInfo',
        tampered('</ds:X509Data>', '</ds:X509Data><ds:SignedInfo/>'),
        ['signature_malformed'],
      ],
      [
        'with its method in another namespace',
        tampered('<ds:SignatureMethod ', '<x:SignatureMethod xmlns:x="urn:x" '),
        ['signature_malformed'],
      ],
      ['twice on one element', tampered(/<ds:Signature .*?<\/ds:Signature>/s, '$&$&'), ['signature_malformed']],
      [
        'that stands in the Subject',
        tampered('<saml:Subject>', '<saml:Subject><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'),
        ['signature_malformed'],
      ],
      [
        'in another namespace',
        tampered('<saml:Subject>', '<x:Signature xmlns:x="urn:x"/><saml:Subject>'),
        ['signature_malformed'],
      ],
    ])('%s', async (_, xml, codes) => expect(codes).toContain(await codeOf(forge.formOf(xml()))));

    it('by a certificate that only the message brings', async () => {
      connection = { ...connection, certificates: [keys.attacker.certificate] };
      expect(await codeOf(forge.formOf(good()))).toBe('signature_invalid');
      connection = { ...connection, certificates: [keys.idp.certificate] };
    });
  });

  describe('refuses signature wrapping', () => {
    let signed: readonly string[];
    beforeAll(() => {
      signed = WRAPPED_BY.map((by) => forge.forgeResponse(forge.goodParts(connection, REQUEST), by, keys.idp));
    });
    it.each(Object.entries(WRAPPINGS))('%s', async (_, wrap) => {
      for (const message of signed) {
        const wrapped = wrap(message);
        expect(wrapped).toContain('admin');
        expect(await codeOf(forge.formOf(wrapped))).not.toBe('accepted');
      }
    });
  });

  it('lets an error of our own store through: it is no refusal', async () => {
    const broken = new BrokenRequests();
    await expect(verifyLoginResponse({ connection, body: forge.formOf(good()), requests: broken })).rejects.toThrow(
      'database',
    );
  });

  it('says nothing of the person in a refusal', async () => {
    const verdict = await verify(forge.formOf(good({ ...subject({ Recipient: 'urn:x' }) })));
    expect(JSON.stringify(verdict)).not.toMatch(/ada/);
  });
});
