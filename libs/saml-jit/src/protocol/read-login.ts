import { conditionsOf, nameIdOf, type CheckedAssertion } from './check-assertion.js';
import { readAttributes, type SamlAttributes } from './read-attributes.js';
import { clockSkewOf, MAX_MESSAGE_AGE_MS, type SamlConnection } from './saml-connection.js';
import { instantOf } from './saml-time.js';
import { attributeOf, textOf } from './xml.js';

const UNSPECIFIED = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';
const NAME_ID_ATTRIBUTES = ['Format', 'NameQualifier', 'SPNameQualifier'];

/** What a verified assertion says of who logged in. */
export interface SamlLogin {
  readonly nameId: string;
  readonly nameIdFormat: string;
  /** How the IdP wrote the NameID (Format, NameQualifier, SPNameQualifier): a logout names the person so too. */
  readonly nameIdAttributes: Readonly<Record<string, string>>;
  /** The IdP's entity id. Identities are keyed by connection: two IdPs may carry the same one. */
  readonly issuer: string;
  readonly assertionId: string;
  /** Absent where the login began at the IdP. */
  readonly inResponseTo?: string;
  readonly notOnOrAfter: Date;
  /** Until then the same assertion would be accepted again: remember its id that long. */
  readonly rememberUntil: Date;
  readonly sessionIndex?: string;
  /** Our session must end by then. */
  readonly sessionNotOnOrAfter?: Date;
  readonly attributes: SamlAttributes;
  /** Attributes of which a value cannot be read, with their other values; absent where there are none. */
  readonly partial?: SamlAttributes;
}

/** Reads an assertion that has passed every check. */
export function readLogin(
  { assertion, confirmation, statements }: CheckedAssertion,
  { connection, inResponseTo }: { readonly connection: SamlConnection; readonly inResponseTo: string | undefined },
): SamlLogin {
  const ends = [confirmation, conditionsOf(assertion)].flatMap(
    (part) => instantOf(attributeOf(part, 'NotOnOrAfter')) ?? [],
  );
  const notOnOrAfter = new Date(Math.min(...ends.map(Number)));
  const issued = Number(instantOf(attributeOf(assertion, 'IssueInstant')));
  const { attributes, partial } = readAttributes(assertion);
  const sessionIndex = sessionIndexOf(statements);
  const sessionNotOnOrAfter = instantOf(attributeOf(statements[0], 'SessionNotOnOrAfter'));
  return {
    nameId: textOf(nameIdOf(assertion)) ?? '',
    nameIdFormat: attributeOf(nameIdOf(assertion), 'Format') ?? UNSPECIFIED,
    nameIdAttributes: Object.fromEntries(
      NAME_ID_ATTRIBUTES.flatMap((name) => {
        const value = attributeOf(nameIdOf(assertion), name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    issuer: connection.idpEntityId,
    assertionId: attributeOf(assertion, 'ID') ?? '',
    ...(inResponseTo !== undefined && { inResponseTo }),
    notOnOrAfter,
    rememberUntil: new Date(Math.min(Number(notOnOrAfter), issued + MAX_MESSAGE_AGE_MS) + clockSkewOf(connection)),
    ...(sessionIndex !== undefined && { sessionIndex }),
    ...(sessionNotOnOrAfter && { sessionNotOnOrAfter }),
    attributes,
    ...(Object.keys(partial).length > 0 && { partial }),
  };
}

/** With several a logout could name any of them: a session without an index ends with each. */
function sessionIndexOf(statements: readonly Element[]): string | undefined {
  const indexes = new Set(statements.map((statement) => attributeOf(statement, 'SessionIndex')));
  const [index] = indexes;
  return indexes.size === 1 ? index : undefined;
}
