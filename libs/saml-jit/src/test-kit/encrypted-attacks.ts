import { form, signedWith, type Attack, type AttackWorld } from './attack-world.js';
import { encryptAssertion } from './encrypt-assertion.js';
import * as forge from './forge-response.js';
import { WRAPPINGS } from './wrap-signature.js';

const enclosed = (world: AttackWorld, content: string, signs: 'response' | 'none', key = world.idp): unknown => {
  const parts = forge.goodParts(world.connection, world.requestId);
  const xml = forge.responseXml(parts, content);
  return form(signs === 'none' ? xml : forge.signElement(xml, parts.responseId, key));
};
const plainOf = ({ connection, requestId }: AttackWorld): string =>
  forge.assertionXml(forge.goodParts(connection, requestId));
const encrypted = (world: AttackWorld, content: string): string =>
  encryptAssertion(content, world.encryptionCertificate);
const ENCRYPTED: readonly Attack[] = [
  ['an unsigned assertion, encrypted', (world) => enclosed(world, encrypted(world, plainOf(world)), 'none')],
  [
    'an encrypted assertion in an envelope signed by somebody else',
    (world) => enclosed(world, encrypted(world, plainOf(world)), 'response', world.attacker),
  ],
  [
    'an encrypted assertion that is signed by somebody else',
    (world) => {
      const parts = forge.goodParts(world.connection, world.requestId);
      return enclosed(
        world,
        encrypted(world, forge.signElement(forge.assertionXml(parts), parts.assertionId, world.attacker)),
        'none',
      );
    },
  ],
  [
    'a signed assertion beside an encrypted forgery',
    (world) => {
      const [assertion = ''] = /<saml:Assertion .*<\/saml:Assertion>/s.exec(world.good) ?? [];
      return form(world.good.replace(assertion, () => assertion + encrypted(world, plainOf(world))));
    },
  ],
  [
    'an encrypted forgery in the place of a signed assertion',
    (world) =>
      form(world.good.replace(/<saml:Assertion .*<\/saml:Assertion>/s, () => encrypted(world, plainOf(world)))),
  ],
  ...Object.entries(WRAPPINGS)
    .filter(([name]) => /XSW[3-8]|Advice/.test(name))
    .map(([name, wrap]): Attack => [
      `${name}, then encrypted`,
      (world) => {
        const parts = forge.goodParts(world.connection, world.requestId);
        const wrapped = wrap(
          forge.responseXml(parts, forge.signElement(forge.assertionXml(parts), parts.assertionId, world.idp)),
        );
        const [content = ''] = /<saml:Assertion .*<\/saml:Assertion>/s.exec(wrapped) ?? [];
        return enclosed(world, encrypted(world, content), 'none');
      },
    ]),
];

const TWO_STATEMENTS: readonly Attack[] = Object.entries(WRAPPINGS).map(([name, wrap]): Attack => [
  `${name}, of an assertion with two statements and two confirmations`,
  (world) => {
    const { connection, requestId } = world;
    const subject = forge
      .subjectXml(connection, requestId)
      .replace(/<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/s, '$&$&');
    return form(wrap(signedWith(world, { subject, authnStatement: forge.authnStatementXml().repeat(2) })));
  },
]);
const KEY = /<xenc:EncryptedKey>.*<\/xenc:EncryptedKey>/s;
const SWAPPED: readonly Attack[] = [
  [
    'an unsigned assertion, encrypted, behind the key of another',
    (world) => {
      const content = encrypted(world, plainOf(world)).replace(
        KEY,
        (key) => (KEY.exec(encrypted(world, 'x'))?.[0] ?? '') + key,
      );
      return enclosed(world, content, 'none');
    },
  ],
  [
    'a signed assertion’s key swapped for that of a forgery',
    (world) => {
      const [signedOne = ''] = /<saml:Assertion .*<\/saml:Assertion>/s.exec(world.good) ?? [];
      const [good, evil] = [encrypted(world, signedOne), encrypted(world, plainOf(world))];
      return enclosed(
        world,
        good
          .replace(KEY, (key) => (KEY.exec(evil)?.[0] ?? '') + key)
          .replace(
            /(?<=<xenc:CipherValue>)[^<]*(?=<\/xenc:CipherValue><\/xenc:CipherData><\/xenc:EncryptedData>)/,
            /(?<=<xenc:CipherValue>)[^<]*(?=<\/xenc:CipherValue><\/xenc:CipherData><\/xenc:EncryptedData>)/.exec(
              evil,
            )?.[0] ?? '',
          ),
        'none',
      );
    },
  ],
];

/** Encrypted forms, and signed ones with several statements, that must never log anybody in. */
export const ENCRYPTED_ATTACKS: readonly Attack[] = [...ENCRYPTED, ...TWO_STATEMENTS, ...SWAPPED];
