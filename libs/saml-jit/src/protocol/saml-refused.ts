import { randomInt } from 'node:crypto';

/** Every reason for which a message is refused by the protocol. */
export const SAML_REFUSAL_CODES = [
  'unknown_connection',
  'connection_disabled',
  'body_malformed',
  'xml_malformed',
  'message_too_large',
  'not_a_login_response',
  'response_malformed',
  'wrong_destination',
  'wrong_issuer',
  'status_not_success',
  'assertion_count',
  'assertion_encrypted',
  'assertion_not_encrypted',
  'encryption_malformed',
  'encryption_algorithm',
  'assertion_unreadable',
  'response_not_signed',
  'assertion_not_signed',
  'signature_malformed',
  'signature_algorithm',
  'signature_invalid',
  'request_missing',
  'request_unknown',
  'request_expired',
  'assertion_malformed',
  'subject_malformed',
  'subject_encrypted',
  'wrong_recipient',
  'wrong_audience',
  'conditions_malformed',
  'not_yet_valid',
  'expired',
  'session_expired',
  'authn_context_unmet',
  'login_not_fresh',
  'assertion_refused',
  'not_a_logout_message',
  'logout_malformed',
  'logout_not_signed',
  'logout_replayed',
] as const;

export type SamlRefusalCode = (typeof SAML_REFUSAL_CODES)[number];

const SUPPORT_ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A code that a refused person can read out. */
export const newSupportCode = (): string =>
  Array.from({ length: 8 }, () => SUPPORT_ALPHABET.charAt(randomInt(SUPPORT_ALPHABET.length))).join('');

/**
 * A message refused by the protocol: the other side's mistake or attack, so 4xx at the door, never 500. The employee is
 * shown the support code, the admin finds code and reason by it. The reason carries no personal value.
 */
export class SamlRefused extends Error {
  readonly supportCode = newSupportCode();

  constructor(
    readonly code: SamlRefusalCode,
    readonly reason: string,
    cause?: unknown,
    /** What the IdP says of it in its own words, which may name a person: for the admin, never for a log. */
    readonly detail?: string,
  ) {
    super(`SAML message refused: ${reason}`, { cause });
    this.name = 'SamlRefused';
  }
}

const MAX_SHOWN = 200;

/** One line of a protocol table: what must hold, and what is said when it does not. */
export interface Rule<Facts> {
  readonly code: SamlRefusalCode;
  readonly reason: string;
  holds(facts: Facts): boolean;
  /** What was found in its place, for the admin: a URL, a URN, an algorithm; never a person's value. */
  found?(facts: Facts): string | null | undefined;
  /** The IdP's own words, which may have a person's value. */
  detail?(facts: Facts): string | null | undefined;
}

/** Goes through a table from the top; throws `SamlRefused` at the first line that does not hold. */
export function demand<Facts>(rules: readonly Rule<Facts>[], facts: Facts): void {
  for (const rule of rules) {
    if (rule.holds(facts)) continue;
    const found = rule.found?.(facts);
    const detail = rule.detail?.(facts);
    const reason = found ? `${rule.reason} Found: ${printable(found)}` : rule.reason;
    throw new SamlRefused(rule.code, reason, undefined, detail ? bounded(detail) : undefined);
  }
}

/** The first of several for which every line of a table holds; the refusal of the first of them when there is none. */
export function demandOne<Facts>(
  rules: readonly Rule<Facts>[],
  several: readonly Facts[],
  none: Pick<Rule<Facts>, 'code' | 'reason'>,
): Facts {
  let refused = new SamlRefused(none.code, none.reason);
  for (const [place, facts] of several.entries()) {
    try {
      demand(rules, facts);
      return facts;
    } catch (error) {
      if (!(error instanceof SamlRefused)) throw error;
      if (place === 0) refused = error;
    }
  }
  throw refused;
}

/** What a stranger sent, fit for a log line. */
function printable(text: string): string {
  return bounded(text.replaceAll(/[^\x20-\x7e]/g, '?'));
}

/** Of every language; without what could hide or rearrange the text around it. */
function bounded(text: string): string {
  const safe = text.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
  return safe.length > MAX_SHOWN ? `${safe.slice(0, MAX_SHOWN)}…` : safe;
}
