import { ValidateInResponseTo, type CacheProvider, type SamlConfig } from '@node-saml/node-saml';
import { clockSkewOf, MAX_MESSAGE_AGE_MS, REQUEST_LIFETIME_MS, type SamlConnection } from './saml-connection.js';

/** Remembers nothing: a request is saved and consumed in our own transactions. */
export const NO_CACHE: CacheProvider = {
  saveAsync: (_key, value) => Promise.resolve({ value, createdAt: Date.now() }),
  getAsync: () => Promise.resolve(null),
  removeAsync: (key) => Promise.resolve(key),
};

/** A connection as node-saml's options. Its defaults are SHA-1, eight hours and no check of the request: all are set. */
export function samlOptions(connection: SamlConnection, cacheProvider: CacheProvider = NO_CACHE): SamlConfig {
  const { signing, wantSigned, authnContext } = connection;
  return {
    issuer: connection.entityId,
    audience: connection.entityId,
    callbackUrl: connection.acsUrl,
    entryPoint: connection.ssoUrl,
    idpIssuer: connection.idpEntityId,
    idpCert: [...connection.certificates],
    wantAssertionsSigned: wantSigned !== 'response',
    wantAuthnResponseSigned: wantSigned !== 'assertion',
    validateInResponseTo:
      connection.idpInitiated === true ? ValidateInResponseTo.ifPresent : ValidateInResponseTo.always,
    requestIdExpirationPeriodMs: REQUEST_LIFETIME_MS,
    cacheProvider,
    acceptedClockSkewMs: clockSkewOf(connection),
    maxAssertionAgeMs: MAX_MESSAGE_AGE_MS,
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    // Entra (AADSTS75011) and AD FS refuse an exact context when the person logs in by other means than a password.
    disableRequestedAuthnContext: authnContext === undefined,
    ...(authnContext && { authnContext: [...authnContext], racComparison: 'exact' }),
    identifierFormat: connection.nameIdFormat ?? null,
    forceAuthn: connection.forceAuthn ?? false,
    ...(signing && connection.signRequests === true && { privateKey: signing.privateKey.reveal() }),
  };
}
