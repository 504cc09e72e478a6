import { Database, sameJson } from '@tenure/platform';
import type { Actor } from '@tenure/journal';
import { Applications, getApplication, type Application, type ApplicationChange } from '@tenure/applications';
import { Recomputes } from './recomputes.js';
import { RuleChanges, type Held } from './rule-changes.js';

/** Changes of applications; one of the mapping is carried out for everybody, or held when it changes too many accounts. */
export class ApplicationChanges {
  constructor(
    private readonly database: Database,
    private readonly changes: RuleChanges,
    private readonly applications: Applications,
    private readonly recomputes: Recomputes,
  ) {}

  async change(
    tenantId: string,
    by: Actor,
    id: string,
    { mapping, ...besides }: ApplicationChange,
  ): Promise<{ readonly application: Application; readonly held: Held | null }> {
    const answer = await this.carryOut(tenantId, by, id, { mapping, ...besides });
    // From the answer on no call begins under the mode, or in the window, that was before.
    if (besides.mode !== undefined || besides.maintenance !== undefined) await this.database.switchSeen();
    return answer;
  }

  private async carryOut(
    tenantId: string,
    by: Actor,
    id: string,
    { mapping, ...besides }: ApplicationChange,
  ): Promise<{ readonly application: Application; readonly held: Held | null }> {
    const before = await this.read(tenantId, id);
    if (mapping === undefined || sameJson(mapping, before.mapping)) {
      const application = await this.database.transaction(tenantId, async (tx) => {
        await this.recomputes.forget(tx);
        return (await this.applications.update(tx, by, id, besides)).application;
      });
      return { application, held: null };
    }
    const held = await this.changes.carryOut(tenantId, by, { kind: 'mapping', applicationId: id, mapping, besides });
    return { application: await this.read(tenantId, id), held };
  }

  private read(tenantId: string, id: string): Promise<Application> {
    return this.database.transaction(tenantId, (tx) => getApplication(tx, id));
  }
}
