import { generateServiceProviderMetadata } from '@node-saml/node-saml';
import type { SamlConnection } from './saml-connection.js';
import { samlOptions } from './saml-options.js';

/** What an IdP's admin uploads to set us up: our entity id, ACS URL and certificate; signed when there is a key. */
export function serviceProviderMetadata(connection: SamlConnection): string {
  return generateServiceProviderMetadata({
    ...samlOptions(connection),
    publicCerts: connection.signing?.certificate ?? null,
  });
}
