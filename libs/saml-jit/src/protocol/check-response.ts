import { isEncryptedAssertion } from './decrypt-assertion.js';
import {
  clockSkewOf,
  MAX_MESSAGE_AGE_MS,
  REQUEST_LIFETIME_MS,
  type Encryption,
  type SamlConnection,
} from './saml-connection.js';
import type { Rule } from './saml-refused.js';
import { hasBegun, instantOf, isFresh } from './saml-time.js';
import { allBelow, attributeOf, childrenOf, collapsed, elementsOf, isNamed, NS, onlyChild, textOf } from './xml.js';

/** The response as it was posted: not yet verified, good for refusing only. */
export interface ResponseFacts {
  readonly response: Element;
  readonly connection: SamlConnection;
  readonly now: Date;
}

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';
const ENTITY = 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity';
const CHILDREN = new Set(['Issuer', 'Signature', 'Extensions', 'Status', 'Assertion', 'EncryptedAssertion']);

const assertionsIn = ({ response }: ResponseFacts): Element[] => [
  ...allBelow(response, 'Assertion'),
  ...allBelow(response, 'EncryptedAssertion'),
];
const encryptionOf = ({ connection }: ResponseFacts): Encryption => connection.encryption ?? 'off';
/** The one assertion as it stands directly in the Response, plain or encrypted. */
export const assertionIn = (response: Element): Element | undefined =>
  onlyChild(response, NS.assertion, 'Assertion') ?? onlyChild(response, NS.assertion, 'EncryptedAssertion');
const isEncrypted = ({ response }: ResponseFacts): boolean => {
  const assertion = assertionIn(response);
  return assertion !== undefined && isEncryptedAssertion(assertion);
};
const issuedAt = ({ response }: ResponseFacts): Date | undefined => instantOf(attributeOf(response, 'IssueInstant'));
const momentOf = ({ connection, now }: ResponseFacts): { now: Date; skewMs: number } => ({
  now,
  skewMs: clockSkewOf(connection),
});
const statusIn = ({ response }: ResponseFacts): Element | undefined => onlyChild(response, NS.protocol, 'Status');
const codeIn = (element: Element | undefined): Element | undefined => onlyChild(element, NS.protocol, 'StatusCode');
const valueOf = (code: Element | undefined): string | undefined => collapsed(attributeOf(code, 'Value'));

/** Core §3.2.2: the codes from the first to the innermost that is looked at, in the words of the IdP. */
function statusOf(facts: ResponseFacts): string | undefined {
  const first = codeIn(statusIn(facts));
  return [first, codeIn(first)].flatMap((code) => valueOf(code) ?? []).join(' / ') || undefined;
}

/** The IdP's own message: it may name a person, so it is for the admin alone. */
const messageOf = (facts: ResponseFacts): string | undefined =>
  collapsed(textOf(onlyChild(statusIn(facts), NS.protocol, 'StatusMessage')));

const isSigned = ({ response }: ResponseFacts): boolean => childrenOf(response, NS.signature, 'Signature').length > 0;

/** SAML Core §3.2.2, Bindings §3.5.5.2, Profiles §4.1.4.2: what the envelope of a login must be. */
export const RESPONSE_RULES: readonly Rule<ResponseFacts>[] = [
  {
    code: 'not_a_login_response',
    reason: 'The message is no Response.',
    holds: ({ response }) => isNamed(response, NS.protocol, 'Response'),
    found: ({ response }) => response.localName,
  },
  {
    code: 'response_malformed',
    reason: 'The Version is not 2.0.',
    holds: ({ response }) => attributeOf(response, 'Version') === '2.0',
  },
  {
    code: 'response_malformed',
    reason: 'The Response has no ID.',
    holds: ({ response }) => attributeOf(response, 'ID') !== undefined,
  },
  {
    code: 'response_malformed',
    reason: 'The Response has a part that it may not have.',
    holds: ({ response }) => elementsOf(response).every(({ localName }) => CHILDREN.has(localName)),
  },
  {
    code: 'wrong_destination',
    reason: 'The Destination is not the ACS URL of this connection.',
    // Bindings §3.5.5.2 asks for it of a signed message; what is there is right in any.
    holds: (facts) =>
      isDestination(facts) || (attributeOf(facts.response, 'Destination') === undefined && !isSigned(facts)),
    found: ({ response }) => attributeOf(response, 'Destination'),
  },
  {
    code: 'wrong_issuer',
    reason: 'The Issuer of the Response is not the IdP of this connection.',
    // Profiles §4.1.4.2: optional, unless the Response is signed or the assertion in it is encrypted.
    holds: (facts) =>
      isIssuedBy(facts.response, facts.connection.idpEntityId) ||
      (childrenOf(facts.response, NS.assertion, 'Issuer').length === 0 && !isSigned(facts) && !isEncrypted(facts)),
    found: ({ response }) => textOf(childrenOf(response, NS.assertion, 'Issuer')[0]),
  },
  {
    code: 'status_not_success',
    reason: 'The IdP did not log the person in.',
    holds: (facts) => valueOf(codeIn(statusIn(facts))) === SUCCESS,
    found: statusOf,
    detail: messageOf,
  },
  {
    code: 'response_malformed',
    reason: 'The IssueInstant of the Response is no time.',
    holds: (facts) => issuedAt(facts) !== undefined,
  },
  {
    code: 'not_yet_valid',
    reason: 'The Response was issued in the future.',
    holds: (facts) => hasBegun(issuedAt(facts) ?? new Date(NaN), momentOf(facts)),
    found: ({ response }) => attributeOf(response, 'IssueInstant'),
  },
  {
    code: 'expired',
    reason: 'The Response is too old.',
    holds: (facts) => isFresh(issuedAt(facts) ?? new Date(NaN), MAX_MESSAGE_AGE_MS, momentOf(facts)),
    found: ({ response }) => attributeOf(response, 'IssueInstant'),
  },
  {
    code: 'assertion_count',
    reason: 'There is not exactly one Assertion.',
    holds: (facts) => assertionsIn(facts).length === 1,
  },
  {
    code: 'assertion_count',
    reason: 'The Assertion does not stand directly in the Response.',
    holds: ({ response }) => assertionIn(response) !== undefined,
  },
  {
    code: 'assertion_encrypted',
    reason: 'The assertion is encrypted, which this connection is not set up for.',
    holds: (facts) => encryptionOf(facts) !== 'off' || !isEncrypted(facts),
  },
  {
    code: 'assertion_not_encrypted',
    reason: 'The assertion is not encrypted, which this connection asks for.',
    holds: (facts) => encryptionOf(facts) !== 'required' || isEncrypted(facts),
  },
  {
    code: 'assertion_malformed',
    reason: 'The Assertion has no ID.',
    holds: (facts) => isEncrypted(facts) || attributeOf(assertionIn(facts.response), 'ID') !== undefined,
  },
  {
    code: 'request_missing',
    reason: 'The Response answers no request of ours: logins started at the IdP are off.',
    holds: ({ response, connection }) => {
      const inResponseTo = attributeOf(response, 'InResponseTo');
      return inResponseTo === undefined ? connection.idpInitiated === true : inResponseTo !== '';
    },
  },
];

function isDestination({ response, connection }: ResponseFacts): boolean {
  return attributeOf(response, 'Destination') === connection.acsUrl;
}

/** What is known of the request that a response says it answers. */
export interface RequestFacts extends ResponseFacts {
  readonly requestedAt: Date | null;
}

/** The request must be ours, of this connection, and open. */
export const REQUEST_RULES: readonly Rule<RequestFacts>[] = [
  {
    code: 'request_unknown',
    reason: 'The Response answers a request that is not open.',
    holds: ({ requestedAt }) => requestedAt !== null,
  },
  {
    code: 'request_expired',
    reason: 'The login took too long.',
    holds: ({ requestedAt, now }) =>
      requestedAt !== null && isFresh(requestedAt, REQUEST_LIFETIME_MS, { now, skewMs: 0 }),
  },
];

/** Whether exactly one Issuer names this entity. */
export function isIssuedBy(message: Element, entityId: string): boolean {
  const issuer = onlyChild(message, NS.assertion, 'Issuer');
  return textOf(issuer) === entityId && (collapsed(attributeOf(issuer, 'Format')) ?? ENTITY) === ENTITY;
}
