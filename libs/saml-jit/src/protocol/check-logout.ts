import { isPlainName } from './check-assertion.js';
import { isIssuedBy } from './check-response.js';
import { clockSkewOf, MAX_MESSAGE_AGE_MS, type SamlConnection } from './saml-connection.js';
import type { Rule } from './saml-refused.js';
import { hasBegun, hasNotEnded, instantOf, isFresh, type Moment } from './saml-time.js';
import { attributeOf, childrenOf, collapsed, elementsOf, isNamed, NS, onlyChild, textOf } from './xml.js';

/** A logout message, and what it must agree with. */
export interface LogoutFacts {
  readonly message: Element;
  readonly connection: SamlConnection;
  readonly isSigned: boolean;
  readonly now: Date;
}

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const NEVER = new Date(NaN);
const REQUEST_PARTS = new Set(['Issuer', 'Signature', 'Extensions', 'NameID', 'SessionIndex']);
const RESPONSE_PARTS = new Set(['Issuer', 'Signature', 'Extensions', 'Status']);
const timeOf = ({ message }: LogoutFacts, name: string): Date | undefined => instantOf(attributeOf(message, name));
const momentOf = ({ connection, now }: LogoutFacts): Moment => ({ now, skewMs: clockSkewOf(connection) });
const hasOnly = (message: Element, names: ReadonlySet<string>): boolean =>
  elementsOf(message).every(({ localName }) => names.has(localName));

export const nameIdIn = (message: Element): Element | undefined => onlyChild(message, NS.assertion, 'NameID');
export const sessionIndexesIn = (message: Element): (string | undefined)[] =>
  childrenOf(message, NS.protocol, 'SessionIndex').map(textOf);

/** Whether a LogoutResponse says that everybody has logged the person out: a partial logout is another first or second code. */
export function isSuccess(message: Element): boolean {
  const code = onlyChild(onlyChild(message, NS.protocol, 'Status'), NS.protocol, 'StatusCode');
  return collapsed(attributeOf(code, 'Value')) === SUCCESS && code !== undefined && elementsOf(code).length === 0;
}

/** SAML Core §3.2, §3.7, Bindings §3.4.5.2: what every logout message must be. */
const ENVELOPE: readonly Rule<LogoutFacts>[] = [
  {
    code: 'logout_malformed',
    reason: 'The Version is not 2.0.',
    holds: ({ message }) => attributeOf(message, 'Version') === '2.0',
  },
  {
    code: 'logout_malformed',
    reason: 'The message has no ID.',
    holds: ({ message }) => (attributeOf(message, 'ID') ?? '') !== '',
  },
  {
    code: 'wrong_issuer',
    reason: 'The Issuer is not the IdP of this connection.',
    holds: ({ message, connection }) => isIssuedBy(message, connection.idpEntityId),
    found: ({ message }) => textOf(childrenOf(message, NS.assertion, 'Issuer')[0]),
  },
  {
    code: 'wrong_destination',
    reason: 'The Destination is not the logout URL of this connection.',
    holds: ({ message, connection, isSigned }) =>
      (attributeOf(message, 'Destination') ?? (isSigned ? '' : connection.sloUrl)) === connection.sloUrl,
    found: ({ message }) => attributeOf(message, 'Destination'),
  },
  {
    code: 'logout_malformed',
    reason: 'The IssueInstant is no time.',
    holds: (facts) => timeOf(facts, 'IssueInstant') !== undefined,
  },
  {
    code: 'not_yet_valid',
    reason: 'The message was issued in the future.',
    holds: (facts) => hasBegun(timeOf(facts, 'IssueInstant') ?? NEVER, momentOf(facts)),
    found: ({ message }) => attributeOf(message, 'IssueInstant'),
  },
  {
    code: 'expired',
    reason: 'The message is too old.',
    holds: (facts) => isFresh(timeOf(facts, 'IssueInstant') ?? NEVER, MAX_MESSAGE_AGE_MS, momentOf(facts)),
    found: ({ message }) => attributeOf(message, 'IssueInstant'),
  },
];

/** A LogoutRequest ends sessions: it is signed, always, and names one person plainly. */
export const LOGOUT_REQUEST_RULES: readonly Rule<LogoutFacts>[] = [
  {
    code: 'not_a_logout_message',
    reason: 'The message is no LogoutRequest.',
    holds: ({ message }) => isNamed(message, NS.protocol, 'LogoutRequest'),
    found: ({ message }) => message.localName,
  },
  { code: 'logout_not_signed', reason: 'The LogoutRequest is not signed.', holds: ({ isSigned }) => isSigned },
  ...ENVELOPE,
  {
    code: 'expired',
    reason: 'The LogoutRequest has expired.',
    holds: (facts) =>
      attributeOf(facts.message, 'NotOnOrAfter') === undefined ||
      hasNotEnded(timeOf(facts, 'NotOnOrAfter') ?? NEVER, momentOf(facts)),
    found: ({ message }) => attributeOf(message, 'NotOnOrAfter'),
  },
  {
    code: 'subject_encrypted',
    reason: 'The NameID is encrypted: let the IdP send it in the clear, under its signature.',
    holds: ({ message }) => childrenOf(message, NS.assertion, 'EncryptedID').length === 0,
  },
  {
    code: 'logout_malformed',
    reason: 'The LogoutRequest has a part that it may not have.',
    holds: ({ message }) => hasOnly(message, REQUEST_PARTS),
  },
  {
    code: 'subject_malformed',
    reason: 'There is not exactly one NameID of plain text.',
    holds: ({ message }) => isPlainName(textOf(nameIdIn(message))),
  },
  {
    code: 'logout_malformed',
    reason: 'A SessionIndex is not plain text.',
    holds: ({ message }) => sessionIndexesIn(message).every((index) => index !== undefined && index !== ''),
  },
];

/** A LogoutResponse changes nothing: some IdPs do not sign it. One that is signed is signed rightly. */
export const LOGOUT_RESPONSE_RULES: readonly Rule<LogoutFacts>[] = [
  {
    code: 'not_a_logout_message',
    reason: 'The message is no LogoutResponse.',
    holds: ({ message }) => isNamed(message, NS.protocol, 'LogoutResponse'),
    found: ({ message }) => message.localName,
  },
  ...ENVELOPE,
  {
    code: 'logout_malformed',
    reason: 'The LogoutResponse has a part that it may not have.',
    holds: ({ message }) => hasOnly(message, RESPONSE_PARTS),
  },
];
