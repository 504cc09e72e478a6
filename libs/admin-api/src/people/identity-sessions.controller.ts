import { Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe } from '@nestjs/common';
import { Clock, Database, type Tx } from '@tenure/platform';
import { Sessions, type Principal, type ShownSession } from '@tenure/tenancy';
import { tellSessionsEnded } from '@tenure/journal';
import { AdminRoute } from '../http/admin-route.js';
import { getIdentity } from './identity-view.js';
import { actorOf, Caller, Needs } from '../http/principal.js';

/** Where somebody is signed in. Ended sessions are of no use from the next request on, on every process. */
@AdminRoute('identities')
export class IdentitySessionsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** The person's open sessions, the newest first. */
  @Get(':id/sessions')
  async list(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<{ items: ShownSession[] }> {
    return this.database.transaction(tenantId, async (tx) => {
      await getIdentity(tx, id);
      return { items: await this.sessions.list(tx, id) };
    });
  }

  /** How the person's last hundred sessions began and why they ended, the newest entry first; of the last month. */
  @Get(':id/sessions/history')
  async history(
    @Caller() { tenantId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<{ items: object[] }> {
    return this.database.transaction(tenantId, async (tx) => {
      await getIdentity(tx, id);
      return { items: await sessionHistory(tx, id) };
    });
  }

  /** Signs the person out everywhere. */
  @Delete(':id/sessions')
  @Needs('operate')
  async endAll(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<{ ended: readonly string[] }> {
    return this.database.transaction(caller.tenantId, async (tx) => {
      await getIdentity(tx, id);
      const ended = await this.sessions.endAll(tx, id);
      await tellSessionsEnded(tx, actorOf(caller), this.clock.now(), ended, 'admin');
      return { ended: ended.map((one) => one.id) };
    });
  }

  /** Ends one session. */
  @Delete(':id/sessions/:sessionId')
  @Needs('operate')
  @HttpCode(204)
  async end(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('sessionId', ParseUUIDPipe) sessionId: string,
  ): Promise<void> {
    await this.database.transaction(caller.tenantId, async (tx) => {
      const ended = await this.sessions.end(tx, id, sessionId);
      await tellSessionsEnded(tx, actorOf(caller), this.clock.now(), [ended], 'admin');
    });
  }
}

const SESSIONS_SHOWN = 100;

const sessionHistory = (tx: Tx, identityId: string): Promise<object[]> =>
  tx.query(
    `SELECT j.id, j.at, j.actor, j.door, j.verb, j.subject_id AS "sessionId", j.cause, j.request_id AS "requestId", p.body AS payload
     FROM (SELECT id FROM sessions WHERE tenant_id = $1 AND identity_id = $2 ORDER BY id DESC LIMIT ${SESSIONS_SHOWN}) s
       JOIN journal j ON j.tenant_id = $1 AND j.subject_id = s.id
       LEFT JOIN journal_payloads p ON p.tenant_id = $1 AND p.journal_id = j.id
     ORDER BY j.at DESC, j.id DESC`,
    [tx.tenantId, identityId],
  );
