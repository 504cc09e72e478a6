import type { AssertionFacts } from './assertion-facts.js';
import { isIssuedBy } from './check-response.js';
import { clockSkewOf, MAX_MESSAGE_AGE_MS } from './saml-connection.js';
import { chooseConfirmation } from './choose-confirmation.js';
import { chooseStatement } from './choose-statement.js';
import { demand, type Rule } from './saml-refused.js';
import { hasBegun, hasNotEnded, instantOf, isFresh, type Moment } from './saml-time.js';
import { allBelow, attributeOf, childrenOf, collapsed, elementsOf, isNamed, NS, onlyChild, textOf } from './xml.js';

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
const subjectOf = (assertion: Element): Element | undefined => partOf(assertion, 'Subject');
export const nameIdOf = (assertion: Element): Element | undefined => partOf(subjectOf(assertion), 'NameID');
export const conditionsOf = (assertion: Element): Element | undefined => partOf(assertion, 'Conditions');

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
      [undefined, '', connection.entityId].includes(attributeOf(nameIdOf(assertion), 'SPNameQualifier')),
    found: ({ assertion }) => attributeOf(nameIdOf(assertion), 'SPNameQualifier'),
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

/** SAML Core §2, Profiles §4.1.4: what an assertion must say for a login, in the order it is looked at. */
const ASSERTION_RULES: readonly Rule<AssertionFacts>[] = [...FORM, ...ISSUED, ...SUBJECT];

/** The parts of an assertion by which the login holds. */
export interface CheckedAssertion {
  readonly assertion: Element;
  /** The SubjectConfirmationData that holds. */
  readonly confirmation: Element;
  /** Every AuthnStatement; the first is the one that holds. */
  readonly statements: readonly [Element, ...Element[]];
}

/** Goes through everything that an assertion must say for a login; throws `SamlRefused` at what does not hold. */
export function checkAssertion(facts: AssertionFacts): CheckedAssertion {
  demand(ASSERTION_RULES, facts);
  const confirmation = chooseConfirmation(facts, subjectOf(facts.assertion));
  demand(CONDITION, facts);
  return { assertion: facts.assertion, confirmation, statements: chooseStatement(facts) };
}

/** The audiences of each restriction: every restriction must be met, by any of its audiences. */
function audiencesOf(assertion: Element): string[][] {
  const conditions = conditionsOf(assertion);
  const restrictions = conditions ? childrenOf(conditions, NS.assertion, 'AudienceRestriction') : [];
  return restrictions.map((restriction) =>
    childrenOf(restriction, NS.assertion, 'Audience').flatMap((audience) => collapsed(textOf(audience)) ?? []),
  );
}

/**
 * Joiners (U+200C, U+200D) between letters of scripts that are written with them: there they are seen, as RFC 5892 (appendices A.1
 * and A.2) allows them in names of hosts.
 */
const SEEN_JOINERS =
  /(?<=[\p{sc=Arab}\p{sc=Beng}\p{sc=Deva}\p{sc=Gujr}\p{sc=Guru}\p{sc=Knda}\p{sc=Mlym}\p{sc=Orya}\p{sc=Sinh}\p{sc=Syrc}\p{sc=Taml}\p{sc=Telu}])[\u200C\u200D](?=[\p{sc=Arab}\p{sc=Beng}\p{sc=Deva}\p{sc=Gujr}\p{sc=Guru}\p{sc=Knda}\p{sc=Mlym}\p{sc=Orya}\p{sc=Sinh}\p{sc=Syrc}\p{sc=Taml}\p{sc=Telu}])/gu;

/** Core §8.3.7 limits identifiers to 256 characters; an invisible difference must not make a second person. */
export function isPlainName(name: string | undefined): boolean {
  return (
    name !== undefined &&
    name !== '' &&
    name.length <= 256 &&
    name === name.trim() &&
    !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name.replaceAll(SEEN_JOINERS, ''))
  );
}
