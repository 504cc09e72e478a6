import type { Secret } from '@tenure/platform';
import type { Binding } from './outbound-message.js';

/** Which of the two the IdP signs. Never neither. */
export type WantSigned = 'both' | 'assertion' | 'response';

/** One IdP of one tenant, and who we are toward it. */
export interface SamlConnection {
  readonly id: string;
  readonly tenantId: string;
  /** Our own entity id toward this IdP: also the audience that its assertions must name. */
  readonly entityId: string;
  readonly acsUrl: string;
  readonly sloUrl: string;
  readonly idpEntityId: string;
  /** Where the browser is sent to log in, and how; by HTTP-Redirect where nothing is said. */
  readonly ssoUrl: string;
  readonly ssoBinding?: Binding;
  /** Where our logout messages are sent, and how; absent: the IdP knows no single logout. */
  readonly idpSloUrl?: string;
  readonly idpSloBinding?: Binding;
  /** Where our answers to its logout requests go, when that is elsewhere. */
  readonly idpSloResponseUrl?: string;
  /** PEM. Two or more while the IdP rolls its certificate over: each is tried. */
  readonly certificates: readonly string[];
  readonly wantSigned: WantSigned;
  readonly clockSkewMs: number;
  /** Asked of the IdP in the request; absent: the IdP chooses. */
  readonly nameIdFormat?: string;
  readonly forceAuthn?: boolean;
  /** Context classes that are asked for, one of which the login must then have; absent: any. */
  readonly authnContext?: readonly string[];
  /** Whether a login may begin at the IdP, without a request of ours. */
  readonly idpInitiated?: boolean;
  /** Our own key pair: metadata and logout messages are signed with it. */
  readonly signing?: KeyPair;
  /** Whether login requests are signed too. */
  readonly signRequests?: boolean;
  /** Whether assertions may, or must, be encrypted for us; `off` where nothing is said. */
  readonly encryption?: Encryption;
  /** Every private key that an assertion may be encrypted for. */
  readonly decryption?: readonly Secret[];
  /** What our metadata shows: of each purpose the key in use first, then those that come next. */
  readonly published?: { readonly signing: readonly string[]; readonly encryption: readonly string[] };
  readonly disabled?: boolean;
}

/** Whether assertions are encrypted for us. */
export type Encryption = 'off' | 'optional' | 'required';

/** A private key and the certificate that shows its public half. */
export interface KeyPair {
  readonly privateKey: Secret;
  readonly certificate: string;
}

/** Finds a connection by the id in the URL. */
export abstract class SamlConnections {
  abstract load(connectionId: string): Promise<SamlConnection | null>;
}

/** Looks up login requests. Consuming one is the caller's, in the transaction that makes the session. */
export abstract class LoginRequests {
  /** When the request was made, or null: never made for this connection, already consumed, or of another browser. */
  abstract lookUpRequest(connection: Pick<SamlConnection, 'id' | 'tenantId'>, requestId: string): Promise<Date | null>;
}

/** A request not answered within this time is dead. */
export const REQUEST_LIFETIME_MS = 600_000;

/** An answer older than this is refused, however long the IdP says that it is valid. */
export const MAX_MESSAGE_AGE_MS = 600_000;

/** More skew than this would only widen the window for replay. */
export const MAX_CLOCK_SKEW_MS = 180_000;

/** The skew that is granted to this IdP's clock. */
export function clockSkewOf({ clockSkewMs }: SamlConnection): number {
  return Math.min(Math.max(clockSkewMs, 0), MAX_CLOCK_SKEW_MS);
}
