import { isSuccess, LOGOUT_REQUEST_RULES, LOGOUT_RESPONSE_RULES, nameIdIn, sessionIndexesIn } from './check-logout.js';
import { checkOwnSignature } from './check-signatures.js';
import { readRedirect, type MessageKind } from './read-redirect.js';
import { fieldsOf, isSmallEnough } from './read-response-form.js';
import { decodeBase64, MAX_BYTES, readXml } from './read-xml.js';
import { clockSkewOf, MAX_MESSAGE_AGE_MS, type SamlConnection } from './saml-connection.js';
import { demand, SamlRefused } from './saml-refused.js';
import { instantOf } from './saml-time.js';
import { verifiedBytes } from './verify-element.js';
import { attributeOf, parseXml, textOf } from './xml.js';

/** A logout message as it arrived: the raw query of a GET, or the parsed form of a POST. */
export type LogoutDelivery =
  { readonly binding: 'redirect'; readonly query: string } | { readonly binding: 'post'; readonly body: unknown };

/** What an IdP says of a logout. A response is information: the session has ended before it was asked for. */
export type LogoutMessage =
  | {
      readonly kind: 'request';
      readonly id: string;
      readonly nameId: string;
      readonly nameIdFormat: string | undefined;
      /** Of these sessions only; of all, when there are none. */
      readonly sessionIndexes: readonly string[];
      readonly relayState: string | undefined;
      /** Until then the same message would be accepted again. */
      readonly rememberUntil: Date;
    }
  | {
      readonly kind: 'response';
      readonly relayState: string | undefined;
      /** The IdP says, under its signature, that the logout is done. */
      readonly isDone: boolean;
    };

interface Received {
  readonly kind: MessageKind;
  readonly message: Element;
  readonly isSigned: boolean;
  readonly relayState: string | undefined;
}

/** Verifies what came to the logout URL, or throws `SamlRefused`. Whether a request is a repetition the caller knows. */
export function verifyLogout(connection: SamlConnection, delivery: LogoutDelivery, now: Date): LogoutMessage {
  const { kind, message, isSigned, relayState } =
    delivery.binding === 'redirect' ? byRedirect(connection, delivery.query) : byPost(connection, delivery.body);
  const facts = { message, connection, isSigned, now };
  if (kind === 'SAMLResponse') {
    demand(LOGOUT_RESPONSE_RULES, facts);
    return { kind: 'response', relayState, isDone: isSigned && isSuccess(message) };
  }
  demand(LOGOUT_REQUEST_RULES, facts);
  const issued = instantOf(attributeOf(message, 'IssueInstant')) ?? now;
  return {
    kind: 'request',
    id: attributeOf(message, 'ID') ?? '',
    nameId: textOf(nameIdIn(message)) ?? '',
    nameIdFormat: attributeOf(nameIdIn(message), 'Format'),
    sessionIndexes: sessionIndexesIn(message).flatMap((index) => index ?? []),
    relayState,
    rememberUntil: new Date(issued.getTime() + MAX_MESSAGE_AGE_MS + clockSkewOf(connection)),
  };
}

function byRedirect(connection: SamlConnection, query: string): Received {
  const { bytes, ...message } = readRedirect(query, connection.certificates);
  const { root } = readXml(bytes);
  // Bindings §3.4.4.1: an XML signature is removed before the message is put into an address.
  if (checkOwnSignature(root))
    throw new SamlRefused('signature_malformed', 'A message in an address is signed by the address alone.');
  return { ...message, message: root };
}

function byPost(connection: SamlConnection, body: unknown): Received {
  const fields = fieldsOf(body);
  const kinds = (['SAMLRequest', 'SAMLResponse'] as const).filter((name) => name in fields);
  const [kind] = kinds;
  const encoded = kind && fields[kind];
  const relayState = fields.RelayState;
  if (kinds.length !== 1 || typeof encoded !== 'string' || encoded === '')
    throw new SamlRefused('body_malformed', 'There is not exactly one SAMLRequest or SAMLResponse.');
  if (relayState !== undefined && typeof relayState !== 'string')
    throw new SamlRefused('body_malformed', 'RelayState is not one value.');
  if (!isSmallEnough(encoded))
    throw new SamlRefused('message_too_large', `The message is larger than ${MAX_BYTES} bytes.`);
  const { root, xml } = readXml(decodeBase64(encoded).bytes);
  const isSigned = checkOwnSignature(root);
  const verified = isSigned ? verifiedBytes(xml, root, connection.certificates) : xml;
  if (verified === null)
    throw new SamlRefused('signature_invalid', 'The signature is not by a certificate of this connection.');
  return { kind: kind ?? 'SAMLRequest', message: isSigned ? parseXml(verified) : root, isSigned, relayState };
}
