import { Clock, Database, hashToken, newId, newToken, type Timer, type Tx } from '@tenure/platform';
import { appendFact, sessionStarted, tellSessionsEnded, type Actor } from '@tenure/journal';
import { Sessions } from '@tenure/tenancy';
import { JitLogins } from '../jit/jit-logins.js';
import { LoginRefused } from '../jit/login-refused.js';
import { LoginTests } from '../jit/login-tests.js';
import { createLoginRequest } from '../protocol/create-login-request.js';
import type { OutboundMessage } from '../protocol/outbound-message.js';
import type { SamlLogin } from '../protocol/read-login.js';
import { REQUEST_LIFETIME_MS, type SamlConnection } from '../protocol/saml-connection.js';
import { SamlRefused, type SamlRefusalCode } from '../protocol/saml-refused.js';
import { consumeLogin } from '../jit/consume-login.js';

const MINUTE_MS = 60_000;

/** The browser that logs in. */
export interface LoginBrowser {
  /** From the cookie that it got when it began. */
  readonly token: string | undefined;
  /** From the cookie that it got when it began a test. */
  readonly testToken: string | undefined;
  readonly agent: string | undefined;
  /** From the cookie of a session that it has already. */
  readonly session: string | undefined;
}

/** What came of a login: a session with its token, a test, or nothing new for the browser that holds the session already. */
export type Finished =
  | { readonly kind: 'session'; readonly token: string }
  | { readonly kind: 'test' }
  | { readonly kind: 'again'; readonly renewed?: string };

/** Refusals of what was used before. */
const USED: readonly SamlRefusalCode[] = ['request_unknown', 'assertion_refused'];

/** Employees' logins: a verified assertion becomes, in one transaction, a person who is known and a session. */
export class SamlLogins {
  constructor(
    private readonly database: Database,
    private readonly jit: JitLogins,
    private readonly tests: LoginTests,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins a login. The browser's token goes into a cookie: only this browser may bring the answer. One that has begun
   * another login keeps its token, so that each of its tabs can be finished.
   */
  async begin(
    connection: SamlConnection,
    returnTo: string | undefined,
    known: string | undefined,
  ): Promise<{ message: OutboundMessage; browserToken: string }> {
    const { requestId, message } = await createLoginRequest(connection, returnTo);
    const fresh = newToken('tnb');
    const keeps = await this.database.transaction(connection.tenantId, (tx) =>
      this.keepRequest(tx, connection.id, requestId, {
        fresh: hashToken(fresh),
        known: known === undefined ? null : hashToken(known),
      }),
    );
    return { message, browserToken: keeps && known !== undefined ? known : fresh };
  }

  /** Begins a test, in a browser that is bound to it. */
  async beginTest(
    connection: SamlConnection,
    testToken: string,
  ): Promise<{ message: OutboundMessage; browserToken: string }> {
    const { requestId, message } = await createLoginRequest(connection, undefined);
    const browserToken = newToken('tnt');
    const fresh = hashToken(browserToken);
    await this.database.transaction(connection.tenantId, async (tx) => {
      await this.tests.begin(tx, connection, testToken, fresh);
      await this.keepRequest(tx, connection.id, requestId, { fresh, known: null });
    });
    return { message, browserToken };
  }

  /** Keeps a request, under the browser's known token where a request of it is still open. Says whether it is. */
  private async keepRequest(
    tx: Tx,
    connectionId: string,
    requestId: string,
    { fresh, known }: { readonly fresh: Buffer; readonly known: Buffer | null },
  ): Promise<boolean> {
    const now = this.clock.now();
    const [kept] = await tx.query<{ keeps: boolean }>(
      `INSERT INTO saml_requests (tenant_id, connection_id, request_id, browser_hash, created_at)
       SELECT $1, $2, $3, CASE WHEN EXISTS (
         SELECT FROM saml_requests WHERE tenant_id = $1 AND connection_id = $2 AND browser_hash = $5::bytea AND created_at > $7
       ) THEN $5::bytea ELSE $4::bytea END, $6
       RETURNING browser_hash IS NOT DISTINCT FROM $5::bytea AS keeps`,
      [tx.tenantId, connectionId, requestId, fresh, known, now, new Date(now.getTime() - REQUEST_LIFETIME_MS)],
    );
    return kept?.keeps === true;
  }

  /** Finishes a login that passed every check of the protocol. `used`: its request is open no more. */
  async finish(
    connection: SamlConnection,
    login: SamlLogin,
    browser: LoginBrowser,
    used?: SamlRefused,
  ): Promise<Finished> {
    try {
      if (used !== undefined) throw used;
      return await this.finishOnce(connection, login, browser);
    } catch (error) {
      const isUsed = error instanceof SamlRefused && USED.includes(error.code);
      const again = isUsed ? await this.openedBefore(connection, login, browser.session) : null;
      if (again === null) throw error;
      return again;
    }
  }

  /**
   * The same answer again, as a double click or a page that is loaded anew posts it: it opens nothing, but the browser that
   * holds the very session which it opened is sent where it wanted to go.
   */
  private async openedBefore(
    { id, tenantId }: SamlConnection,
    { assertionId }: SamlLogin,
    token: string | undefined,
  ): Promise<Finished | null> {
    const session = token === undefined ? null : await this.sessions.find(token);
    if (session?.tenantId !== tenantId) return null;
    const opened = await this.database.transaction(tenantId, (tx) =>
      tx.query(
        'SELECT FROM saml_assertions WHERE tenant_id = $1 AND connection_id = $2 AND assertion_id = $3 AND session_id = $4',
        [tenantId, id, assertionId, session.id],
      ),
    );
    if (opened.length === 0) return null;
    return { kind: 'again', ...(session.renewed !== undefined && { renewed: session.renewed }) };
  }

  private async finishOnce(connection: SamlConnection, login: SamlLogin, browser: LoginBrowser): Promise<Finished> {
    const { token: browserToken, testToken } = browser;
    if (testToken !== undefined && (await this.tests.isTest(connection, login, testToken))) {
      await this.tests.finish(connection, login, testToken);
      return { kind: 'test' };
    }
    const sessionId = newId();
    const finished = await this.database.transaction(connection.tenantId, async (tx) => {
      await consumeLogin(tx, connection, login, { browserToken, sessionId });
      const told = await this.jit.login(tx, connection, login);
      if (told.identityId === null) return { token: null, told };
      return { token: await this.open(tx, connection, login, browser, { ...told, sessionId }) };
    });
    if (finished.token !== null) return { kind: 'session', token: finished.token };
    // Refused after the commit: the record and the case that it opened are what the administrator decides by.
    const { code, words, reason, caseId } = finished.told;
    const how = caseId === null ? '' : `. Resolve the case ${caseId} with "link" to give the login to a person`;
    throw new LoginRefused(code, words, `${reason}${how}.`);
  }

  private async open(
    tx: Tx,
    connection: SamlConnection,
    login: SamlLogin,
    { agent, session }: LoginBrowser,
    { identityId, rules, sessionId }: OpensSession,
  ): Promise<string> {
    const { idleMinutes, absoluteMinutes } = rules.sessions;
    const { id, token, replaced } = await this.sessions.open(tx, {
      id: sessionId,
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

/** Whose session is opened, for how long, and under which id. */
interface OpensSession {
  readonly identityId: string;
  readonly rules: LoginLimits;
  readonly sessionId: string;
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
