import { Clock, Database, hashToken, newToken, type Timer, type Tx } from '@tenure/platform';
import { appendFact, sessionStarted, tellSessionsEnded, type Actor } from '@tenure/journal';
import { Sessions } from '@tenure/tenancy';
import { JitLogins } from './jit/jit-logins.js';
import { LoginRefused } from './jit/login-refused.js';
import { isTestBrowser, LoginTests, TEST_BROWSER } from './jit/login-tests.js';
import { createLoginRequest } from './protocol/create-login-request.js';
import type { OutboundMessage } from './protocol/outbound-message.js';
import type { SamlLogin } from './protocol/read-login.js';
import type { SamlConnection } from './protocol/saml-connection.js';
import { consumeLogin } from './jit/consume-login.js';
import { SamlRequestRow } from './saml-connection.entity.js';

const MINUTE_MS = 60_000;

/** The browser that logs in. */
export interface LoginBrowser {
  /** From the cookie that it got when it began. */
  readonly token: string | undefined;
  readonly agent: string | undefined;
  /** From the cookie of a session that it has already. */
  readonly session: string | undefined;
}

/** Employees' logins: a verified assertion becomes, in one transaction, a person who is known and a session. */
export class SamlLogins {
  constructor(
    private readonly database: Database,
    private readonly jit: JitLogins,
    private readonly tests: LoginTests,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
  ) {}

  /** Begins a login. The browser's token goes into a cookie: only this browser may bring the answer. */
  async begin(
    connection: SamlConnection,
    returnTo: string | undefined,
    testToken?: string,
  ): Promise<{ message: OutboundMessage; browserToken: string }> {
    const { requestId, message } = await createLoginRequest(connection, returnTo);
    const browserToken = newToken(testToken === undefined ? 'tnb' : TEST_BROWSER);
    const browserHash = hashToken(browserToken);
    await this.database.transaction(connection.tenantId, async (tx) => {
      if (testToken !== undefined) await this.tests.begin(tx, connection, testToken, browserHash);
      await tx.repository(SamlRequestRow).insert({
        tenantId: connection.tenantId,
        connectionId: connection.id,
        requestId,
        browserHash,
        createdAt: this.clock.now(),
      });
    });
    return { message, browserToken };
  }

  /** Finishes a login that passed every check of the protocol. Returns the new session's token; null: it was a try. */
  async finish(connection: SamlConnection, login: SamlLogin, browser: LoginBrowser): Promise<string | null> {
    if (isTestBrowser(browser.token)) {
      await this.tests.finish(connection, login, browser.token);
      return null;
    }
    const finished = await this.database.transaction(connection.tenantId, async (tx) => {
      await consumeLogin(tx, connection, login, browser.token);
      const told = await this.jit.login(tx, connection, login);
      if (told.identityId === null) return { token: null, reason: told.reason };
      return { token: await this.open(tx, connection, login, browser, told), reason: '' };
    });
    if (finished.token !== null) return finished.token;
    // Refused after the commit: the record and the case that it opened are what the administrator decides by.
    throw new LoginRefused('login_unresolved', 'Who this login belongs to is not certain.', finished.reason);
  }

  private async open(
    tx: Tx,
    connection: SamlConnection,
    login: SamlLogin,
    { agent, session }: LoginBrowser,
    { identityId, rules }: { readonly identityId: string; readonly rules: LoginLimits },
  ): Promise<string> {
    const { idleMinutes, absoluteMinutes } = rules.sessions;
    const { id, token, replaced } = await this.sessions.open(tx, {
      identityId,
      connectionId: connection.id,
      nameId: login.nameId,
      idleMs: idleMinutes * MINUTE_MS,
      absoluteMs: absoluteMinutes * MINUTE_MS,
      endsOnLeave: rules.admit.onLeave === false,
      ...(agent !== undefined && { agent }),
      ...(session !== undefined && { replaces: session }),
      ...(login.sessionIndex !== undefined && { sessionIndex: login.sessionIndex }),
      ...(login.sessionNotOnOrAfter && { notAfter: login.sessionNotOnOrAfter }),
    });
    const by: Actor = { actor: `identity:${identityId}`, door: 'saml' };
    const how = login.inResponseTo === undefined ? 'idp_initiated' : 'sp_initiated';
    const now = this.clock.now();
    const fact = sessionStarted(id, { identityId, connectionId: connection.id, how });
    const cause = await appendFact(tx, by, now, fact);
    await tellSessionsEnded(tx, { ...by, cause }, now, replaced, 'replaced');
    return token;
  }
}

/** The part of a connection's rules that a session has. */
interface LoginLimits {
  readonly sessions: { readonly idleMinutes: number; readonly absoluteMinutes: number };
  readonly admit: { readonly onLeave: boolean | null };
}

/** Removes what can no longer be used. */
export const forgetOldLogins: Timer = {
  name: 'saml-forget',
  everyMs: 60_000,
  run: async (tx) => {
    await tx.query("DELETE FROM saml_requests WHERE created_at < clock_timestamp() - interval '1 hour'");
    await tx.query("DELETE FROM saml_assertions WHERE remember_until < clock_timestamp() - interval '1 hour'");
    await tx.query("DELETE FROM saml_refusals WHERE last_at < clock_timestamp() - interval '30 days'");
    await tx.query("DELETE FROM saml_tests WHERE expires_at < clock_timestamp() - interval '1 day'");
  },
};
