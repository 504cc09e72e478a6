import { Clock, Database, dryRun, hashToken, newId, newToken, Refusal, type Config, type Tx } from '@tenure/platform';
import { getSource, Identity } from '@tenure/identity';
import { appendFact, type Actor } from '@tenure/journal';
import type { SamlLogin } from '../protocol/read-login.js';
import type { SamlConnection } from '../protocol/saml-connection.js';
import { consumeLogin } from './consume-login.js';
import { explainLogin } from './explain-login.js';
import { JitLogins, reasonOf, type JitOutcome } from './jit-logins.js';
import { LoginRefused } from './login-refused.js';
import { SamlTestRow } from './saml-rules.entity.js';

const LASTS_MS = 60 * 60_000;

/** What came of a try. */
type TestResult = { readonly state: 'passed' | 'refused' } & Readonly<Record<string, unknown>>;

/** Tries of a connection: logins verified and decided as any other, of which nothing stays but what they would have done. */
export class LoginTests {
  constructor(
    private readonly database: Database,
    private readonly jit: JitLogins,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** A new try, and the address that an admin opens. */
  async create(tx: Tx, by: Actor, connectionId: string): Promise<{ id: string; testUrl: string; expiresAt: Date }> {
    await getSource(tx, connectionId, 'saml');
    const now = this.clock.now();
    const [id, token] = [newId(), newToken('tst')];
    const expiresAt = new Date(now.getTime() + LASTS_MS);
    const { tenantId } = tx;
    const row = {
      tenantId,
      id,
      connectionId,
      tokenHash: hashToken(token),
      createdBy: by.actor,
      createdAt: now,
      expiresAt,
    };
    await tx.repository(SamlTestRow).insert(row);
    await appendFact(tx, by, now, {
      verb: 'saml_test.begun',
      subjectKind: 'source',
      subjectId: connectionId,
      payload: { testId: id },
    });
    return { id, testUrl: `${this.config.publicUrl}/saml/${connectionId}/login?test=${token}`, expiresAt };
  }

  /** Binds a try to the browser that opens its address. */
  async begin(tx: Tx, connection: SamlConnection, token: string, browserHash: Buffer): Promise<void> {
    const begun = await tx.query(
      `UPDATE saml_tests SET browser_hash = $4 WHERE tenant_id = $1 AND connection_id = $2 AND token_hash = $3
         AND state = 'waiting' AND expires_at > $5 RETURNING id`,
      [tx.tenantId, connection.id, hashToken(token), browserHash, this.clock.now()],
    );
    if (begun.length === 0)
      throw new LoginRefused('test_over', 'This try is over, or was never begun; begin another one.');
  }

  /** Whether a login answers a request that this browser made for a test. */
  async isTest(connection: SamlConnection, login: SamlLogin, browserToken: string): Promise<boolean> {
    if (login.inResponseTo === undefined) return false;
    const requests = await this.database.transaction(connection.tenantId, (tx) =>
      tx.query(
        'SELECT FROM saml_requests WHERE tenant_id = $1 AND connection_id = $2 AND request_id = $3 AND browser_hash = $4',
        [...[tx.tenantId, connection.id, login.inResponseTo, hashToken(browserToken)]],
      ),
    );
    return requests.length > 0;
  }

  /** Decides as a login is decided, takes it all back, and keeps what would have come of it. */
  async finish(connection: SamlConnection, login: SamlLogin, browserToken: string): Promise<void> {
    const result = await this.decide(connection, login);
    await this.database.transaction(connection.tenantId, async (tx) => {
      await consumeLogin(tx, connection, login, { browserToken, sessionId: null });
      await keepResult(tx, connection.id, browserToken, result);
    });
  }

  /** A try whose message does not pass the checks of the protocol has its answer too. */
  async refused(
    connection: Pick<SamlConnection, 'id' | 'tenantId'>,
    browserToken: string,
    refusal: object,
  ): Promise<void> {
    const result: TestResult = { state: 'refused', ...refusal };
    await this.database.transaction(connection.tenantId, (tx) => keepResult(tx, connection.id, browserToken, result));
  }

  private async decide(connection: SamlConnection, login: SamlLogin): Promise<TestResult> {
    try {
      return await dryRun(this.database, connection.tenantId, async (tx): Promise<TestResult> => {
        const told = await this.jit.login(tx, connection, login);
        if (told.identityId !== null) return passed(tx, connection, told);
        return { state: 'refused', code: told.code, reason: told.reason };
      });
    } catch (error) {
      if (!(error instanceof LoginRefused || error instanceof Refusal)) throw error;
      return { state: 'refused', code: error.code, reason: reasonOf(error) };
    }
  }
}

async function passed(tx: Tx, connection: SamlConnection, outcome: JitOutcome): Promise<TestResult> {
  const { identityId, before, told, kept } = outcome;
  const after = await tx.repository(Identity).findOneBy({ tenantId: tx.tenantId, id: identityId });
  const names = await tx.query<{ id: string; name: string }>('SELECT id, name FROM sources WHERE tenant_id = $1', [
    tx.tenantId,
  ]);
  const attributes = explainLogin({
    told,
    kept,
    before: before?.attributes ?? null,
    after: after?.attributes ?? {},
    lineage: after?.lineage ?? {},
    sourceId: connection.id,
    sourceNames: Object.fromEntries(names.map(({ id, name }) => [id, name])),
  });
  const identity = before === null ? null : { id: before.id, state: before.state };
  return { state: 'passed', outcome: before === null ? 'would_create' : 'would_sign_in', identity, attributes };
}

async function keepResult(
  tx: Tx,
  connectionId: string,
  browserToken: string,
  { state, ...result }: TestResult,
): Promise<void> {
  await tx.query(
    `UPDATE saml_tests SET state = $4, result = $5 WHERE tenant_id = $1 AND connection_id = $2 AND browser_hash = $3 AND state = 'waiting'`,
    [tx.tenantId, connectionId, hashToken(browserToken), state, JSON.stringify(result)],
  );
}
