import { Get, Inject, Query, Res } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { Response } from 'express';
import { Clock, Database, Refusal } from '@tenure/platform';
import type { OpenSession } from '@tenure/tenancy';
import { Employee, sessionMissing } from './employee.js';
import { MeRoute } from './me-route.js';
import { LiveAnswers } from './live-answers.js';
import { myAccess, myApplications, myIdentity, myProfile, type MyApplications, type MyAttribute } from './me-view.js';
import { refuseUnknown } from '../http/page.js';

const MAX_WAIT_S = 25;

@MeRoute()
export class MeController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(LiveAnswers) private readonly live: LiveAnswers,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Who I am, and which applications I have. */
  @Get()
  async me(@Employee() { tenantId, identityId }: OpenSession): Promise<object> {
    return this.database.transaction(tenantId, async (tx) => {
      const { id, state, attributes } = await myIdentity(tx, identityId);
      const { userName, email, displayName, department, title } = attributes;
      const { items } = await myApplications(tx, identityId);
      const applications = items.map(({ id: applicationId, name, state: word }) => ({
        id: applicationId,
        name,
        state: word,
      }));
      return { id, state, userName, email, displayName, department, title, applications };
    });
  }

  /** Everything that is known of me: each value with the source and the rule that it comes from, and since when. */
  @Get('profile')
  profile(@Employee() { tenantId, identityId }: OpenSession): Promise<{ state: string; attributes: MyAttribute[] }> {
    return this.database.transaction(tenantId, (tx) => myProfile(tx, identityId));
  }

  /** My groups, roles and other access, and why I have it. */
  @Get('access')
  async access(@Employee() { tenantId, identityId }: OpenSession): Promise<{ items: object[] }> {
    const now = this.clock.now();
    return { items: await this.database.transaction(tenantId, (tx) => myAccess(tx, identityId, now)) };
  }

  /**
   * My applications and how far they are. With `after`, the version of an earlier answer, it waits up to `waitSeconds`
   * for something new; where too many wait, it answers at once and says when to come again.
   */
  @Get('applications')
  @ApiQuery({ name: 'after', required: false })
  @ApiQuery({ name: 'waitSeconds', required: false })
  async applications(
    @Employee() me: OpenSession,
    @Query() query: Record<string, string>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<MyApplications> {
    refuseUnknown(query, ['after', 'waitSeconds']);
    const { after } = query;
    const look = (): Promise<MyApplications> => this.look(me);
    if (after === undefined) return look();
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const wait = { ms: readWait(query.waitSeconds) * 1_000, gone: gone.signal };
    const answer = await this.live.until(me.identityId, look, ({ version }) => version !== after, wait);
    if (answer === null) response.setHeader('Retry-After', '2');
    return answer ?? look();
  }

  /** Whoever waits is still signed in. */
  private look({ tenantId, identityId, id }: OpenSession): Promise<MyApplications> {
    return this.database.transaction(tenantId, async (tx) => {
      const open = await tx.query('SELECT FROM sessions WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL', [
        tenantId,
        id,
      ]);
      if (open.length === 0) throw sessionMissing();
      return myApplications(tx, identityId);
    });
  }
}

function readWait(text: string | undefined): number {
  const seconds = text === undefined ? MAX_WAIT_S : Number(text);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_WAIT_S) return seconds;
  throw new Refusal('parameter_invalid', `waitSeconds must be a whole number from 0 to ${MAX_WAIT_S}.`);
}
