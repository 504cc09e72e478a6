import { beforeAll, describe, expect, it } from '@jest/globals';
import { ATTACKS, type AttackWorld } from '../test-kit/attacks.js';
import { forgeResponse, formOf, goodParts } from '../test-kit/forge-response.js';
import { encryptedConnection, testConnection, testKeys, TestRequests } from '../test-kit/test-connection.js';
import { createSigningKey, type SigningKey } from './create-signing-key.js';
import type { WantSigned } from './saml-connection.js';
import { verifyLoginResponse } from './verify-login-response.js';

const REQUEST = '_request';
const requests = new TestRequests();
let keys: { idp: SigningKey; attacker: SigningKey };
let ours: SigningKey;
beforeAll(async () => {
  [keys, ours] = await Promise.all([testKeys(), createSigningKey('ours')]);
});

const POLICIES: readonly WantSigned[] = ['both', 'assertion', 'response'];
/** What is wrong with a time is the same whatever is signed: each of these is tried under one policy. */
const under = (wantSigned: WantSigned): typeof ATTACKS =>
  ATTACKS.filter(([name], index) => !name.startsWith('the time ') || POLICIES[index % 3] === wantSigned);

describe.each(POLICIES)('with %s signed, nobody gets in by', (wantSigned) => {
  let world: AttackWorld;
  beforeAll(() => {
    const connection = encryptedConnection(testConnection(keys.idp.certificate, wantSigned), ours);
    requests.add(connection.id, REQUEST);
    const good = forgeResponse(goodParts(connection, REQUEST), wantSigned, keys.idp);
    world = { connection, requestId: REQUEST, ...keys, encryptionCertificate: ours.certificate, good };
  });
  const verdictOf = async (body: unknown): Promise<string> => {
    const verdict = await verifyLoginResponse({ connection: world.connection, body, requests });
    return verdict.ok ? 'accepted' : verdict.code;
  };

  it('anything but what a good login has', async () => expect(await verdictOf(formOf(world.good))).toBe('accepted'));

  it.each(under(wantSigned))('%s', async (_, body) => expect(await verdictOf(body(world))).not.toBe('accepted'));
});
