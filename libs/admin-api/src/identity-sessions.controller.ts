import { Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe } from '@nestjs/common';
import { Clock, Database, type Tx } from '@tenure/platform';
import { Sessions, type Principal, type ShownSession } from '@tenure/tenancy';
import { appendFact, type Actor } from '@tenure/journal';
import { AdminRoute } from './admin-route.js';
import { getIdentity } from './identity-view.js';
import { actorOf, Caller, Needs } from './principal.js';

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
      await tellEnded(tx, actorOf(caller), this.clock.now(), id, ended);
      return { ended };
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
      await this.sessions.end(tx, id, sessionId);
      await tellEnded(tx, actorOf(caller), this.clock.now(), id, [sessionId]);
    });
  }
}

/** The journal's entries of sessions that somebody ended. */
export async function tellEnded(
  tx: Tx,
  by: Actor,
  at: Date,
  identityId: string,
  ids: readonly string[],
): Promise<void> {
  for (const subjectId of ids)
    await appendFact(tx, by, at, { verb: 'session.ended', subjectKind: 'session', subjectId, payload: { identityId } });
}
