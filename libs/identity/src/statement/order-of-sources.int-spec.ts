import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId, type Tx } from '@tenure/platform';
import { Identities, type StatementOutcome } from './identities.js';
import { Identity } from '../model/identity.entity.js';
import { BY, People } from './people.fixture.js';
import { PERSON_FIELDS } from '../model/person.js';
import { SourceRecord } from '../model/source-record.entity.js';
import type { Source } from '../model/source.entity.js';
import { SOURCES, tenants, type Saying, type SourceName } from './whole-tenants.fixture.js';

const RUNS = { seed: 20_261_124, numRuns: 12, endOnFailure: true } as const;

/** One tenant with its sources. */
interface World {
  readonly tenantId: string;
  readonly sources: Readonly<Record<SourceName, Source>>;
}

describe(`whole tenants (seed ${RUNS.seed})`, () => {
  let people: People;

  beforeAll(async () => {
    people = await People.start();
  });
  afterAll(() => people.close());

  const inWorld = <T>({ tenantId }: World, work: (tx: Tx) => Promise<T>): Promise<T> =>
    people.platform.database.transaction(tenantId, work);

  async function begin(): Promise<World> {
    await people.begin('2026-03-02T12:00:00Z');
    const named: [SourceName, Source][] = [];
    for (const name of SOURCES) named.push([name, await people.source(name === 'scim2' ? 'scim' : name)]);
    return { tenantId: people.tenantId, sources: Object.fromEntries(named) as World['sources'] };
  }

  /** Who begins anew knows nothing but what is in the database. */
  const restarted = (): Identities => new Identities(people.platform.events, people.platform.clock);

  /** SCIM records are named by ids, so each world has its own. */
  const keyOf = (world: World, { source, of }: Saying): string => {
    const id = world.sources[source].id;
    return world.sources[source].kind === 'scim' ? `${id.slice(0, -4)}${String(of).padStart(4, '0')}` : `key-${of}`;
  };

  const state = (world: World, identities: Identities, saying: Saying): Promise<StatementOutcome> => {
    const { person, saidAt, source } = saying;
    const input = { source: world.sources[source], key: keyOf(world, saying), person, saidAt };
    return inWorld(world, (tx) => identities.state(tx, BY, input));
  };

  async function sayInOrder(world: World, sayings: readonly Saying[]): Promise<void> {
    const identities = restarted();
    for (const saying of sayings) await state(world, identities, saying);
  }

  const peopleOf = (world: World): Promise<Identity[]> =>
    inWorld(world, (tx) => tx.repository(Identity).findBy({ tenantId: world.tenantId }));
  const recordsOf = (world: World): Promise<SourceRecord[]> =>
    inWorld(world, (tx) => tx.repository(SourceRecord).findBy({ tenantId: world.tenantId }));

  /** Everything about the tenant's people that does not depend on ids and versions. */
  async function outcome(world: World): Promise<unknown> {
    const [everybody, records] = await Promise.all([peopleOf(world), recordsOf(world)]);
    const names = new Map(Object.entries(world.sources).map(([name, { id }]) => [id, name]));
    const whoseOf = new Map(
      everybody.map(({ id }) => {
        const own = records.filter(({ identityId }) => identityId === id);
        return [
          id,
          own
            .map(({ sourceId, key }) => `${names.get(sourceId) ?? ''} ${key.slice(-1)}`)
            .sort()
            .join(', '),
        ];
      }),
    );
    return everybody
      .map((one) => ({
        records: whoseOf.get(one.id),
        state: one.state,
        attributes: one.attributes,
        lineage: Object.fromEntries(
          Object.entries(one.lineage).map(([field, { sourceId, rule }]) => [field, [names.get(sourceId ?? ''), rule]]),
        ),
        dueAt: one.dueAt,
        manager: one.managerId === null ? null : whoseOf.get(one.managerId),
        isManager: one.isManager,
      }))
      .sort((a, b) => ((a.records ?? '') < (b.records ?? '') ? -1 : 1));
  }

  /** A row version of everything that a statement may write. */
  const rowVersions = ({ tenantId }: World): Promise<object[]> =>
    people.platform.sql.query(
      ['identities', 'source_records', 'journal', 'cases']
        .map((table) => `SELECT '${table}' AS of, xmin::text, id FROM ${table} WHERE tenant_id = $1`)
        .join(' UNION ALL ') + ' ORDER BY 1, 3',
      [tenantId],
    );

  /** Anybody, also somebody who reports to the same person, or who never comes. */
  const anybody = fc.constantFrom(null, null, 0, 1, 2, 3, 9);
  const shuffled = tenants(anybody).chain((sayings) =>
    fc.tuple(fc.constant(sayings), fc.shuffledSubarray([...sayings], { minLength: sayings.length })),
  );

  it('come out the same in whatever order their sources speak', async () => {
    await fc.assert(
      fc.asyncProperty(shuffled, async ([sayings, otherwise]) => {
        const [one, other] = [await begin(), await begin()];
        await sayInOrder(one, sayings);
        await sayInOrder(other, otherwise);
        expect(await outcome(other)).toEqual(await outcome(one));
      }),
      RUNS,
    );
  }, 120_000);

  it('come out the same when everybody speaks at once', async () => {
    await fc.assert(
      fc.asyncProperty(tenants(anybody), async (sayings) => {
        const [one, other] = [await begin(), await begin()];
        await sayInOrder(one, sayings);
        const identities = restarted();
        await Promise.all(sayings.map((saying) => state(other, identities, saying)));
        expect(await outcome(other)).toEqual(await outcome(one));
      }),
      RUNS,
    );
  }, 120_000);

  it('are not written, and nobody is made, when after a restart all is said again', async () => {
    await fc.assert(
      fc.asyncProperty(tenants(anybody), async (sayings) => {
        const world = await begin();
        await sayInOrder(world, sayings);
        const before = await rowVersions(world);
        await sayInOrder(world, sayings);
        expect(await rowVersions(world)).toEqual(before);
      }),
      RUNS,
    );
  }, 120_000);

  it('have a lineage that names the record which holds each value', async () => {
    await fc.assert(
      fc.asyncProperty(shuffled, async ([, sayings]) => {
        const world = await begin();
        await sayInOrder(world, sayings);
        const records = await recordsOf(world);
        for (const { id, attributes, lineage } of await peopleOf(world)) {
          expect(Object.keys(lineage).sort()).toEqual(Object.keys(attributes).sort());
          for (const field of PERSON_FIELDS) {
            const origin = lineage[field];
            if (origin === undefined || origin.recordId === null) continue;
            const record = records.find((one) => one.id === origin.recordId);
            expect(record?.attributes[field]).toEqual(attributes[field]);
            expect([record?.identityId, record?.sourceId]).toEqual([id, origin.sourceId]);
          }
        }
      }),
      RUNS,
    );
  }, 120_000);

  it.each([1, 2, 3, 4, 5])(
    'have one identity for fifty records of the same person from three sources at once (seed %d)',
    async (seed) => {
      const world = await begin();
      const identities = restarted();
      const said = fc.record({
        source: fc.constantFrom<SourceName>('hrms', 'csv', 'scim'),
        knows: fc.constantFrom('number', 'number and address'),
        title: fc.constantFrom('A', 'B', 'C'),
      });
      const sayings = fc.sample(said, { seed, numRuns: 50 }).map(({ source, knows, title }, index): Saying => ({
        source,
        of: 0,
        person: {
          employeeNumber: 'E0',
          title,
          ...(knows !== 'number' && { email: index % 2 === 0 ? 'ada@example.com' : 'Ada@Example.COM' }),
        },
        saidAt: new Date(Date.UTC(2026, 1, 1, 0, index)),
      }));
      const told = await Promise.all(sayings.map((saying) => state(world, identities, saying)));
      const [only, ...others] = await peopleOf(world);
      expect(others).toEqual([]);
      expect(new Set(told.map(({ identityId }) => identityId))).toEqual(new Set([only?.id]));
      expect(told.filter(({ outcome: kind }) => kind === 'created')).toHaveLength(1);
      const kinds = new Set(sayings.map(({ source }) => world.sources[source].id));
      expect(new Set((await recordsOf(world)).map(({ sourceId }) => sourceId))).toEqual(kinds);
    },
  );

  it('keep people apart who share no key, however alike they are', async () => {
    const world = await begin();
    const identities = restarted();
    const person = { givenName: 'Ada', familyName: 'Byron', department: newId() };
    const sayings = Array.from({ length: 20 }, (_, of): Saying => ({
      source: 'hrms',
      of,
      person: { ...person, employeeNumber: `E${of}` },
      saidAt: new Date('2026-03-01T00:00:00Z'),
    }));
    await Promise.all(sayings.map((saying) => state(world, identities, saying)));
    expect(await peopleOf(world)).toHaveLength(20);
  });
});
