import { Delete, Get, HttpCode, Inject, Param, ParseUUIDPipe } from '@nestjs/common';
import { Clock, Database } from '@tenure/platform';
import { Sessions, type OpenSession, type ShownSession } from '@tenure/tenancy';
import { tellSessionsEnded } from '@tenure/journal';
import { actorOfEmployee, Employee } from './employee.js';
import { MeRoute } from './me-route.js';

@MeRoute('me/sessions')
export class MeSessionsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Where I am signed in, the newest first. */
  @Get()
  async list(@Employee() me: OpenSession): Promise<{ items: (ShownSession & { readonly current: boolean })[] }> {
    const items = await this.database.transaction(me.tenantId, (tx) => this.sessions.list(tx, me.identityId));
    return { items: items.map((session) => ({ ...session, current: session.id === me.id })) };
  }

  /** Signs me out everywhere but here. */
  @Delete()
  async endOthers(@Employee() me: OpenSession): Promise<{ ended: readonly string[] }> {
    return this.database.transaction(me.tenantId, async (tx) => {
      const ended = await this.sessions.endAll(tx, me.identityId, me.id);
      await tellSessionsEnded(tx, actorOfEmployee(me), this.clock.now(), ended, 'signed_out');
      return { ended: ended.map(({ id }) => id) };
    });
  }

  /** Ends one of my sessions, also this one. */
  @Delete(':id')
  @HttpCode(204)
  async end(@Employee() me: OpenSession, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.database.transaction(me.tenantId, async (tx) => {
      const ended = await this.sessions.end(tx, me.identityId, id);
      await tellSessionsEnded(tx, actorOfEmployee(me), this.clock.now(), [ended], 'signed_out');
    });
  }
}
