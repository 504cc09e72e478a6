import { AddressRefused } from './address-guard.js';

/** Why a request has no answer. */
export type HttpFailureReason =
  | 'invalid_url'
  | 'address_refused'
  | 'dns'
  | 'refused'
  | 'connect_timeout'
  | 'tls'
  | 'timeout'
  | 'aborted'
  | 'reset'
  | 'too_large'
  | 'protocol'
  | 'network';

/** A request without an answer; `sent` says whether the peer may have received it, and so may have acted on it. */
export class HttpFailure extends Error {
  constructor(
    readonly reason: HttpFailureReason,
    readonly sent: boolean,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'HttpFailure';
  }
}

const REASONS: Readonly<Record<string, HttpFailureReason>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_HEADERS_OVERFLOW: 'too_large',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  UNABLE_TO_GET_ISSUER_CERT: 'tls',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls',
  EPROTO: 'tls',
};

const SENTENCES: Readonly<Record<HttpFailureReason, string>> = {
  invalid_url: 'the address is not an http or https URL',
  address_refused: 'the address is neither public nor in the operator’s allow-list of networks',
  dns: 'the host name could not be resolved',
  refused: 'nothing accepts connections there',
  connect_timeout: 'no connection came about in time',
  tls: 'the TLS connection or its certificate was not accepted',
  timeout: 'no answer came in time',
  aborted: 'the request was given up',
  reset: 'the connection was closed before the answer was complete',
  too_large: 'the answer is larger than allowed',
  protocol: 'the answer is not HTTP',
  network: 'the network failed',
};

/** The failure of one request to `host`, from whatever the transport threw. */
export function httpFailure(host: string, sent: boolean, cause: unknown): HttpFailure {
  const reason = reasonOf(cause);
  return new HttpFailure(reason, sent, sentence(host, reason), cause);
}

/** The failure of a request that its own caller gave up, at the deadline or before. */
export function givenUp(host: string, sent: boolean, cause: unknown): HttpFailure {
  const reason = (cause as { name?: unknown } | undefined)?.name === 'TimeoutError' ? 'timeout' : 'aborted';
  return new HttpFailure(reason, sent, sentence(host, reason), cause);
}

/** The one-line message of a failure: names the host, never a path, a query or a header. */
export function sentence(host: string, reason: HttpFailureReason): string {
  return `${host}: ${SENTENCES[reason]}`;
}

// By shape, not by class: errors of Node and undici may come from another realm than `Error` here.
function reasonOf(cause: unknown): HttpFailureReason {
  if (cause instanceof AddressRefused) return 'address_refused';
  const { code, errors } = (cause ?? {}) as { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === 'string') return REASONS[code] ?? reasonOfFamily(code);
  return errors === undefined ? 'network' : reasonOf(errors[0]);
}

function reasonOfFamily(code: string): HttpFailureReason {
  if (code.startsWith('HPE_')) return 'protocol';
  return /^(ERR_TLS|ERR_SSL|CERT)_/.test(code) ? 'tls' : 'network';
}
