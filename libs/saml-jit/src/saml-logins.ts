import { Clock, Database, hashToken, newToken, Refusal, type Timer } from '@tenure/platform';
import { Sessions } from '@tenure/tenancy';
import { assertSpeaks, getSource, Identities, type Identity } from '@tenure/identity';
import type { Actor } from '@tenure/journal';
import { consumeLogin } from './jit/consume-login.js';
import { mapLogin } from './map-login.js';
import { createLoginRequest } from './protocol/create-login-request.js';
import type { SamlLogin } from './protocol/read-login.js';
import type { SamlConnection } from './protocol/saml-connection.js';
import { SamlRequestRow } from './saml-connection.entity.js';

/** Who may not come in, and why: refused before anything is written. */
const SHUT_OUT: Readonly<Partial<Record<Identity['state'], string>>> = {
  terminated: 'This person has left.',
  purged: 'This person has left.',
  suspended: 'This person is suspended.',
  staged: 'This person’s first day is still to come.',
};

/** Employees' logins: a verified assertion becomes, in one transaction, a person who is known and a session. */
export class SamlLogins {
  constructor(
    private readonly database: Database,
    private readonly identities: Identities,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
  ) {}

  /** Begins a login. The browser's token goes into a cookie: only this browser may bring the answer. */
  async begin(
    connection: SamlConnection,
    returnTo: string | undefined,
  ): Promise<{ redirectUrl: string; browserToken: string }> {
    const { requestId, redirectUrl } = await createLoginRequest(connection, returnTo);
    const browserToken = newToken('tnb');
    await this.database.transaction(connection.tenantId, (tx) =>
      tx.repository(SamlRequestRow).insert({
        tenantId: connection.tenantId,
        connectionId: connection.id,
        requestId,
        browserHash: hashToken(browserToken),
        createdAt: this.clock.now(),
      }),
    );
    return { redirectUrl, browserToken };
  }

  /** Finishes a login that passed every check of the protocol. Returns the new session's token. */
  async finish(connection: SamlConnection, login: SamlLogin, browserToken: string | undefined): Promise<string> {
    const finished = await this.database.transaction(connection.tenantId, async (tx) => {
      await consumeLogin(tx, connection, login, browserToken);
      const source = await getSource(tx, connection.id, 'saml');
      assertSpeaks(source);
      const by: Actor = { actor: `source:${connection.id}`, door: 'saml' };
      const told = await this.identities.state(tx, by, { source, key: login.nameId, person: mapLogin(login), admit });
      if (told.identityId === null) return { token: null, reason: told.reason ?? '' };
      const token = await this.sessions.open(tx, {
        identityId: told.identityId,
        connectionId: connection.id,
        nameId: login.nameId,
        ...(login.sessionIndex !== undefined && { sessionIndex: login.sessionIndex }),
        ...(login.sessionNotOnOrAfter && { notAfter: login.sessionNotOnOrAfter }),
      });
      return { token, reason: '' };
    });
    if (finished.token !== null) return finished.token;
    // Refused after the commit: the record and the case that it opened are what the administrator decides by.
    const words = `Who this login belongs to is not certain: ${finished.reason}. Ask an administrator.`;
    throw new Refusal('forbidden', 'login_unresolved', words);
  }
}

function admit(identity: Identity | null): void {
  const reason = identity && SHUT_OUT[identity.state];
  if (reason) throw new Refusal('forbidden', 'person_shut_out', `${reason} Ask your administrator.`);
}

/** Removes what can no longer be used. */
export const forgetOldLogins: Timer = {
  name: 'saml-forget',
  everyMs: 60_000,
  run: async (tx) => {
    await tx.query("DELETE FROM saml_requests WHERE created_at < clock_timestamp() - interval '1 hour'");
    await tx.query("DELETE FROM saml_assertions WHERE remember_until < clock_timestamp() - interval '1 hour'");
  },
};
