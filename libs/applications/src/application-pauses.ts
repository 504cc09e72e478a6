import { Clock, Database, Refusal, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { Application } from './application.entity.js';
import { getApplication } from './applications.js';
import { WorkHints } from './work-hints.js';

/** A person's order to leave an application alone. */
export class ApplicationPauses {
  constructor(
    private readonly database: Database,
    private readonly hints: WorkHints,
    private readonly clock: Clock,
  ) {}

  /** No call begins for the application after the answer; calls that began may end. Said again, reason and end are replaced. */
  async pause(tenantId: string, by: Actor, id: string, reason: string, until: Date | null): Promise<Application> {
    const at = this.clock.now();
    if (until !== null && until <= at)
      throw new Refusal('pause_over', 'The pause must end later than now.', [
        { path: 'until', message: 'must be a moment to come, or left out: then it lasts until it is resumed' },
      ]);
    const pause = { at: at.toISOString(), by: by.actor, reason, until: until?.toISOString() ?? null };
    const paused = await this.change(tenantId, by, id, pause, 'application.paused');
    await this.database.switchSeen();
    return paused;
  }

  /** Everything that has waited is carried out, the most urgent first. */
  resume(tenantId: string, by: Actor, id: string): Promise<Application> {
    return this.change(tenantId, by, id, null, 'application.resumed');
  }

  private change(
    tenantId: string,
    by: Actor,
    id: string,
    pause: Application['pause'],
    verb: 'application.paused' | 'application.resumed',
  ): Promise<Application> {
    return this.database.transaction(tenantId, async (tx) => {
      await tx.query('SELECT FROM applications WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tenantId, id]);
      const { pause: before } = await getApplication(tx, id);
      if (pause === null && before === null)
        throw new Refusal('application_not_paused', 'The application is not paused.');
      await tx.repository(Application).update({ tenantId, id }, { pause });
      await appendFact(tx, by, this.clock.now(), {
        verb,
        subjectKind: 'application',
        subjectId: id,
        payload: { before, after: pause },
      });
      const application = await getApplication(tx, id);
      if (pause === null) announceAll(tx, this.hints, application);
      return application;
    });
  }
}

/** Says that all of an application may have work, what takes access away first. */
export function announceAll(tx: Tx, hints: WorkHints, { id: applicationId, connector, shards }: Application): void {
  for (const urgent of [true, false])
    for (let shard = 0; shard < shards; shard += 1)
      hints.announce(tx, { tenantId: tx.tenantId, applicationId, connector, shard, urgent });
}
