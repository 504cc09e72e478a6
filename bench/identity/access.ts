import { randomBytes } from 'node:crypto';
import { AddressGuard, createLog, OutboundHttp, SecretBox } from '@tenure/platform';
import { AccessWorker, Policies, Recomputes, RuleChanges, Simulations } from '@tenure/access';
import { Applications, WorkHints } from '@tenure/applications';
import { createConnectorRegistry } from '@tenure/connectors';
import { atLength, figure, roundTrips, timed, type Bench } from './bench.js';
import { CONDITIONS } from './evaluation.js';

const BY = { actor: 'bench', door: 'admin' } as const;
const APPLICATIONS = 5;
/** As many as one worker process computes at once, and as many identities as one hint names. */
const SIDE_BY_SIDE = 2;
const HINT = 200;
const MAPPING = { userName: 'identity.email', title: 'identity.title', department: 'identity.department' };

/** A tenant's rules, and what computes access by them. */
interface Access {
  readonly bench: Bench;
  readonly tenantId: string;
  readonly worker: AccessWorker;
  readonly simulations: Simulations;
  readonly lastApplication: string;
}

/** Five applications and fifty policies, each of which gives an account and a group in one of them. */
export async function openAccess(bench: Bench, tenantId: string): Promise<Access> {
  const { database, queues, events, clock } = bench;
  const guard = new AddressGuard(['127.0.0.0/8']);
  const connectors = createConnectorRegistry({ guard, http: new OutboundHttp({ guard }) });
  const applications = new Applications(database, connectors, new SecretBox(randomBytes(32)), clock);
  const recomputes = new Recomputes(database, queues, events, clock);
  const simulations = new Simulations(database, applications, clock);
  const policies = new Policies(
    database,
    new RuleChanges(database, recomputes, simulations, applications, clock),
    clock,
  );
  const ids: string[] = [];
  for (let index = 0; index < APPLICATIONS; index++) {
    const { application } = await applications.create(tenantId, BY, {
      name: `app ${index}`,
      connector: 'scim',
      mode: 'enforce',
      config: { baseUrl: 'http://127.0.0.1:1/scim/v2' },
      credentials: { token: 'bench' },
      mapping: MAPPING,
    });
    ids.push(application.id);
  }
  for (const [index, condition] of CONDITIONS.entries()) {
    const grants = [
      { applicationId: ids[index % APPLICATIONS] ?? '', entitlements: [{ kind: 'group', name: `g${index}` }] },
    ];
    await policies.create(tenantId, BY, { name: `policy ${index}`, condition, grants, publish: true });
  }
  const worker = new AccessWorker(database, new WorkHints(queues), clock, createLog('bench', 'error'));
  return { bench, tenantId, worker, simulations, lastApplication: ids.at(-1) ?? '' };
}

/** Marks people as changed in these attributes, as their settlement would; the department really changes. */
async function change({ bench, tenantId }: Access, people: number, fields: readonly string[]): Promise<void> {
  await atLength(bench, tenantId, (tx) =>
    tx.query(
      `WITH moving AS (SELECT id FROM identities WHERE tenant_id = $1 ORDER BY id LIMIT $2)
       UPDATE identities i SET version = version + 1, changed_fields = $3, behind_since = clock_timestamp(),
         attributes = CASE WHEN 'department' = ANY($3) THEN jsonb_set(attributes, '{department}', to_jsonb('Department ' || (hashtext(i.id::text || version) & 31))) ELSE attributes END
       FROM moving WHERE i.tenant_id = $1 AND i.id = moving.id`,
      [tenantId, people, fields],
    ),
  );
}

/** Works off those who are behind, as one worker process does. Returns how many. */
async function computeAll({ bench, tenantId, worker }: Access, most = 10_000_000): Promise<number> {
  const behind = await atLength(bench, tenantId, (tx) =>
    tx.query<{ id: string }>(
      'SELECT id FROM identities WHERE tenant_id = $1 AND access_version < version ORDER BY behind_since, id LIMIT $2',
      [tenantId, most],
    ),
  );
  const hints = Array.from({ length: Math.ceil(behind.length / HINT) }, (_, n) =>
    behind.slice(n * HINT, (n + 1) * HINT),
  );
  const work = hints.values();
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async () => {
      for (const hint of work) await worker.handle({ tenantId, identityIds: hint.map(({ id }) => id) });
    }),
  );
  return behind.length;
}

/** Accounts whose desired state was written since `since`. */
async function accountsSince({ bench, tenantId }: Access, since: Date): Promise<number> {
  const sql = 'SELECT count(*) AS n FROM accounts WHERE tenant_id = $1 AND desired_at >= $2';
  const [row] = await atLength(bench, tenantId, (tx) => tx.query<{ n: string }>(sql, [tenantId, since]));
  return Number(row?.n ?? 0);
}

/** Everybody's first access, a tenth of them moving, and what one changed attribute costs. */
export async function measureAccess(access: Access, people: number): Promise<void> {
  const { bench, tenantId, simulations, lastApplication } = access;
  let computed = 0;
  const compute = (): Promise<number> => timed(async () => void (computed = await computeAll(access)));
  // While a table is all but empty, PostgreSQL plans to read it whole, and keeps the plan of a foreign key until it counts anew.
  await computeAll(access, people / 50);
  await bench.owner.query('VACUUM ANALYZE');
  const first = await compute();
  figure(
    `first access of ${computed.toLocaleString('en')} people by ${CONDITIONS.length} policies`,
    '',
    `${(first / 1000).toFixed(0)} s`,
    `${Math.round((computed / first) * 1000)} people/s, ${(await accountsSince(access, new Date(0))).toLocaleString('en')} accounts desired, each with a group`,
  );
  await bench.owner.query('VACUUM ANALYZE');
  const since = new Date();
  await change(access, people / 10, ['department']);
  const moved = await compute();
  figure(
    `a tenth of the people moves: all desired accounts written`,
    '≤ 30 s',
    `${(moved / 1000).toFixed(1)} s`,
    `${computed.toLocaleString('en')} people to another department, ${(await accountsSince(access, since)).toLocaleString('en')} accounts; one process, two hints of ${HINT} at once`,
  );
  await measureScope(access);
  const draft = {
    name: 'draft',
    condition: 'identity.department == "Department 7" && identity.country != "US"',
    grants: [{ applicationId: lastApplication }],
  };
  let gaining = 0;
  const simulated = await timed(
    async () => void ({ people: gaining } = (await simulations.ofDraft(tenantId, draft)).gaining),
  );
  figure(
    `simulation of one policy over ${people.toLocaleString('en')} people`,
    '',
    `${(simulated / 1000).toFixed(1)} s`,
    `${gaining.toLocaleString('en')} would gain; nothing is written`,
  );
}

const SCOPED = 2_000;

/** The same people computed again because of everything, of an attribute that some rules read, and of one that none reads. */
async function measureScope(access: Access): Promise<void> {
  const reads = (attribute: string): number =>
    CONDITIONS.filter((condition) => condition.includes(`.${attribute}`)).length;
  let everything = Number.NaN;
  for (const [fields, what] of [
    [['*'], 'everything'],
    [['location'], `the location, which ${reads('location')} of ${CONDITIONS.length} policies read`],
    [['isManager'], 'isManager, which nothing reads'],
  ] as const) {
    await change(access, SCOPED, fields);
    let ms = 0;
    const trips = await roundTrips(async () => {
      ms = await timed(() => computeAll(access));
    });
    if (fields[0] === '*') everything = ms;
    figure(
      `${SCOPED.toLocaleString('en')} people computed again: ${what}`,
      fields[0] === '*' ? 'base' : 'less',
      `${ms.toFixed(0)} ms, ratio ${(ms / everything).toFixed(2)}`,
      `${trips} queries in ${SCOPED / HINT} hints`,
    );
  }
}
