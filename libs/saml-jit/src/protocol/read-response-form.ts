import { decodeBase64, MAX_BYTES, readXml } from './read-xml.js';
import { demand, type Rule } from './saml-refused.js';

/** The message as it was posted, parsed once for the checks that come before its signature is verified. */
export interface ResponseForm {
  /** As posted: what is handed to the library. */
  readonly encoded: string;
  readonly xml: string;
  readonly response: Element;
}

const BODY_RULES: readonly Rule<Readonly<Record<string, unknown>>>[] = [
  {
    code: 'not_a_login_response',
    reason: 'A request was posted where the answer to a login is expected.',
    holds: (body) => !('SAMLRequest' in body),
  },
  {
    code: 'body_malformed',
    reason: 'The form has no SAMLResponse, or more than one.',
    holds: ({ SAMLResponse }) => typeof SAMLResponse === 'string' && SAMLResponse !== '',
  },
  {
    code: 'body_malformed',
    reason: 'RelayState is not one value.',
    holds: ({ RelayState }) => RelayState === undefined || typeof RelayState === 'string',
  },
  {
    code: 'message_too_large',
    reason: `SAMLResponse is larger than ${MAX_BYTES} bytes.`,
    holds: ({ SAMLResponse }) => isSmallEnough(String(SAMLResponse)),
  },
];

/** Whether base64 may hold a message of a size that is read. */
export const isSmallEnough = (encoded: string): boolean => encoded.length <= (MAX_BYTES * 4) / 3 + 8;

/** The fields of a posted form; none, for anything else. */
export const fieldsOf = (body: unknown): Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Readonly<Record<string, unknown>>) : {};

/** Reads what was posted at the ACS, or throws `SamlRefused`. Nothing in it is trusted yet. */
export function readResponseForm(body: unknown): ResponseForm {
  const fields = fieldsOf(body);
  demand(BODY_RULES, fields);
  const { bytes, encoded } = decodeBase64(String(fields.SAMLResponse));
  const { root, xml } = readXml(bytes);
  return { encoded, xml, response: root };
}
