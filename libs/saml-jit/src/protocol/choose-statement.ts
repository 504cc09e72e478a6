import type { AssertionFacts } from './assertion-facts.js';
import { clockSkewOf, MAX_MESSAGE_AGE_MS } from './saml-connection.js';
import { demandOne, type Rule } from './saml-refused.js';
import { hasBegun, hasNotEnded, instantOf, type Moment } from './saml-time.js';
import { attributeOf, childrenOf, collapsed, NS, onlyChild, textOf } from './xml.js';

/** One AuthnStatement of the assertion. */
interface StatementFacts extends AssertionFacts {
  readonly statement: Element;
}

const NEVER = new Date(NaN);
const timeOf = ({ statement }: StatementFacts, name: string): Date | undefined =>
  instantOf(attributeOf(statement, name));
const momentOf = ({ connection, now }: StatementFacts): Moment => ({ now, skewMs: clockSkewOf(connection) });
const contextIn = ({ statement }: StatementFacts): Element | undefined =>
  onlyChild(statement, NS.assertion, 'AuthnContext');
const classOf = (facts: StatementFacts): string | undefined =>
  collapsed(textOf(onlyChild(contextIn(facts), NS.assertion, 'AuthnContextClassRef')));

/** What the statement says of how and when the person logged in; all of it in the same one. */
const RULES: readonly Rule<StatementFacts>[] = [
  {
    code: 'assertion_malformed',
    reason: 'The AuthnStatement has no AuthnContext.',
    holds: (facts) => contextIn(facts) !== undefined,
  },
  {
    code: 'not_yet_valid',
    reason: 'The AuthnInstant is no time, or in the future.',
    holds: (facts) => hasBegun(timeOf(facts, 'AuthnInstant') ?? NEVER, momentOf(facts)),
  },
  {
    code: 'session_expired',
    reason: 'The session at the IdP has ended.',
    holds: (facts) =>
      attributeOf(facts.statement, 'SessionNotOnOrAfter') === undefined ||
      hasNotEnded(timeOf(facts, 'SessionNotOnOrAfter') ?? NEVER, momentOf(facts)),
  },
  {
    code: 'authn_context_unmet',
    reason: 'The person did not log in in the way that this connection asks for.',
    holds: (facts) =>
      facts.connection.authnContext === undefined || facts.connection.authnContext.includes(classOf(facts) ?? ''),
    found: classOf,
  },
  // A person who was asked to log in anew has done so since; the IdP may have ignored it.
  {
    code: 'login_not_fresh',
    reason: 'The person did not log in anew, which this connection asks for.',
    holds: (facts) => {
      const { connection, requestedAt, now } = facts;
      if (connection.forceAuthn !== true) return true;
      const since = requestedAt ?? new Date(now.getTime() - MAX_MESSAGE_AGE_MS);
      return hasBegun(since, { now: timeOf(facts, 'AuthnInstant') ?? NEVER, skewMs: clockSkewOf(connection) });
    },
    found: ({ statement }) => attributeOf(statement, 'AuthnInstant'),
  },
];

/** Profiles §4.1.4.2: at least one AuthnStatement, one of which holds by itself. Returns that one first, then the others. */
export function chooseStatement(facts: AssertionFacts): readonly [Element, ...Element[]] {
  const all = childrenOf(facts.assertion, NS.assertion, 'AuthnStatement');
  const none = { code: 'assertion_malformed', reason: 'There is no AuthnStatement.' } as const;
  const { statement: chosen } = demandOne(
    RULES,
    all.map((statement) => ({ ...facts, statement })),
    none,
  );
  return [chosen, ...all.filter((statement) => statement !== chosen)];
}
