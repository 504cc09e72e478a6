import { AddressGuard, createLog, lookNow, newId, OutboundHttp, SecretBox, type Tx } from '@tenure/platform';
import { createConnectorRegistry } from '@tenure/connectors';
import { getSource, Identities, Identity, Sources, type Person, type Source } from '@tenure/identity';
import { Account, Application, Applications, Entitlement, EntitlementMember, WorkHints } from '@tenure/applications';
import { startTestPlatform, type TestPlatform } from './platform.js';
import { accessClock } from '../../libs/access/src/recompute/access-clock.js';
import { Grants } from '../../libs/access/src/grant/grants.js';
import { Recompute } from '../../libs/access/src/model/grant.entity.js';
import { Policies, type PolicyInput } from '../../libs/access/src/policy/policies.js';
import { AccessWorker } from '../../libs/access/src/recompute/recompute-access.js';
import { Recomputes } from '../../libs/access/src/policy/recomputes.js';
import { Answers } from '../../libs/access/src/request/answers.js';
import { policyClock } from '../../libs/access/src/policy/policy-clock.js';
import { requestClock } from '../../libs/access/src/request/request-clock.js';
import { Requests } from '../../libs/access/src/request/requests.js';
import { RuleChanges } from '../../libs/access/src/policy/rule-changes.js';
import { Simulations } from '../../libs/access/src/policy/simulations.js';

export const BY = { actor: 'spec', door: 'admin' } as const;

const BOX = new SecretBox(Buffer.alloc(32, 7));
const CONFIG = { baseUrl: 'http://127.0.0.1:1/scim/v2' };

/** Everything through which rules come into force. */
export function rulesOn({ database, queues, events, clock }: TestPlatform): {
  readonly recomputes: Recomputes;
  readonly simulations: Simulations;
  readonly changes: RuleChanges;
  readonly policies: Policies;
} {
  const guard = new AddressGuard(['127.0.0.0/8']);
  const connectors = createConnectorRegistry({ guard, http: new OutboundHttp({ guard }) });
  const applications = new Applications(database, connectors, BOX, clock);
  const recomputes = new Recomputes(database, queues, events, clock);
  const simulations = new Simulations(database, applications, clock);
  const changes = new RuleChanges(database, recomputes, simulations, applications, clock);
  return { recomputes, simulations, changes, policies: new Policies(database, changes, clock) };
}

/** What one person has: applications with an enabled account, and `application/entitlement`. */
export type Has = readonly string[];

/** A tenant whose access is computed when a test says so, by a clock that the test moves. */
export class AccessWorld {
  readonly identities: Identities;
  readonly recomputes: Recomputes;
  readonly policies: Policies;
  readonly simulations: Simulations;
  readonly changes: RuleChanges;
  readonly grants: Grants;
  readonly requests: Requests;
  readonly answers: Answers;
  readonly worker: AccessWorker;
  tenantId = '';
  private hr?: Source;
  private readonly applications = new Map<string, string>();

  private constructor(readonly platform: TestPlatform) {
    const { database, queues, events, clock } = platform;
    this.identities = new Identities(events, clock);
    ({
      recomputes: this.recomputes,
      policies: this.policies,
      simulations: this.simulations,
      changes: this.changes,
    } = rulesOn(platform));
    this.grants = new Grants(database, events, clock);
    this.requests = new Requests(database, events, clock);
    this.answers = new Answers(database, events, clock);
    this.worker = new AccessWorker(database, new WorkHints(queues), clock, createLog('spec', 'silent'));
  }

  static async start(): Promise<AccessWorld> {
    return new AccessWorld(await startTestPlatform());
  }

  /** A tenant with the application `Directory`; what was there before is forgotten. */
  async begin(): Promise<void> {
    ({ tenantId: this.tenantId } = await this.platform.tenant());
    this.applications.clear();
    const sources = new Sources(this.platform.database, BOX);
    this.hr = await this.inTenant(async (tx) =>
      getSource(tx, (await sources.create(tx, BY, this.now(), { kind: 'hrms', name: 'HR' })).id),
    );
    await this.application('Directory');
  }

  readonly now = (): Date => this.platform.clock.now();
  readonly later = (minutes: number): Date => new Date(this.now().getTime() + minutes * 60_000);
  readonly inTenant = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    this.platform.database.transaction(this.tenantId, work);

  async application(
    name: string,
    mapping: Record<string, string> = { userName: 'identity.email', title: 'identity.title' },
  ): Promise<string> {
    const id = newId();
    this.applications.set(name, id);
    await this.inTenant(async (tx) => {
      await tx.repository(Application).insert({
        tenantId: this.tenantId,
        id,
        name,
        connector: 'scim',
        mode: 'enforce',
        config: CONFIG,
        mapping,
        sealedCredentials: BOX.seal('{"token":"t"}', `application:${id}`),
      });
      await this.recomputes.forget(tx);
    });
    return id;
  }

  idOf(application: string): string {
    return this.applications.get(application) ?? '';
  }

  policy(
    name: string,
    condition: string,
    groups: readonly string[] = [],
    changes: Partial<PolicyInput> = {},
  ): PolicyInput {
    const entitlements = groups.map((group) => ({ kind: 'group', name: group }));
    return {
      name,
      condition,
      grants: [{ applicationId: this.idOf('Directory'), entitlements }],
      publish: true,
      ...changes,
    };
  }

  publish(...policy: Parameters<AccessWorld['policy']>): Promise<{ id: string; version: number }> {
    return this.policies.create(this.tenantId, BY, this.policy(...policy));
  }

  async say(number: string, person: Person = {}): Promise<string> {
    if (!this.hr) throw new Error('nothing was begun');
    const source = this.hr;
    const said = { employeeNumber: number, email: `${number}@example.com`, displayName: number, ...person };
    const told = await this.inTenant((tx) =>
      this.identities.state(tx, BY, { source, key: number, saidAt: this.now(), person: said }),
    );
    return told.identityId ?? '';
  }

  /** The clock is later now; nothing looks at it before `tick`. */
  pass(minutes: number): void {
    this.platform.clock.moveTo(this.later(minutes));
  }

  /** The clocks look once. */
  async tick(): Promise<void> {
    const { database, events, clock } = this.platform;
    const log = createLog('spec', 'silent');
    for (const timer of [
      policyClock(database, this.recomputes, clock, log),
      requestClock(database, clock, log),
      accessClock(database, events, clock, log),
    ])
      await lookNow(database, timer);
  }

  /** Everything that is open is done: recomputations, and everybody who is behind. */
  async settle(): Promise<void> {
    const { tenantId } = this;
    const open = await this.inTenant((tx) => tx.repository(Recompute).find({ where: { tenantId } }));
    for (const { id, doneAt } of open) if (doneAt === null) await this.recomputes.work.run({ tenantId, id }, Infinity);
    await this.worker.handle({ tenantId, identityIds: await this.behind() });
  }

  async behind(): Promise<string[]> {
    const rows = await this.inTenant((tx) =>
      tx.query<{ id: string }>('SELECT id FROM identities WHERE tenant_id = $1 AND access_version < version', [
        this.tenantId,
      ]),
    );
    return rows.map(({ id }) => id);
  }

  identity(id: string): Promise<Identity | null> {
    return this.inTenant((tx) => tx.repository(Identity).findOneBy({ tenantId: this.tenantId, id }));
  }

  accounts(identityId: string): Promise<Account[]> {
    return this.inTenant((tx) => tx.repository(Account).findBy({ tenantId: this.tenantId, identityId }));
  }

  async has(identityId: string): Promise<Has> {
    const { tenantId } = this;
    const accounts = await this.accounts(identityId);
    return this.inTenant(async (tx) => {
      const entitlements = await tx.repository(Entitlement).findBy({ tenantId });
      const names = new Map([...this.applications].map(([name, id]) => [id, name]));
      const has = [];
      for (const { id, applicationId, desired } of accounts) {
        const name = names.get(applicationId) ?? '';
        if (desired.enabled) has.push(name);
        const members = await tx.repository(EntitlementMember).findBy({ tenantId, accountId: id, wanted: true });
        for (const { entitlementId } of members)
          has.push(`${name}/${entitlements.find((one) => one.id === entitlementId)?.name ?? ''}`);
      }
      return has.sort();
    });
  }

  /** What was told of a person, oldest first. */
  async told(identityId: string): Promise<string[]> {
    const rows = await this.inTenant((tx) =>
      tx.query<{ verb: string }>(
        'SELECT verb FROM journal WHERE tenant_id = $1 AND subject_id = $2 ORDER BY revision',
        [this.tenantId, identityId],
      ),
    );
    return rows.map(({ verb }) => verb);
  }

  close(): Promise<void> {
    return this.platform.close();
  }
}
