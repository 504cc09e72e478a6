import type { AssertionFacts } from './assertion-facts.js';
import { clockSkewOf } from './saml-connection.js';
import { demandOne, type Rule } from './saml-refused.js';
import { hasNotEnded, instantOf } from './saml-time.js';
import { attributeOf, childrenOf, collapsed, NS, onlyChild } from './xml.js';

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';

/** One SubjectConfirmation by bearer, and its data. */
interface ConfirmationFacts extends AssertionFacts {
  readonly data: Element | undefined;
}

const endOf = ({ data }: ConfirmationFacts): Date | undefined => instantOf(attributeOf(data, 'NotOnOrAfter'));

/** Profiles §4.1.4.2: what a bearer's confirmation has; all of it in the same one. */
const RULES: readonly Rule<ConfirmationFacts>[] = [
  {
    code: 'subject_malformed',
    reason: 'There is not exactly one SubjectConfirmationData.',
    holds: ({ data }) => data !== undefined,
  },
  {
    code: 'wrong_recipient',
    reason: 'The Recipient is not the ACS URL of this connection.',
    holds: ({ data, connection }) => attributeOf(data, 'Recipient') === connection.acsUrl,
    found: ({ data }) => attributeOf(data, 'Recipient'),
  },
  {
    code: 'request_unknown',
    reason: 'The Assertion answers another request than the Response does.',
    holds: ({ data, inResponseTo }) => attributeOf(data, 'InResponseTo') === inResponseTo,
  },
  {
    code: 'subject_malformed',
    reason: 'The confirmation has a NotBefore.',
    holds: ({ data }) => attributeOf(data, 'NotBefore') === undefined,
  },
  {
    code: 'subject_malformed',
    reason: 'The confirmation has no end.',
    holds: (facts) => endOf(facts) !== undefined,
  },
  {
    code: 'expired',
    reason: 'The confirmation has expired.',
    holds: (facts) =>
      hasNotEnded(endOf(facts) ?? new Date(NaN), { now: facts.now, skewMs: clockSkewOf(facts.connection) }),
    found: ({ data }) => attributeOf(data, 'NotOnOrAfter'),
  },
];

/** Profiles §4.1.4.3: any one bearer that holds is enough. Returns its data; others, and other methods, are ignored. */
export function chooseConfirmation(facts: AssertionFacts, subject: Element | undefined): Element {
  const all = subject ? childrenOf(subject, NS.assertion, 'SubjectConfirmation') : [];
  const bearers = all
    .filter((one) => collapsed(attributeOf(one, 'Method')) === BEARER)
    .map((one) => ({ ...facts, data: onlyChild(one, NS.assertion, 'SubjectConfirmationData') }));
  const none = { code: 'subject_malformed', reason: 'There is no SubjectConfirmation by bearer.' } as const;
  const { data } = demandOne(RULES, bearers, none);
  return data ?? facts.assertion;
}
