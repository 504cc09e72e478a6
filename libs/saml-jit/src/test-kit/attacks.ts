import { deflateRawSync, gzipSync } from 'node:zlib';
import { base64, form, signed, signedWith, tampered, type Attack, type AttackWorld } from './attack-world.js';
import { ENCRYPTED_ATTACKS } from './encrypted-attacks.js';
import * as forge from './forge-response.js';
import { WRAPPINGS } from './wrap-signature.js';

export type { AttackWorld } from './attack-world.js';

/** Places where text stands, each as what is around it. */
const TEXTS: Readonly<Record<string, RegExp>> = {
  NameID: /(<saml:NameID[^>]*>)([^<]*)/,
  'the Response’s Issuer': /(<saml:Issuer>)([^<]*)/,
  'the Assertion’s Issuer': /(<saml:Assertion[^>]*><saml:Issuer>)([^<]*)/,
  Audience: /(<saml:Audience>)([^<]*)/,
  AttributeValue: /(<saml:AttributeValue>)([^<]*)/,
  AuthnContextClassRef: /(<saml:AuthnContextClassRef>)([^<]*)/,
  DigestValue: /(<ds:DigestValue>)([^<]*)/,
  SignatureValue: /(<ds:SignatureValue>)([^<]*)/,
  X509Certificate: /(<ds:X509Certificate>)([^<]*)/,
};
const INSERTIONS: Readonly<Record<string, (text: string) => string>> = {
  'a comment': (text) => `${text.slice(0, 2)}<!-- x -->${text.slice(2)}`,
  'a comment and more': (text) => `${text}<!---->.evil`,
  'a processing instruction': (text) => `${text.slice(0, 2)}<?x y?>${text.slice(2)}`,
  'a CDATA section': (text) => `<![CDATA[${text}]]>`,
  'an unknown entity': (text) => `${text}&x;`,
  'an element': (text) => `${text}<x/>`,
};
const INSERTED: readonly Attack[] = Object.entries(TEXTS).flatMap(([place, pattern]) =>
  Object.entries(INSERTIONS).map(([what, change]) =>
    tampered(`${what} in ${place}`, (good) =>
      good.replace(pattern, (_, before: string, text: string) => before + change(text)),
    ),
  ),
);

const SIGNATURE_PARTS = [
  'SignedInfo',
  'SignatureValue',
  'CanonicalizationMethod',
  'SignatureMethod',
  'Reference',
  'Transforms',
  'DigestMethod',
  'DigestValue',
];
const wholeOf = (name: string): RegExp => new RegExp(`<ds:${name}(?: [^>]*)?(?:/>|>.*?</ds:${name}>)`, 's');
const DISMEMBERED: readonly Attack[] = SIGNATURE_PARTS.flatMap((name) => [
  tampered(`a signature without ${name}`, (good) => good.replace(wholeOf(name), '')),
  tampered(`a signature with ${name} twice`, (good) => good.replace(wholeOf(name), '$&$&')),
  tampered(`a signature with a second ${name} in KeyInfo`, (good) =>
    good
      .replace(wholeOf(name), (part) => part)
      .replace('<ds:KeyInfo>', `<ds:KeyInfo>${wholeOf(name).exec(good)?.[0] ?? ''}`),
  ),
  tampered(`${name} in another namespace`, (good) =>
    good.replace(wholeOf(name), (part) =>
      part.replaceAll(`ds:${name}`, `x:${name}`).replace(`<x:${name}`, `<x:${name} xmlns:x="urn:x"`),
    ),
  ),
]);

const XMLDSIG = 'http://www.w3.org/2000/09/xmldsig#';
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const METHOD = `${MORE}rsa-sha256`;
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = `${XMLDSIG}enveloped-signature`;
const renamed = (what: string, from: string, to: readonly string[]): Attack[] =>
  to.map((algorithm) => tampered(`${what} ${algorithm}`, (good) => good.replace(`"${from}"`, `"${algorithm}"`)));
const ALGORITHMS: readonly Attack[] = [
  ...renamed('the signature method', METHOD, [
    `${XMLDSIG}rsa-sha1`,
    `${XMLDSIG}dsa-sha1`,
    `${XMLDSIG}hmac-sha1`,
    `${MORE}hmac-sha256`,
    `${MORE}rsa-md5`,
    `${MORE}rsa-sha224`,
    `${MORE}ecdsa-sha256`,
    'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1',
    'none',
    '',
  ]),
  ...renamed('the digest', SHA256, [`${XMLDSIG}sha1`, `${MORE}md5`, `${MORE}sha224`, 'none', '']),
  ...renamed('the canonicalisation', EXCLUSIVE, [
    `${EXCLUSIVE}WithComments`,
    'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
    'http://www.w3.org/2006/12/xml-c14n11',
    'none',
    '',
  ]),
  ...renamed('the first transform', ENVELOPED, [
    'http://www.w3.org/TR/1999/REC-xpath-19991116',
    'http://www.w3.org/TR/1999/REC-xslt-19991116',
    'http://www.w3.org/2002/06/xmldsig-filter2',
    `${XMLDSIG}base64`,
    EXCLUSIVE,
    '',
  ]),
  ['SHA-1, really signed', (world) => form(signedWith(world, {}, { signatureAlgorithm: `${XMLDSIG}rsa-sha1` }))],
  ['a SHA-1 digest, really signed', (world) => form(signedWith(world, {}, { digestAlgorithm: `${XMLDSIG}sha1` }))],
  [
    'transforms the other way round, really signed',
    (world) => form(signedWith(world, {}, { transforms: [EXCLUSIVE, ENVELOPED] })),
  ],
  ['one transform, really signed', (world) => form(signedWith(world, {}, { transforms: [EXCLUSIVE] }))],
  [
    'three transforms, really signed',
    (world) => form(signedWith(world, {}, { transforms: [ENVELOPED, EXCLUSIVE, EXCLUSIVE] })),
  ],
];

const SIGNERS: readonly Attack[] = [
  ['no signature', (world) => form(signedWith(world, {}, {}, world.idp, 'none'))],
  ['somebody else’s signature', (world) => form(signedWith(world, {}, {}, world.attacker))],
  [
    'somebody else’s signature, with the IdP’s certificate in KeyInfo',
    (world) =>
      form(signedWith(world, {}, {}, { privateKey: world.attacker.privateKey, certificate: world.idp.certificate })),
  ],
  [
    'the IdP’s signature of the Assertion and somebody else’s of the Response',
    (world) => {
      const parts = forge.goodParts(world.connection, world.requestId);
      const inner = forge.signElement(forge.assertionXml(parts), parts.assertionId, world.idp);
      return form(forge.signElement(forge.responseXml(parts, inner), parts.responseId, world.attacker));
    },
  ],
  [
    'another policy’s signature',
    (world) => {
      const other = world.connection.wantSigned === 'assertion' ? 'response' : 'assertion';
      return form(signedWith(world, {}, {}, world.idp, other));
    },
  ],
  tampered('another person', (good) => good.replace('>ada<', '>admin<')),
  tampered('another attribute', (good) => good.replace('ada@example.com', 'admin@example.com')),
  tampered('another attribute’s name', (good) => good.replace('Name="email"', 'Name="employeeNumber"')),
  tampered('an attribute more', (good) =>
    good.replace(
      '</saml:AttributeStatement>',
      '<saml:Attribute Name="role"><saml:AttributeValue>admin</saml:AttributeValue></saml:Attribute>$&',
    ),
  ),
  tampered('a session index more', (good) => good.replace('SessionIndex="', 'SessionIndex="x')),
  tampered('an empty reference', (good) => good.replace(/ URI="[^"]*"/, ' URI=""')),
  tampered('no reference', (good) => good.replace(/ URI="[^"]*"/, '')),
  tampered('a reference by XPointer', (good) => good.replace(/ URI="#([^"]*)"/, ` URI="#xpointer(id('$1'))"`)),
  tampered('a reference to a file', (good) => good.replace(/ URI="[^"]*"/, ' URI="file:///etc/passwd"')),
  tampered('a reference with a type', (good) => good.replace(/(<ds:Reference URI="#)[^"]*/, '$1_other')),
  tampered('an Object in the signature', (good) => good.replace('</ds:Signature>', '<ds:Object><x/></ds:Object>$&')),
  tampered('a Manifest in KeyInfo', (good) => good.replace('<ds:KeyInfo>', '<ds:Manifest/>$&')),
  tampered('an empty SignatureValue', (good) => good.replace(/<ds:SignatureValue>[^<]*/, '<ds:SignatureValue>')),
  tampered('a SignatureValue of zeros', (good) =>
    good.replace(/<ds:SignatureValue>[^<]*/, `<ds:SignatureValue>${base64(Buffer.alloc(256))}`),
  ),
  tampered('a signature that is only named so', (good) => good.replace('<saml:Subject>', '<Signature/>$&')),
];

const WRAPPED: readonly Attack[] = Object.entries(WRAPPINGS).map(([name, wrap]): Attack => [
  name,
  (world) => form(wrap(signedWith(world))),
]);

const NOT_TIMES = [
  '',
  '0',
  'now',
  '2026-13-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-01-01',
  '2999-01-01T00:00:00',
  '2999-01-01T00:00:00+00:00',
  '2999-01-01t00:00:00z',
  '+12999-01-01T00:00:00Z',
];
const MISTIMED: readonly Attack[] = NOT_TIMES.flatMap((time, index): Attack[] => {
  const like = `the time "${time}"`;
  const everywhere: readonly Attack[] = [
    signed(`${like} as the Response’s IssueInstant`, () => ({ issueInstant: time })),
    signed(`${like} as the Assertion’s IssueInstant`, () => ({ assertionIssueInstant: time })),
    signed(`${like} as the confirmation’s NotOnOrAfter`, ({ connection, requestId }) => ({
      subject: forge.subjectXml(connection, requestId, { NotOnOrAfter: time }),
    })),
    signed(`${like} as the conditions’ NotOnOrAfter`, ({ connection }) => ({
      conditions: forge.conditionsXml(connection.entityId, { NotOnOrAfter: time }),
    })),
    signed(`${like} as the conditions’ NotBefore`, ({ connection }) => ({
      conditions: forge.conditionsXml(connection.entityId, { NotBefore: time }),
    })),
    signed(`${like} as the AuthnInstant`, () => ({ authnStatement: forge.authnStatementXml({ AuthnInstant: time }) })),
    signed(`${like} as the SessionNotOnOrAfter`, () => ({
      authnStatement: forge.authnStatementXml({ SessionNotOnOrAfter: time }),
    })),
  ];
  // Every form of time in two places, and two forms in every place: one function reads them all.
  return everywhere.filter((_, place) => index % 5 === 1 || place % 7 === index % 7 || place === 2);
});

const posted = (name: string, change: (good: string) => unknown): Attack => [name, ({ good }) => change(good)];
const FORMS: readonly Attack[] = [
  posted('nothing', () => undefined),
  posted('an empty form', () => ({})),
  posted('a list', (good) => [form(good)]),
  posted('the message twice', (good) => ({ SAMLResponse: [base64(good), base64(good)] })),
  posted('a number', () => ({ SAMLResponse: 1 })),
  posted('an object', (good) => ({ SAMLResponse: { toString: () => base64(good) } })),
  posted('another case', (good) => ({ samlResponse: base64(good) })),
  posted('as SAMLRequest', (good) => ({ SAMLRequest: base64(good) })),
  posted('as both', (good) => ({ SAMLRequest: base64(good), SAMLResponse: base64(good) })),
  posted('an artifact', () => ({ SAMLart: 'AAQAAA==' })),
  posted('RelayState twice', (good) => ({ ...form(good), RelayState: ['/a', '/b'] })),
  posted('plain XML', (good) => ({ SAMLResponse: good })),
  posted('base64 twice', (good) => ({ SAMLResponse: base64(base64(good)) })),
  posted('base64 for addresses', (good) => ({ SAMLResponse: Buffer.from(`${good}   \n>>>???`).toString('base64url') })),
  posted('base64 with a blank inside', (good) => ({ SAMLResponse: base64(good).replace(/^.{40}/, '$& ') })),
  posted('base64 with a stray character', (good) => ({ SAMLResponse: base64(good).replace(/^.{40}/, '$&*') })),
  posted('base64 with something after it', (good) => ({ SAMLResponse: `${base64(`${good} `)}====x` })),
  posted('base64 after an equals sign', (good) => ({ SAMLResponse: `=${base64(good)}` })),
  posted('base64 with escapes', (good) => ({ SAMLResponse: base64(good).replaceAll('A', '%41') })),
  posted('deflated', (good) => ({ SAMLResponse: base64(deflateRawSync(good)) })),
  posted('zipped', (good) => ({ SAMLResponse: base64(gzipSync(good)) })),
  posted('UTF-16, little end first', (good) => ({ SAMLResponse: base64(Buffer.from(good, 'utf16le')) })),
  posted('UTF-16 with its mark', (good) => ({ SAMLResponse: base64(Buffer.from(`\ufeff${good}`, 'utf16le')) })),
  posted('UTF-8 with a mark', (good) => form(`\ufeff${good}`)),
  posted('UTF-8 that is overlong', (good) => ({
    SAMLResponse: base64(Buffer.concat([Buffer.from(good.replace(/>$/, '')), Buffer.from([0xc0, 0xbe])])),
  })),
  ...['ISO-8859-1', 'UTF-16', 'UTF-7', 'EBCDIC-CP-US'].map((name) =>
    tampered(`an encoding called ${name}`, (good) => `<?xml version="1.0" encoding="${name}"?>${good}`),
  ),
  tampered('XML 1.1', (good) => `<?xml version="1.1"?>${good}`),
  tampered('two declarations', (good) => `<?xml version="1.0"?><?xml version="1.0"?>${good}`),
  tampered('a NUL in front', (good) => `\0${good}`),
  tampered('a document type', (good) => `<!DOCTYPE r>${good}`),
  tampered(
    'a document type with an entity',
    (good) => `<!DOCTYPE r [<!ENTITY x "admin">]>${good.replace('>ada<', '>&x;<')}`,
  ),
  tampered(
    'an external entity',
    (good) => `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>${good.replace('>ada<', '>&x;<')}`,
  ),
  tampered('an external document type', (good) => `<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">${good}`),
  tampered(
    'entities that grow',
    (good) =>
      `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${good.replace('>ada<', '>&b;<')}`,
  ),
  tampered('a style sheet', (good) => `<?xml-stylesheet href="http://127.0.0.1:1/"?>${good}`),
  tampered('two roots', (good) => good + good),
  tampered('a second root of another kind', (good) => `${good}<x/>`),
  tampered('text after the root', (good) => `${good}x`),
  tampered('a comment after the root', (good) => `${good}<!-- x -->`),
  tampered('an end more', (good) => `${good}</samlp:Response>`),
  tampered('no end', (good) => good.replace(/<\/samlp:Response>$/, '')),
  tampered('an attribute twice', (good) => good.replace(/ ID="[^"]*"/, '$&$&')),
  tampered('an ID in other letters', (good) => good.replace(/ ID="([^"]*)"/, '$& Id="$1"')),
  tampered('an ID that is shared', (good) =>
    good.replace('<saml:Subject>', `<saml:Subject ID="${/ ID="([^"]*)"/.exec(good)?.[1] ?? ''}">`),
  ),
  tampered('an unbound prefix', (good) => good.replace('xmlns:samlp=', 'xmlns:other=')),
  tampered('2,500 elements', (good) =>
    good.replace('<samlp:Status>', `<samlp:Extensions>${'<a/>'.repeat(2500)}</samlp:Extensions>$&`),
  ),
  tampered('60 levels', (good) =>
    good.replace('<samlp:Status>', `<samlp:Extensions>${'<a>'.repeat(60)}${'</a>'.repeat(60)}</samlp:Extensions>$&`),
  ),
  tampered('100,000 levels', () => '<a>'.repeat(50_000)),
  tampered('300 kB', (good) => good.replace('ada@example.com', 'a'.repeat(300_000))),
  tampered('20,000 attributes', (good) =>
    good.replace('<samlp:Status>', `<samlp:Status ${Array.from({ length: 20_000 }, (_, n) => `a${n}="1"`).join(' ')}>`),
  ),
];

const elsewhere = 'https://evil.example/';
const MISDIRECTED: readonly Attack[] = [
  ...[elsewhere, '{acs}/', '{acs}?x=1', '{acs}#', ' {acs}', '{ACS}', '{slo}', '{entity}'].map((to) =>
    signed(`the destination "${to}"`, (world) => ({ destination: filled(to, world) })),
  ),
  ...[elsewhere, '{acs}/', '{acs}?x=1', '{ACS}', '{slo}', ''].map((to) =>
    signed(`the recipient "${to}"`, (world) => ({
      subject: forge.subjectXml(world.connection, world.requestId, { Recipient: filled(to, world) }),
    })),
  ),
  ...[elsewhere, '{acs}', '{entity}/', '{entity} {entity}', '\u00a0{entity}', '{ENTITY}', ''].map((audience) =>
    signed(`the audience "${audience}"`, (world) => ({ conditions: forge.conditionsXml(filled(audience, world)) })),
  ),
  ...['urn:evil', ' urn:test:idp', 'URN:TEST:IDP', 'urn:test:idp/', ''].flatMap((name) => [
    signed(`the Response’s issuer "${name}"`, () => ({ responseIssuer: forge.element('saml:Issuer', {}, name) })),
    signed(`the Assertion’s issuer "${name}"`, () => ({ assertionIssuer: forge.element('saml:Issuer', {}, name) })),
  ]),
  ...['_unknown', '', ' ', '*'].map((id) =>
    signed(`the answer to "${id}"`, ({ connection }) => ({
      inResponseTo: id,
      subject: forge.subjectXml(connection, id),
    })),
  ),
  signed('an answer to nothing', ({ connection }) => ({
    inResponseTo: '',
    subject: forge.subjectXml(connection, '_x', { InResponseTo: undefined }),
  })),
  ...['Requester', 'Responder', 'AuthnFailed', 'NoPassive', 'VersionMismatch', 'success', ''].map((name) =>
    signed(`the status "${name}"`, () => ({
      status: forge.element(
        'samlp:Status',
        {},
        forge.element('samlp:StatusCode', { Value: `urn:oasis:names:tc:SAML:2.0:status:${name}` }),
      ),
    })),
  ),
];

const filled = (text: string, { connection }: AttackWorld): string =>
  text
    .replace('{acs}', connection.acsUrl)
    .replace('{ACS}', connection.acsUrl.toUpperCase())
    .replace('{slo}', connection.sloUrl)
    .replace('{entity}', connection.entityId)
    .replace('{ENTITY}', connection.entityId.toUpperCase());

const NAMES = [
  '',
  ' ada',
  'ada ',
  'ada\u200b',
  'ad\u00ada',
  'a&#10;da',
  'a&#9;da',
  'ada&#x202e;',
  '\u2066ada',
  'a'.repeat(257),
];
const SUBJECTS: readonly Attack[] = [
  ...NAMES.map((name) =>
    signed(`the NameID ${JSON.stringify(name.slice(0, 12))}`, ({ connection, requestId }) => ({
      subject: forge.subjectXml(connection, requestId, { nameId: forge.element('saml:NameID', {}, name) }),
    })),
  ),
  ...['nameID', 'nameIDFormat', 'issuer', 'sessionIndex', '__proto__'].map((name) =>
    signed(`no NameID, and an attribute called ${name}`, ({ connection, requestId }) => ({
      subject: forge.subjectXml(connection, requestId, { nameId: '' }),
      attributes: `<saml:AttributeStatement><saml:Attribute Name="${name}"><saml:AttributeValue>admin</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`,
    })),
  ),
  ...['holder-of-key', 'sender-vouches', 'Bearer', ''].map((method) =>
    signed(`confirmed by "${method}"`, ({ connection, requestId }) => ({
      subject: forge.subjectXml(connection, requestId, { method: `urn:oasis:names:tc:SAML:2.0:cm:${method}` }),
    })),
  ),
  signed('two bearers of another service', ({ connection, requestId }) => {
    const foreign = forge.subjectXml(connection, requestId, { Recipient: elsewhere });
    return { subject: foreign.replace(/<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/s, '$&$&') };
  }),
  signed('a bearer of another request beside a voucher for this one', ({ connection, requestId }) => {
    const voucher = forge.subjectXml(connection, requestId, {
      method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches',
    });
    const [confirmation = ''] = /<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/s.exec(voucher) ?? [];
    const foreign = forge.subjectXml(connection, '_other');
    return { subject: foreign.replace('<saml:SubjectConfirmation ', `${confirmation}$&`) };
  }),
  tampered('a second confirmation, added', (good) =>
    good.replace(/<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/s, '$&$&'),
  ),
  tampered('a second statement, added', (good) =>
    good.replace(/<saml:AuthnStatement .*<\/saml:AuthnStatement>/s, '$&$&'),
  ),
  signed('a BaseID', ({ connection, requestId }) => ({
    subject: forge.subjectXml(connection, requestId, { nameId: '<saml:BaseID/>' }),
  })),
];

const OTHER_MESSAGES: readonly Attack[] = [
  'LogoutResponse',
  'LogoutRequest',
  'AuthnRequest',
  'ArtifactResponse',
  'ManageNameIDResponse',
  'Assertion',
].map((name): Attack => [
  `a signed ${name}`,
  ({ connection, requestId, idp }) => {
    const parts = forge.goodParts(connection, requestId);
    const inner = forge.signElement(forge.assertionXml(parts), parts.assertionId, idp);
    const xml = forge.responseXml(parts, inner).replaceAll('samlp:Response', `samlp:${name}`);
    return form(forge.signElement(xml, parts.responseId, idp));
  },
]);

/** Everything known that must never log anybody in, whatever the connection asks to be signed. */
export const ATTACKS: readonly Attack[] = [
  ...INSERTED,
  ...DISMEMBERED,
  ...ALGORITHMS,
  ...SIGNERS,
  ...WRAPPED,
  ...MISTIMED,
  ...FORMS,
  ...MISDIRECTED,
  ...SUBJECTS,
  ...ENCRYPTED_ATTACKS,
  ...OTHER_MESSAGES,
];
