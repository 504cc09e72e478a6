import type { SamlConnection } from './saml-connection.js';

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
