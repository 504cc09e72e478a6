import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { ScimUser } from '../peers/scim-peer.js';
import { eventually } from './eventually.js';
import { byNumber, type AppAccount } from './model.js';
import { EVERYONE, GROUP_OF, type HrEvent } from './story.js';
import type { Tenant, World } from './world.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** How the application is reached: `timeoutMs` for one call, `settleMs` for how long it may still act after that. */
export interface AppTimes {
  readonly timeoutMs: number;
  readonly settleMs: number;
}

export interface AccountRow {
  readonly id: string;
  readonly employee_number: string;
  readonly state: string;
  readonly desired_version: string;
  readonly applied_version: string;
  readonly remote_id: string | null;
  readonly attempts: number;
  readonly look_first: boolean;
  readonly lease_until: Date | null;
  readonly error: unknown;
}

export interface Answer {
  readonly status: number;
  readonly outcome?: string;
  readonly ms: number;
}

/** One tenant whose HR system tells of people, and whose one application must show them. */
export class Company {
  private constructor(
    private readonly world: World,
    private readonly tenant: Tenant,
    private readonly source: { readonly id: string; readonly webhookSecret: string },
    readonly applicationId: string,
  ) {}

  static async found(
    world: World,
    name: string,
    { timeoutMs, settleMs }: AppTimes,
    application: object = {},
  ): Promise<Company> {
    const tenant = await world.newTenant(name);
    const ask = <T>(path: string, body: object) => callApi<T>(world, tenant, 'POST', path, body);
    const source = await ask<{ id: string; webhookSecret: string }>('sources', { kind: 'hrms', name: 'HR' });
    const { id: applicationId } = await ask<{ id: string }>('applications', {
      name: 'Directory',
      connector: 'scim',
      config: { baseUrl: world.app.baseUrl, timeoutMs, settleMs },
      credentials: { token: world.app.token },
      ...application,
    });
    const company = new Company(world, tenant, source, applicationId);
    await company.giveGroup(EVERYONE, 'identity.employeeNumber != ""');
    for (const [department, group] of Object.entries(GROUP_OF))
      await company.giveGroup(group, `identity.department == "${department}"`);
    return company;
  }

  /** A policy that gives a group to whom the condition is true. */
  giveGroup(group: string, condition: string, besides: object = {}): Promise<{ id: string }> {
    const grants = [{ applicationId: this.applicationId, entitlements: [{ kind: 'group', name: group }] }];
    return this.call('POST', 'policies', { name: group, condition, grants, publish: true, ...besides });
  }

  /** Another condition for a policy that gives a group, in force at once: an admin releases it when it is held. */
  async reviseGroup(policyId: string, group: string, condition: string): Promise<void> {
    const grants = [{ applicationId: this.applicationId, entitlements: [{ kind: 'group', name: group }] }];
    const draft = { name: group, condition, grants, publish: true };
    const { held } = await this.call<{ held?: { id: string } }>('PUT', `policies/${policyId}`, draft);
    if (held) await this.call('POST', `holds/${held.id}/release`, { reason: 'Meant so' });
  }

  /** What people still hold who have left; nothing is what they should. */
  grantsOfLeavers(): Promise<object[]> {
    return this.world.rows(
      `SELECT i.employee_number, g.application_id, g.entitlement_id, g.end_reason FROM grants g
       JOIN identities i ON i.tenant_id = g.tenant_id AND i.id = g.identity_id
       WHERE g.tenant_id = $1 AND i.state = 'terminated' AND g.ended_at IS NULL`,
      this.tenant.tenantId,
    );
  }

  /** Nothing is sent to the app any more, for whatever reason; calls that run have ended. */
  async retire(): Promise<void> {
    const { tenantId } = this.tenant;
    await this.world.rows('UPDATE tenants SET stopped_at = clock_timestamp() WHERE id = $1', tenantId);
    await eventually('no call runs', async () => {
      const leased = await this.world.rows(
        `SELECT FROM accounts WHERE tenant_id = $1 AND lease_until > clock_timestamp()
         UNION ALL SELECT FROM entitlements WHERE tenant_id = $1 AND lease_until > clock_timestamp()`,
        tenantId,
      );
      return leased.length === 0 || undefined;
    });
  }

  /** Sends one event once. */
  async send(event: HrEvent, signedAt = this.world.now()): Promise<Answer> {
    const body = JSON.stringify(event);
    const began = performance.now();
    const response = await fetch(`${this.world.api.url}/hrms/${this.source.id}/webhook`, {
      method: 'POST',
      headers: {
        'webhook-id': event.id,
        'webhook-timestamp': String(Math.floor(signedAt.getTime() / 1_000)),
        'webhook-signature': new Webhook(this.source.webhookSecret).sign(event.id, signedAt, body),
      },
      body,
      signal: AbortSignal.timeout(10_000),
    });
    const { outcome } = (await response.json()) as { outcome?: string };
    return { status: response.status, outcome, ms: performance.now() - began };
  }

  /** Sends one event as HR systems do: again, signed anew, until it is answered 2xx. */
  async tell(event: HrEvent): Promise<Answer> {
    let tries = 0;
    return eventually(`${event.id} is accepted`, async () => {
      const answer = await this.send(event, new Date(this.world.now().getTime() + 1_000 * tries));
      // An api that is away answers nothing: many refused connections would sign far in the future.
      tries += 1;
      if (answer.status < 300) return answer;
      if (answer.status < 500) throw new Error(`${event.id} was answered ${answer.status}`);
      return undefined;
    });
  }

  /** Several at a time, begun in the order given. */
  async tellAll(events: readonly HrEvent[], atOnce = 6): Promise<Answer[]> {
    const left = [...events];
    const answers: Answer[] = [];
    const sender = async () => {
      for (let event = left.shift(); event; event = left.shift()) answers.push(await this.tell(event));
    };
    await Promise.all(Array.from({ length: atOnce }, sender));
    return answers;
  }

  /** Asks the admin API as a careful client does: again, with the same key, until it is answered; a refusal is an error. */
  call<T>(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<T> {
    return callApi<T>(this.world, this.tenant, method, path, body);
  }

  /** The identity of somebody whom HR has told of. */
  async identityOf(employeeNumber: string): Promise<string> {
    const [row] = await this.world.rows<{ id: string }>(
      'SELECT id FROM identities WHERE tenant_id = $1 AND employee_number = $2',
      this.tenant.tenantId,
      employeeNumber,
    );
    if (!row) throw new Error(`nobody has the number ${employeeNumber}`);
    return row.id;
  }

  accounts(): Promise<AccountRow[]> {
    return this.world.rows(
      `SELECT a.id, i.employee_number, a.state, a.desired_version, a.applied_version, a.remote_id, a.attempts, a.look_first,
         a.lease_until, a.error
       FROM accounts a JOIN identities i ON i.tenant_id = a.tenant_id AND i.id = a.identity_id
       WHERE a.tenant_id = '${this.tenant.tenantId}' ORDER BY i.employee_number::int`,
    );
  }

  /** How often something was written about each identity. */
  revisions(): Promise<object[]> {
    return this.world.rows(
      `SELECT subject_id, max(revision) AS revision FROM journal WHERE tenant_id = '${this.tenant.tenantId}'
       GROUP BY subject_id ORDER BY subject_id`,
    );
  }

  /** What was done for accounts in the app, and how it ended; each once. */
  async doings(): Promise<string[]> {
    const rows = await this.world.rows<{ done: string }>(
      `SELECT DISTINCT kind || ' ' || outcome AS done FROM operations
       WHERE tenant_id = '${this.tenant.tenantId}' AND entitlement_id IS NULL ORDER BY done`,
    );
    return rows.map(({ done }) => done);
  }

  private people(): Promise<{ employeeNumber: string; accountId: string | null }[]> {
    return this.world.rows(
      `SELECT i.employee_number AS "employeeNumber", a.id AS "accountId"
       FROM identities i LEFT JOIN accounts a ON a.tenant_id = i.tenant_id AND a.identity_id = i.id
       WHERE i.tenant_id = '${this.tenant.tenantId}'`,
    );
  }

  /** What has not got to the app yet, by stage. */
  async behind(): Promise<Record<string, number>> {
    const count = (from: string) => `(SELECT count(*)::int FROM ${from} AND tenant_id = '${this.tenant.tenantId}')`;
    const [row] = await this.world.rows<Record<string, number>>(
      `SELECT ${count('recomputes WHERE done_at IS NULL')} AS recomputes,
         ${count('identities WHERE (access_version < version OR due_at <= clock_timestamp() OR access_due_at <= clock_timestamp())')} AS identities,
         ${count('accounts WHERE (applied_version < desired_version OR owed)')} AS accounts,
         ${count('entitlement_members WHERE wanted IS DISTINCT FROM held')} AS members,
         ${count('accounts WHERE lease_until IS NOT NULL')} + ${count('entitlements WHERE lease_until IS NOT NULL')} AS leases`,
    );
    if (!row) throw new Error('the database did not answer');
    return row;
  }

  /** Waits until nothing is behind and nobody works on anything. */
  async settled(withinMs = 60_000): Promise<void> {
    await eventually(
      'everything is applied',
      async () => {
        const behind = await this.behind();
        return Object.values(behind).every((count) => count === 0) || undefined;
      },
      withinMs,
    );
  }

  /** Asks for a scan, once: whether one begins, and how far it gets, is left to what happens meanwhile. */
  async askToScan(): Promise<void> {
    await fetch(`${this.world.api.url}/api/v1/applications/${this.applicationId}/scans`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.tenant.apiKey}` },
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined);
  }

  /** Looks at everything in the app, and believes what it shows; what differs is on its way to be undone. */
  async scanned(withinMs: number): Promise<void> {
    const { id } = await this.call<{ id: string }>('POST', `applications/${this.applicationId}/scans`);
    await eventually(
      'the app is looked at',
      async () => {
        const { state } = await this.call<{ state: string }>('GET', `scans/${id}`);
        if (state === 'suspected') await this.call('POST', `scans/${id}/accept`, { reason: 'Meant so' });
        if (state === 'failed') throw new Error('the scan failed');
        return state === 'done' || undefined;
      },
      withinMs,
    );
  }

  /** The app's users as the reference speaks of them; a user that is nobody's account stands apart. */
  async shown(): Promise<{ accounts: AppAccount[]; strangers: string[] }> {
    const [people, { users }] = await Promise.all([this.people(), this.world.app.state()]);
    const accounts = people.flatMap(({ employeeNumber, accountId }): AppAccount[] => {
      const found = users.filter(({ externalId }) => externalId === accountId);
      // Whoever left before an account was made has none, and needs none.
      return found.length === 0
        ? [{ employeeNumber, working: false }]
        : found.map((user) => show(employeeNumber, user));
    });
    const known = new Set(people.map(({ accountId }) => accountId));
    const strangers = users
      .filter(({ externalId }) => externalId === undefined || !known.has(externalId))
      .map(({ userName }) => userName);
    return { accounts: accounts.sort(byNumber), strangers };
  }

  /** For whoever has to find out why a test failed. */
  async describe(): Promise<string> {
    const tenant = `tenant_id = '${this.tenant.tenantId}'`;
    const [behind, accounts, applications, entitlements, members] = await Promise.all([
      this.behind(),
      this.accounts(),
      this.world.rows(
        `SELECT name, quarantined_until, quarantine_reason, paused_until FROM applications WHERE ${tenant}`,
      ),
      this.world.rows(
        `SELECT name, state, runnable, due_at, attempts, error, lease_until FROM entitlements WHERE ${tenant}`,
      ),
      this.world.rows(
        `SELECT account_id, entitlement_id, wanted, held, runnable, error FROM entitlement_members
         WHERE ${tenant} AND wanted IS DISTINCT FROM held`,
      ),
    ]);
    const notDone = accounts.filter((row) => row.applied_version !== row.desired_version || row.state === 'failed');
    return JSON.stringify({ behind, notDone, applications, entitlements, members }, null, 1);
  }
}

function show(employeeNumber: string, user: ScimUser): AppAccount {
  if (user.active === false && user.groups.length === 0) return { employeeNumber, working: false };
  const [email] = (user.emails ?? []) as readonly { value: string }[];
  const enterprise = (user[ENTERPRISE] ?? {}) as { department?: string };
  return {
    employeeNumber,
    working: true,
    userName: user.userName,
    email: email?.value ?? '',
    displayName: String(user.displayName),
    title: String(user.title),
    department: enterprise.department ?? '',
    groups: [...user.groups],
  };
}

async function callApi<T>(world: World, tenant: Tenant, method: string, path: string, body?: object): Promise<T> {
  const key = randomUUID();
  return eventually(`${method} ${path} is answered`, async () => {
    const answer = await fetch(`${world.api.url}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tenant.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  });
}
