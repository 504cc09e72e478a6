import { isIssuedBy } from './check-response.js';
import { clockSkewOf, MAX_MESSAGE_AGE_MS, type SamlConnection } from './saml-connection.js';
import type { Rule } from './saml-refused.js';
import { hasBegun, hasNotEnded, instantOf, isFresh, type Moment } from './saml-time.js';
import { allBelow, attributeOf, childrenOf, elementsOf, isNamed, NS, onlyChild, textOf } from './xml.js';

/** The assertion from the bytes that the signature covers, and what it must agree with. */
export interface AssertionFacts {
  readonly assertion: Element;
  readonly connection: SamlConnection;
  /** Undefined where the login began at the IdP. */
  readonly inResponseTo: string | undefined;
  /** When the request was made that is answered. */
  readonly requestedAt: Date | null;
  readonly now: Date;
}

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const PARTS = new Set([
  'Issuer',
  'Signature',
  'Subject',
  'Conditions',
  'Advice',
  'AuthnStatement',
  'AttributeStatement',
]);
const SUBJECT_PARTS = new Set(['NameID', 'SubjectConfirmation']);
const CONDITIONS = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction']);
const NEVER = new Date(NaN);

const partOf = (assertion: Element | undefined, name: string): Element | undefined =>
  onlyChild(assertion, NS.assertion, name);
const timeOf = (element: Element | undefined, name: string): Date | undefined => instantOf(attributeOf(element, name));
const momentOf = ({ connection, now }: AssertionFacts): Moment => ({ now, skewMs: clockSkewOf(connection) });

/** The parts of an assertion that the rules and the reader look at. */
export const subjectOf = (assertion: Element): Element | undefined => partOf(assertion, 'Subject');
export const nameIdOf = (assertion: Element): Element | undefined => partOf(subjectOf(assertion), 'NameID');
export const confirmationOf = (assertion: Element): Element | undefined =>
  partOf(partOf(subjectOf(assertion), 'SubjectConfirmation'), 'SubjectConfirmationData');
export const conditionsOf = (assertion: Element): Element | undefined => partOf(assertion, 'Conditions');
export const authnStatementOf = (assertion: Element): Element | undefined => partOf(assertion, 'AuthnStatement');

const contextOf = (assertion: Element): string | undefined =>
  textOf(partOf(partOf(authnStatementOf(assertion), 'AuthnContext'), 'AuthnContextClassRef'));

const onlySaml = (element: Element | undefined, names: ReadonlySet<string>): boolean =>
  element !== undefined &&
  elementsOf(element).every(
    ({ localName, namespaceURI }) =>
      names.has(localName) && (namespaceURI === NS.assertion || localName === 'Signature'),
  );

const FORM: readonly Rule<AssertionFacts>[] = [
  {
    code: 'assertion_malformed',
    reason: 'The signed element is no Assertion.',
    holds: ({ assertion }) => isNamed(assertion, NS.assertion, 'Assertion'),
  },
  {
    code: 'assertion_malformed',
    reason: 'The Version is not 2.0.',
    holds: ({ assertion }) => attributeOf(assertion, 'Version') === '2.0',
  },
  {
    code: 'assertion_malformed',
    reason: 'The Assertion has no ID.',
    holds: ({ assertion }) => (attributeOf(assertion, 'ID') ?? '') !== '',
  },
  {
    code: 'assertion_malformed',
    reason: 'The Assertion has a part that it may not have.',
    holds: ({ assertion }) => onlySaml(assertion, PARTS),
  },
  {
    code: 'wrong_issuer',
    reason: 'The Issuer of the Assertion is not the IdP of this connection.',
    holds: ({ assertion, connection }) => isIssuedBy(assertion, connection.idpEntityId),
    found: ({ assertion }) => textOf(childrenOf(assertion, NS.assertion, 'Issuer')[0]),
  },
];

const ISSUED: readonly Rule<AssertionFacts>[] = [
  {
    code: 'assertion_malformed',
    reason: 'The IssueInstant is no time.',
    holds: ({ assertion }) => timeOf(assertion, 'IssueInstant') !== undefined,
  },
  {
    code: 'not_yet_valid',
    reason: 'The Assertion was issued in the future.',
    holds: (facts) => hasBegun(timeOf(facts.assertion, 'IssueInstant') ?? NEVER, momentOf(facts)),
    found: ({ assertion }) => attributeOf(assertion, 'IssueInstant'),
  },
  {
    code: 'expired',
    reason: 'The Assertion is too old.',
    holds: (facts) => isFresh(timeOf(facts.assertion, 'IssueInstant') ?? NEVER, MAX_MESSAGE_AGE_MS, momentOf(facts)),
    found: ({ assertion }) => attributeOf(assertion, 'IssueInstant'),
  },
];

const SUBJECT: readonly Rule<AssertionFacts>[] = [
  {
    code: 'subject_encrypted',
    reason: 'The NameID is encrypted: let the IdP encrypt the whole assertion, or nothing.',
    holds: ({ assertion }) => allBelow(assertion, 'EncryptedID').length === 0,
  },
  {
    code: 'subject_malformed',
    reason: 'There is not exactly one plain Subject.',
    holds: ({ assertion }) => onlySaml(subjectOf(assertion), SUBJECT_PARTS),
  },
  {
    code: 'subject_malformed',
    reason: 'There is not exactly one NameID.',
    holds: ({ assertion }) => nameIdOf(assertion) !== undefined,
  },
  {
    code: 'subject_malformed',
    reason: 'The NameID is empty, too long, padded or not plain text.',
    holds: ({ assertion }) => isPlainName(textOf(nameIdOf(assertion))),
  },
  {
    code: 'subject_malformed',
    reason: 'The NameID is meant for another service provider.',
    holds: ({ assertion, connection }) =>
      (attributeOf(nameIdOf(assertion), 'SPNameQualifier') ?? connection.entityId) === connection.entityId,
    found: ({ assertion }) => attributeOf(nameIdOf(assertion), 'SPNameQualifier'),
  },
  {
    code: 'subject_malformed',
    reason: 'There is not exactly one SubjectConfirmation, by bearer.',
    holds: ({ assertion }) => attributeOf(partOf(subjectOf(assertion), 'SubjectConfirmation'), 'Method') === BEARER,
  },
  {
    code: 'subject_malformed',
    reason: 'There is not exactly one SubjectConfirmationData.',
    holds: ({ assertion }) => confirmationOf(assertion) !== undefined,
  },
  {
    code: 'wrong_recipient',
    reason: 'The Recipient is not the ACS URL of this connection.',
    holds: ({ assertion, connection }) => attributeOf(confirmationOf(assertion), 'Recipient') === connection.acsUrl,
    found: ({ assertion }) => attributeOf(confirmationOf(assertion), 'Recipient'),
  },
  {
    code: 'request_unknown',
    reason: 'The Assertion answers another request than the Response does.',
    holds: ({ assertion, inResponseTo }) => attributeOf(confirmationOf(assertion), 'InResponseTo') === inResponseTo,
  },
  // Profiles §4.1.4.2: a bearer's confirmation has NotOnOrAfter and no NotBefore.
  {
    code: 'subject_malformed',
    reason: 'The confirmation has a NotBefore.',
    holds: ({ assertion }) => attributeOf(confirmationOf(assertion), 'NotBefore') === undefined,
  },
  {
    code: 'subject_malformed',
    reason: 'The confirmation has no end.',
    holds: ({ assertion }) => timeOf(confirmationOf(assertion), 'NotOnOrAfter') !== undefined,
  },
  {
    code: 'expired',
    reason: 'The confirmation has expired.',
    holds: (facts) => hasNotEnded(timeOf(confirmationOf(facts.assertion), 'NotOnOrAfter') ?? NEVER, momentOf(facts)),
    found: ({ assertion }) => attributeOf(confirmationOf(assertion), 'NotOnOrAfter'),
  },
];

const CONDITION: readonly Rule<AssertionFacts>[] = [
  // Core §2.5.1: a condition that is not understood makes the assertion indeterminate.
  {
    code: 'conditions_malformed',
    reason: 'There are not exactly one Conditions, all understood.',
    holds: ({ assertion }) => onlySaml(conditionsOf(assertion), CONDITIONS),
  },
  {
    code: 'conditions_malformed',
    reason: 'The NotBefore of the Conditions is no time.',
    holds: ({ assertion }) =>
      attributeOf(conditionsOf(assertion), 'NotBefore') === undefined ||
      timeOf(conditionsOf(assertion), 'NotBefore') !== undefined,
  },
  {
    code: 'conditions_malformed',
    reason: 'The Conditions have no end.',
    holds: ({ assertion }) => timeOf(conditionsOf(assertion), 'NotOnOrAfter') !== undefined,
  },
  {
    code: 'not_yet_valid',
    reason: 'The Assertion is not valid yet.',
    holds: (facts) => hasBegun(timeOf(conditionsOf(facts.assertion), 'NotBefore') ?? new Date(0), momentOf(facts)),
    found: ({ assertion }) => attributeOf(conditionsOf(assertion), 'NotBefore'),
  },
  {
    code: 'expired',
    reason: 'The Assertion has expired.',
    holds: (facts) => hasNotEnded(timeOf(conditionsOf(facts.assertion), 'NotOnOrAfter') ?? NEVER, momentOf(facts)),
    found: ({ assertion }) => attributeOf(conditionsOf(assertion), 'NotOnOrAfter'),
  },
  {
    code: 'wrong_audience',
    reason: 'The audience is not this service provider.',
    holds: ({ assertion, connection }) => {
      const restrictions = audiencesOf(assertion);
      return restrictions.length > 0 && restrictions.every((audiences) => audiences.includes(connection.entityId));
    },
    found: ({ assertion }) => audiencesOf(assertion).flat().join(' '),
  },
];

const AUTHENTICATION: readonly Rule<AssertionFacts>[] = [
  {
    code: 'assertion_malformed',
    reason: 'There is not exactly one AuthnStatement.',
    holds: ({ assertion }) => authnStatementOf(assertion) !== undefined,
  },
  {
    code: 'assertion_malformed',
    reason: 'The AuthnStatement has no AuthnContext.',
    holds: ({ assertion }) => partOf(authnStatementOf(assertion), 'AuthnContext') !== undefined,
  },
  {
    code: 'not_yet_valid',
    reason: 'The AuthnInstant is no time, or in the future.',
    holds: (facts) => hasBegun(timeOf(authnStatementOf(facts.assertion), 'AuthnInstant') ?? NEVER, momentOf(facts)),
  },
  {
    code: 'session_expired',
    reason: 'The session at the IdP has ended.',
    holds: (facts) =>
      attributeOf(authnStatementOf(facts.assertion), 'SessionNotOnOrAfter') === undefined ||
      hasNotEnded(timeOf(authnStatementOf(facts.assertion), 'SessionNotOnOrAfter') ?? NEVER, momentOf(facts)),
  },
  {
    code: 'authn_context_unmet',
    reason: 'The person did not log in in the way that this connection asks for.',
    holds: ({ assertion, connection }) =>
      connection.authnContext === undefined || connection.authnContext.includes(contextOf(assertion) ?? ''),
    found: ({ assertion }) => contextOf(assertion),
  },
  // A person who was asked to log in anew has done so since; the IdP may have ignored it.
  {
    code: 'login_not_fresh',
    reason: 'The person did not log in anew, which this connection asks for.',
    holds: ({ assertion, connection, requestedAt, now }) => {
      if (connection.forceAuthn !== true) return true;
      const since = requestedAt ?? new Date(now.getTime() - MAX_MESSAGE_AGE_MS);
      const skewMs = clockSkewOf(connection);
      return hasBegun(since, { now: timeOf(authnStatementOf(assertion), 'AuthnInstant') ?? NEVER, skewMs });
    },
    found: ({ assertion }) => attributeOf(authnStatementOf(assertion), 'AuthnInstant'),
  },
];

/** SAML Core §2, Profiles §4.1.4: everything that an assertion must say for a login, in the order it is looked at. */
export const ASSERTION_RULES: readonly Rule<AssertionFacts>[] = [
  ...FORM,
  ...ISSUED,
  ...SUBJECT,
  ...CONDITION,
  ...AUTHENTICATION,
];

/** The audiences of each restriction: every restriction must be met, by any of its audiences. */
function audiencesOf(assertion: Element): string[][] {
  const conditions = conditionsOf(assertion);
  const restrictions = conditions ? childrenOf(conditions, NS.assertion, 'AudienceRestriction') : [];
  return restrictions.map((restriction) =>
    childrenOf(restriction, NS.assertion, 'Audience').flatMap((audience) => textOf(audience) ?? []),
  );
}

/** Core §8.3.7 limits identifiers to 256 characters; an invisible difference must not make a second person. */
export function isPlainName(name: string | undefined): boolean {
  return (
    name !== undefined &&
    name !== '' &&
    name.length <= 256 &&
    name === name.trim() &&
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)
  );
}
