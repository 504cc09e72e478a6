import { createLog, lookNow, newId, SecretBox, type Tx } from '@tenure/platform';
import { JournalEntry } from '@tenure/journal';
import { startTestPlatform, type TestPlatform } from '../../../../test/support/platform.js';
import { Absences } from '../absence/absences.js';
import { Case } from '../cases/case.entity.js';
import type { StatementInput } from '../model/statement.js';
import { Corrections } from '../decisions/corrections.js';
import { Identities, type StatementOutcome } from './identities.js';
import { dueIdentitiesTimer } from '../schedule/identity-clock.js';
import { Identity } from '../model/identity.entity.js';
import { IdentityRules } from '../decisions/identity-rules.js';
import { Links } from '../decisions/links.js';
import { Merges } from '../decisions/merges.js';
import { Overrides } from '../decisions/overrides.js';
import type { Person } from '../model/person.js';
import { Settlements } from '../decisions/settlements.js';
import { SourceRecord } from '../model/source-record.entity.js';
import type { Source, SourceKind } from '../model/source.entity.js';
import { getSource, Sources } from '../source/sources.js';

export const BY = { actor: 'spec', door: 'admin' } as const;

/** One tenant's people, as specs speak of them. */
export class People {
  readonly identities: Identities;
  readonly absences: Absences;
  readonly corrections: Corrections;
  readonly links: Links;
  readonly merges: Merges;
  readonly overrides: Overrides;
  readonly settlements: Settlements;
  readonly rules: IdentityRules;
  tenantId = '';
  private readonly sources: Sources;

  private constructor(readonly platform: TestPlatform) {
    const { events, clock, database, queues } = platform;
    this.identities = new Identities(events, clock);
    this.absences = new Absences(database, this.identities, queues, clock);
    this.sources = new Sources(database, new SecretBox(Buffer.alloc(32, 7)));
    this.corrections = new Corrections(this.identities, this.sources, clock);
    this.links = new Links(this.identities, clock);
    this.merges = new Merges(this.identities, clock);
    this.overrides = new Overrides(this.identities, clock);
    this.settlements = new Settlements(database, this.identities, queues, createLog('spec', 'silent'));
    this.rules = new IdentityRules(this.settlements, clock);
  }

  static async start(): Promise<People> {
    return new People(await startTestPlatform());
  }

  /** A tenant of its own, at this moment. */
  async begin(at: string): Promise<void> {
    this.platform.clock.moveTo(at);
    ({ tenantId: this.tenantId } = await this.platform.tenant());
  }

  close(): Promise<void> {
    return this.platform.close();
  }

  inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.platform.database.transaction(this.tenantId, work);
  }

  source(kind: SourceKind): Promise<Source> {
    return this.inTenant(async (tx) => {
      const { id } = await this.sources.create(tx, BY, this.platform.clock.now(), { kind, name: `${kind} ${newId()}` });
      return getSource(tx, id);
    });
  }

  /** What a source says of the person of this key now. */
  say(from: Source, key: string, person: Person, more: Partial<StatementInput> = {}): Promise<StatementOutcome> {
    const by = { actor: `source:${from.id}`, door: 'hrms' } as const;
    const input = { source: from, key, person, saidAt: this.platform.clock.now(), ...more };
    return this.inTenant((tx) => this.identities.state(tx, by, input));
  }

  everybody(): Promise<Identity[]> {
    return this.inTenant((tx) =>
      tx.repository(Identity).find({ where: { tenantId: this.tenantId }, order: { id: 'ASC' } }),
    );
  }

  async identity(id: string | null): Promise<Identity> {
    const found = await this.inTenant((tx) =>
      tx.repository(Identity).findOneBy({ tenantId: this.tenantId, id: id ?? '' }),
    );
    if (found === null) throw new Error(`no identity ${id ?? 'null'}`);
    return found;
  }

  records(): Promise<SourceRecord[]> {
    return this.inTenant((tx) => tx.repository(SourceRecord).findBy({ tenantId: this.tenantId }));
  }

  cases(state: Case['state'] = 'open'): Promise<Case[]> {
    return this.inTenant((tx) =>
      tx.repository(Case).find({ where: { tenantId: this.tenantId, state }, order: { id: 'ASC' } }),
    );
  }

  /** The verbs of what happened to a subject, oldest first. */
  async verbs(subjectId: string): Promise<string[]> {
    const where = { tenantId: this.tenantId, subjectId };
    const entries = await this.inTenant((tx) =>
      tx.repository(JournalEntry).find({ where, order: { revision: 'ASC' } }),
    );
    return entries.map(({ verb }) => verb);
  }

  /** The clock comes to `at`, and looks who is due. */
  async moveTo(at: string): Promise<void> {
    const { database, clock } = this.platform;
    clock.moveTo(at);
    const timer = dueIdentitiesTimer(database, this.identities, () => clock.now(), createLog('spec', 'silent'));
    await lookNow(database, timer);
  }

  /** Works off every settlement that was started. */
  async settleEverybody(): Promise<void> {
    const open = await this.inTenant((tx) =>
      tx.query<{ id: string }>('SELECT id FROM settlements WHERE tenant_id = $1 AND done_at IS NULL', [this.tenantId]),
    );
    for (const { id } of open) await this.settlements.work.run({ tenantId: this.tenantId, id }, Infinity);
  }
}
