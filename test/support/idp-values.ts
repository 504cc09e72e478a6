import { createSigningKey } from '../../libs/saml-jit/src/protocol/create-signing-key.js';

/** What an admin types of an identity provider with which no test logs in. */
export const idpValues = async (): Promise<object> => ({
  name: 'IdP',
  idpEntityId: 'https://idp.example',
  ssoUrl: 'https://idp.example/sso',
  certificates: [(await createSigningKey('idp')).certificate],
});
