import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, SystemClock, type Database } from '@tenure/platform';
import { Sessions } from '@tenure/tenancy';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';
import { importFile } from '../support/import-file.js';
import { connect } from '../support/platform.js';

const EMAIL = 'ada@example.com';
const APPS = ['Directory', 'Wiki'];
const YESTERDAY = new Date(Date.now() - 86_400_000 * 2).toISOString().slice(0, 10);
const LEAVING: Readonly<Record<'terminated' | 'suspended', string>> = {
  terminated: 'identity.left',
  suspended: 'identity.suspended',
};
const HEADER = 'employeeNumber,email';

interface Whole {
  readonly id: string;
  readonly state: string;
  readonly dueAt: string | null;
  readonly stateReason: { readonly fact: string };
  readonly grants: readonly object[];
  readonly history: readonly {
    readonly id: string;
    readonly verb: string;
    readonly door: string;
    readonly cause: string | null;
    readonly payload: { readonly stateReason?: { readonly fact: string } };
  }[];
}

/** One way in which somebody comes, works and leaves. */
interface Door {
  /** Makes Ada known, and gives the way in which she leaves. */
  readonly hire: () => Promise<() => Promise<unknown>>;
  /** What the journal says of it: through which door, and which fact decided. */
  readonly told: readonly [door: string, fact: string];
  /** An identity provider that deactivates does not say that somebody has left for good: everything ends all the same. */
  readonly becomes?: 'suspended';
}

describe('a leaver', () => {
  let api: TestApi;
  let database: Database;
  let tenant: ApiTenant;
  beforeAll(async () => {
    api = await startTestApi({ worker: true });
    database = await connect(api.database);
  });
  afterAll(async () => {
    await database.close();
    await api.close();
  });
  beforeEach(async () => {
    tenant = await api.tenant();
    const grants = [];
    for (const name of APPS) {
      // Nobody is there: what is desired is what is looked at.
      const config = { baseUrl: 'http://127.0.0.1:1/scim/v2' };
      const app = { name, connector: 'scim', config, credentials: { token: 'x' } };
      const { id: applicationId } = await tenant.api.made('/api/v1/applications', app);
      grants.push({ applicationId, entitlements: [{ kind: 'group', name: 'All' }] });
    }
    const policy = { name: 'Everyone', condition: 'identity.state == "active"', grants, publish: true };
    await tenant.api.made('/api/v1/policies', policy);
  });

  const whole = async (): Promise<Whole> => {
    const [first] = await tenant.api.all<{ id: string }>('/api/v1/identities');
    return (await tenant.api.get<Whole>(`/api/v1/identities/${first?.id ?? ''}`)).body;
  };
  const accounts = (): Promise<{ enabled: boolean; priority: number; wanted: boolean[] }[]> =>
    api.database.query(
      `SELECT (a.desired ->> 'enabled')::boolean AS enabled, a.priority,
         ARRAY(SELECT m.wanted FROM entitlement_members m WHERE m.tenant_id = a.tenant_id AND m.account_id = a.id) AS wanted
       FROM accounts a WHERE a.tenant_id = $1`,
      [tenant.tenantId],
    );
  const signIn = (identityId: string): Promise<string> =>
    database
      .transaction(tenant.tenantId, (tx) =>
        new Sessions(database, new SystemClock()).open(tx, { identityId, connectionId: newId(), nameId: EMAIL }),
      )
      .then(({ token }) => token);
  const me = async (token: string): Promise<number> =>
    (await api.anybody.get('/me', { headers: { cookie: `tenure=${token}` } })).status;
  /** Days go by: what was written is older now, for the worker has the machine's clock. */
  const passes = (sql: string): Promise<unknown> =>
    api.database.query(
      `WITH moved AS (UPDATE source_records SET ${sql} WHERE tenant_id = $1 RETURNING identity_id)
       UPDATE identities SET due_at = clock_timestamp() FROM moved WHERE tenant_id = $1 AND id = moved.identity_id AND due_at IS NOT NULL`,
      [tenant.tenantId],
    );

  const hired = async (employee: object = {}): Promise<HrSystem> => {
    const hr = await HrSystem.connect(tenant.api);
    await hr.event('employee.created', { employeeNumber: '7', email: EMAIL, ...employee });
    return hr;
  };

  const doors: Readonly<Record<string, Door>> = {
    'the HR system says so': {
      hire: async () => {
        const hr = await hired();
        return () => hr.event('employee.terminated', { employeeNumber: '7' });
      },
      told: ['hrms', 'status'],
    },
    'the last working day is over': {
      hire: async () => {
        await hired({ endDate: '2090-12-31' });
        return () => passes(`attributes = attributes || '{"endDate": "${YESTERDAY}"}'`);
      },
      told: ['clock', 'end_date'],
    },
    'the identity provider deactivates the user': {
      hire: async () => {
        const scim = await tenant.api.made<{ token: string }>('/api/v1/sources', { kind: 'scim', name: 'IdP' });
        const headers = { authorization: `Bearer ${scim.token}`, 'content-type': 'application/scim+json' };
        const user = {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
          userName: EMAIL,
          emails: [{ value: EMAIL, type: 'work' }],
        };
        const { body } = await api.anybody.post<{ id: string }>('/scim/v2/Users', user, { headers });
        const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
        const Operations = [{ op: 'replace', path: 'active', value: false }];
        return async () => {
          const init = { method: 'PATCH', headers, body: JSON.stringify({ schemas, Operations }) };
          expect((await fetch(new URL(`/scim/v2/Users/${body.id}`, api.url), init)).status).toBe(200);
        };
      },
      told: ['scim', 'status'],
      becomes: 'suspended',
    },
    'a full file does not name them any more, and the grace is over': {
      hire: async () => {
        const absence = { graceDays: 7, becomes: 'terminated', limit: { people: 20, percent: 5 } };
        expect((await tenant.api.put('/api/v1/settings/identity', { absence })).status).toBe(200);
        const { id } = await tenant.api.made('/api/v1/sources', { kind: 'csv', name: 'File' });
        await importFile(tenant.api, id, `${HEADER}\n7,${EMAIL}`);
        return async () => {
          await importFile(tenant.api, id, HEADER);
          expect(await whole()).toMatchObject({ state: 'active', dueAt: expect.any(String) });
          await passes(`missing_since = missing_since - interval '8 days'`);
        };
      },
      told: ['clock', 'absence'],
    },
    'an admin says so': {
      hire: async () => {
        await hired();
        const { id } = await whole();
        return () => tenant.api.made(`/api/v1/identities/${id}/terminate`, { reason: 'gross misconduct' });
      },
      told: ['admin', 'override'],
    },
    'the only source that knew them is retired': {
      hire: async () => {
        const hr = await hired();
        const path = `/api/v1/sources/${hr.source.id}/retire`;
        return () => tenant.api.made(path, { people: 'release', reason: 'sold' });
      },
      told: ['admin', 'removed'],
    },
  };

  it.each(Object.entries(doors))(
    'has nothing left when %s',
    async (_, { hire, told, becomes = 'terminated' as const }) => {
      const leave = await hire();
      const { id } = await whole();
      const cookie = await signIn(id);
      await eventually(accounts, (seen) => seen.length === 2 && seen.every(({ enabled }) => enabled));
      expect([await me(cookie), (await whole()).grants.length]).toEqual([200, 4]);

      await leave();
      await eventually(whole, ({ state }) => state === becomes);
      expect(await me(cookie)).toBe(401);
      await eventually(accounts, (seen) => seen.every(({ enabled, wanted }) => !enabled && !wanted.includes(true)));
      expect(await accounts()).toEqual([
        { enabled: false, priority: 0, wanted: [false] },
        { enabled: false, priority: 0, wanted: [false] },
      ]);

      const left = await whole();
      expect(left).toMatchObject({ id, state: becomes, dueAt: null, grants: [], stateReason: { fact: told[1] } });
      const [event] = left.history.filter(({ verb }) => verb === LEAVING[becomes]);
      expect([event?.door, event?.payload.stateReason?.fact]).toEqual(told);
      if (told[1] === 'override') {
        const [said] = left.history.filter(({ verb }) => verb === 'identity.override_set');
        expect(event?.cause).toBe(said?.id);
      }
    },
  );
});
