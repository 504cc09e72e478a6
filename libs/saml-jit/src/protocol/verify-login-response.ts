import { type CacheProvider, SAML } from '@node-saml/node-saml';
import { checkAssertion, type CheckedAssertion } from './check-assertion.js';
import { assertionIn, REQUEST_RULES, RESPONSE_RULES } from './check-response.js';
import { checkSignatures, type SignaturesPresent } from './check-signatures.js';
import { isEncryptedAssertion } from './decrypt-assertion.js';
import { openEncrypted } from './open-encrypted.js';
import { readLogin, type SamlLogin } from './read-login.js';
import { readResponseForm, type ResponseForm } from './read-response-form.js';
import type { LoginRequests, SamlConnection } from './saml-connection.js';
import { samlOptions, NO_CACHE } from './saml-options.js';
import { demand, SamlRefused, type SamlRefusalCode } from './saml-refused.js';
import { attributeOf, parseXml } from './xml.js';

/** What was posted at the ACS of a connection. */
export interface LoginResponse {
  readonly connection: SamlConnection;
  /** The parsed form. */
  readonly body: unknown;
  readonly requests: LoginRequests;
  readonly now?: Date;
}

/** The person who logged in, or why the message is refused. */
export type LoginVerdict =
  | { readonly ok: true; readonly login: SamlLogin }
  | { readonly ok: false; readonly code: SamlRefusalCode; readonly reason: string; readonly detail?: string };

/**
 * Verifies the answer to a login. Cheap checks of the form come first, then node-saml verifies the signatures, and
 * what is believed is read from the signed bytes only. Errors of the `requests` port pass through: they are ours.
 *
 * Not done here: consuming `inResponseTo` and remembering `assertionId`, which belong to the caller's transaction.
 */
export async function verifyLoginResponse(received: LoginResponse): Promise<LoginVerdict> {
  try {
    return { ok: true, login: await verify(received) };
  } catch (error) {
    if (error instanceof SamlRefused) return refusedBy(error);
    throw error;
  }
}

const refusedBy = ({ code, reason, detail }: SamlRefused): LoginVerdict => ({
  ok: false,
  code,
  reason,
  ...(detail !== undefined && { detail }),
});

async function verify({ connection, body, requests, now = new Date() }: LoginResponse): Promise<SamlLogin> {
  const form = readResponseForm(body);
  const facts = { response: form.response, connection, now };
  demand(RESPONSE_RULES, facts);
  const unverified = assertionIn(form.response) ?? form.response;
  const isEncrypted = isEncryptedAssertion(unverified);
  // What an encrypted assertion is signed with is seen when it is open.
  const present = checkSignatures(form.response, unverified, isEncrypted ? outerOf(connection) : connection.wantSigned);

  const inResponseTo = attributeOf(form.response, 'InResponseTo');
  const requestedAt = inResponseTo === undefined ? null : await requests.lookUpRequest(connection, inResponseTo);
  if (inResponseTo !== undefined) demand(REQUEST_RULES, { ...facts, requestedAt });

  let checked: CheckedAssertion | undefined;
  const checkVerified = (xml: string): void => {
    checked = checkAssertion({ assertion: parseXml(xml), connection, inResponseTo, requestedAt, now });
  };
  if (isEncrypted) checkVerified(openEncrypted(form, connection, present));
  else await verifySignatures(form, connection, present, openRequest(inResponseTo, requestedAt), checkVerified);
  if (!checked) throw new SamlRefused('assertion_refused', 'The message is signed, but says nothing of a login.');
  return readLogin(checked, { connection, inResponseTo });
}

/** What can be asked of the envelope alone; `assertion` asks nothing of it that is not looked at later. */
const outerOf = ({ wantSigned }: SamlConnection): 'response' | 'none' =>
  wantSigned === 'assertion' ? 'none' : 'response';

/** node-saml's request cache with the one request that has been looked up. Removing is the caller's, atomically. */
function openRequest(inResponseTo: string | undefined, requestedAt: Date | null): CacheProvider {
  return {
    ...NO_CACHE,
    getAsync: (id) => Promise.resolve(id === inResponseTo ? (requestedAt?.toISOString() ?? null) : null),
  };
}

/** What a login says is read by us. */
const NO_PROFILE = { issuer: '', nameID: '', nameIDFormat: '' };

/**
 * node-saml, which hands us the assertion from the verified bytes. Its own checks of it are fewer than ours, and of several
 * confirmations or audiences it reads the first only, so they are not made.
 */
class VerifyingSaml extends SAML {
  reached = false;

  constructor(
    options: ConstructorParameters<typeof SAML>[0],
    private readonly checkVerified: (assertionXml: string) => void,
  ) {
    super(options);
  }

  protected override processValidlySignedAssertionAsync(
    ...[xml]: Parameters<SAML['processValidlySignedAssertionAsync']>
  ): ReturnType<SAML['processValidlySignedAssertionAsync']> {
    this.reached = true;
    this.checkVerified(xml);
    return Promise.resolve({ profile: NO_PROFILE, loggedOut: false });
  }
}

async function verifySignatures(
  { encoded }: ResponseForm,
  connection: SamlConnection,
  present: SignaturesPresent,
  cacheProvider: CacheProvider,
  checkVerified: (assertionXml: string) => void,
): Promise<void> {
  const options = samlOptions(connection, cacheProvider);
  // A signature that is not asked for but is there must be right too.
  const saml = new VerifyingSaml(
    { ...options, wantAuthnResponseSigned: present.onResponse, wantAssertionsSigned: present.onAssertion },
    checkVerified,
  );
  try {
    await saml.validatePostResponseAsync({ SAMLResponse: encoded });
  } catch (error) {
    if (error instanceof SamlRefused) throw error;
    if (!saml.reached)
      throw new SamlRefused('signature_invalid', 'The signature is not by a certificate of this connection.', error);
    throw new SamlRefused('assertion_refused', 'The Assertion is not acceptable.', error);
  }
}
