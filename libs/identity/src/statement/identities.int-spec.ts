import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLog, lookNow, newId, SecretBox, type Tx } from '@tenure/platform';
import { JournalEntry } from '@tenure/journal';
import { startTestPlatform, type TestPlatform } from '../../../../test/support/platform.js';
import { Identities, type StatementOutcome } from './identities.js';
import { dueIdentitiesTimer } from '../schedule/identity-clock.js';
import { Identity } from '../model/identity.entity.js';
import type { Person } from '../model/person.js';
import { SourceRecord } from '../model/source-record.entity.js';
import type { Source, SourceKind } from '../model/source.entity.js';
import { getSource, Sources } from '../source/sources.js';

const MONDAY = '2026-03-02T12:00:00Z';

describe('identities', () => {
  let platform: TestPlatform;
  let identities: Identities;
  let tenantId: string;
  let hr: Source;

  beforeAll(async () => {
    platform = await startTestPlatform();
    identities = new Identities(platform.events, platform.clock);
  });
  afterAll(() => platform.close());
  beforeEach(async () => {
    platform.clock.moveTo(MONDAY);
    ({ tenantId } = await platform.tenant());
    hr = await source('hrms');
  });

  const inTenant = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => platform.database.transaction(tenantId, work);

  async function source(kind: SourceKind): Promise<Source> {
    const sources = new Sources(platform.database, new SecretBox(Buffer.alloc(32, 7)));
    return inTenant(async (tx) => {
      const by = { actor: 'spec', door: 'admin' } as const;
      const { id } = await sources.create(tx, by, platform.clock.now(), { kind, name: `${kind} ${newId()}` });
      return getSource(tx, id);
    });
  }

  const state = (
    from: Source,
    key: string,
    person: Person,
    more: { removed?: boolean } = {},
  ): Promise<StatementOutcome> =>
    inTenant((tx) =>
      identities.state(
        tx,
        { actor: `source:${from.id}`, door: 'hrms' },
        { source: from, key, person, saidAt: platform.clock.now(), ...more },
      ),
    );
  /** What HR says of the employee of this number. */
  const say = (number: string, person: Person = {}): Promise<StatementOutcome> =>
    state(hr, number, { employeeNumber: number, ...person });
  const everybody = (): Promise<Identity[]> => inTenant((tx) => tx.repository(Identity).findBy({ tenantId }));
  async function employee(number: string): Promise<Identity> {
    const found = (await everybody()).filter(({ employeeNumber }) => employeeNumber === number);
    expect(found).toHaveLength(1);
    return found[0]!;
  }
  const records = (): Promise<SourceRecord[]> => inTenant((tx) => tx.repository(SourceRecord).findBy({ tenantId }));

  describe('said at once', () => {
    it('are one for fifty statements about the same person from three sources', async () => {
      const [csv, scim] = [await source('csv'), await source('scim')];
      const person = { email: 'ada@example.com', employeeNumber: '7' };
      const told = await Promise.all(
        Array.from({ length: 50 }, (_, index) => {
          const from = [csv, hr, scim][index % 3] ?? hr;
          return state(from, from === scim ? scim.id : '7', { ...person, title: `Title ${index}` });
        }),
      );
      const [only, ...others] = await everybody();
      expect(others).toEqual([]);
      expect(new Set(told.map(({ identityId }) => identityId))).toEqual(new Set([only?.id]));
      expect(told.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
      expect((await records()).map(({ sourceId }) => sourceId).sort()).toEqual([csv.id, hr.id, scim.id].sort());
      const revisions = await inTenant((tx) =>
        tx.repository(JournalEntry).findBy({ tenantId, subjectId: only?.id ?? '' }),
      );
      expect(revisions).toHaveLength(Number(only?.version));
      expect(await inTenant((tx) => tx.query('SELECT FROM identities WHERE version = 0'))).toEqual([]);
    });

    it('are one when some sources know only the e-mail address and its case differs', async () => {
      const scims = await Promise.all([source('scim'), source('scim'), source('csv')]);
      const told = await Promise.all(
        scims.flatMap((from) =>
          [0, 1].map((n) => state(from, from.id, { email: n ? 'Ada@Example.com' : 'ada@example.com' })),
        ),
      );
      expect(new Set(told.map(({ identityId }) => identityId)).size).toBe(1);
      expect(await everybody()).toHaveLength(1);
    });
  });

  describe('and their managers', () => {
    it.each([
      ['before', ['100', '101']],
      ['after', ['101', '100']],
    ])('find each other when the manager comes %s', async (_, order) => {
      for (const number of order) await say(number, number === '101' ? { managerEmployeeNumber: '100' } : {});
      expect((await employee('101')).managerId).toBe((await employee('100')).id);
      expect(await employee('100')).toMatchObject({ isManager: true });
      expect(await employee('101')).toMatchObject({ isManager: false });
    });

    it('find each other when both come at the same moment', async () => {
      for (let round = 0; round < 15; round++) {
        const [boss, report] = [`boss-${round}`, `report-${round}`];
        await Promise.all([say(report, { managerEmployeeNumber: boss }), say(boss)]);
        expect((await employee(report)).managerId).toBe((await employee(boss)).id);
        expect((await employee(boss)).isManager).toBe(true);
      }
    });

    it('make nobody a manager who names himself', async () => {
      await say('100', { managerEmployeeNumber: '100' });
      expect(await employee('100')).toMatchObject({ managerId: null, isManager: false });
    });

    it('part without a trace when the last two reports move away at once', async () => {
      for (let round = 0; round < 10; round++) {
        const [old, next, ada, ben] = ['old', 'next', 'ada', 'ben'].map((name) => `${name}-${round}`) as [
          string,
          string,
          string,
          string,
        ];
        await say(old);
        await say(next);
        for (const report of [ada, ben]) await say(report, { managerEmployeeNumber: old });
        await Promise.all([ada, ben].map((report) => say(report, { managerEmployeeNumber: next })));
        expect([(await employee(old)).isManager, (await employee(next)).isManager]).toEqual([false, true]);
      }
    });

    it('stay together when reports swap their managers at once', async () => {
      for (const boss of ['left', 'right']) await say(boss);
      await say('ada', { managerEmployeeNumber: 'left' });
      await say('ben', { managerEmployeeNumber: 'right' });
      await Promise.all([
        say('ada', { managerEmployeeNumber: 'right' }),
        say('ben', { managerEmployeeNumber: 'left' }),
      ]);
      expect([(await employee('left')).isManager, (await employee('right')).isManager]).toEqual([true, true]);
    });

    it('a manager whose only report left is one no more, and one whose report returns is one again', async () => {
      await say('100');
      await say('101', { managerEmployeeNumber: '100' });
      await say('101', { status: 'terminated' });
      expect((await employee('100')).isManager).toBe(false);
      await say('101', { status: 'active' });
      expect((await employee('100')).isManager).toBe(true);
    });

    it('are behind for access when they become managers: a policy may ask', async () => {
      await say('100');
      const before = await employee('100');
      await say('101', { managerEmployeeNumber: '100' });
      const after = await employee('100');
      expect(Number(after.version)).toBe(Number(before.version) + 1);
    });
  });

  describe('that are told the same again', () => {
    const PERSON = { employeeNumber: '1', email: 'ada@example.com', department: 'Sales', custom: { badge: 'x' } };
    const rowVersions = (tables: readonly string[]): Promise<object[]> =>
      platform.sql.query(
        tables.map((table) => `SELECT xmin::text, id FROM ${table} WHERE tenant_id = $1`).join(' UNION ALL ') +
          ' ORDER BY 2',
        [tenantId],
      );

    it.each<[SourceKind, readonly string[]]>([
      ['csv', ['identities', 'source_records', 'journal']],
      ['scim', ['identities', 'source_records', 'journal']],
      ['hrms', ['identities', 'journal']],
    ])('by %s are not written: no new row version in %p', async (kind, tables) => {
      const from = await source(kind);
      const key = newId();
      await state(from, key, PERSON);
      const before = await rowVersions(tables);
      platform.clock.moveTo('2026-03-03T12:00:00Z');
      expect(await state(from, key, PERSON)).toMatchObject({ outcome: 'unchanged' });
      expect(await rowVersions(tables)).toEqual(before);
    });

    it('are not undone by an older event that comes later', async () => {
      await say('1', { department: 'Sales' });
      platform.clock.moveTo('2026-03-05T12:00:00Z');
      await say('1', { department: 'Sales' });
      platform.clock.moveTo('2026-03-04T12:00:00Z');
      await say('1', { department: 'IT', title: 'Engineer' });
      expect((await employee('1')).attributes).toMatchObject({ department: 'Sales', title: 'Engineer' });
    });
  });

  describe('by the clock', () => {
    const tick = (): Promise<void> =>
      lookNow(
        platform.database,
        dueIdentitiesTimer(platform.database, identities, () => platform.clock.now(), createLog('spec', 'silent')),
      );

    it('begin at local midnight of the first day and end with the last one', async () => {
      await say('1', { startDate: '2026-03-09', endDate: '2026-03-13', timeZone: 'America/Los_Angeles' });
      const seen: unknown[] = [];
      for (const at of [
        '2026-03-09T06:59:59Z',
        '2026-03-09T07:00:00Z',
        '2026-03-14T06:59:59Z',
        '2026-03-14T07:00:00Z',
      ]) {
        platform.clock.moveTo(at);
        await tick();
        seen.push((await employee('1')).state);
      }
      expect(seen).toEqual(['staged', 'active', 'active', 'terminated']);
      expect((await employee('1')).dueAt).toBeNull();
      const verbs = await inTenant(async (tx) =>
        tx.repository(JournalEntry).find({ where: { tenantId, subjectKind: 'identity' }, order: { revision: 'ASC' } }),
      );
      expect(verbs.map(({ verb, actor }) => [verb, actor])).toEqual([
        ['identity.staged', `source:${hr.id}`],
        ['identity.joined', 'clock'],
        ['identity.left', 'clock'],
      ]);
    });

    it('leave at the announced end of a termination, and not before', async () => {
      await say('1', { status: 'terminated', endDate: '2026-03-31' });
      expect(await employee('1')).toMatchObject({ state: 'active', dueAt: new Date('2026-04-01T00:00:00Z') });
      platform.clock.moveTo('2026-04-01T00:00:00Z');
      await tick();
      expect(await employee('1')).toMatchObject({ state: 'terminated', urgent: true });
    });

    it('come all when many are due, a batch at a look', async () => {
      for (let index = 0; index < 30; index++) await say(`n${index}`, { startDate: '2026-03-10' });
      platform.clock.moveTo('2026-03-10T00:00:00Z');
      await Promise.all([tick(), tick()]);
      expect((await everybody()).map((one) => one.state)).toEqual(Array(30).fill('active'));
    });
  });

  describe('that cannot be told apart', () => {
    it.each<[string, Person, string]>([
      [
        'the e-mail address of someone with another employee number',
        { employeeNumber: '2', email: 'ada@example.com' },
        'the identity with the same e-mail address has another employee number',
      ],
    ])('wait with the reason: %s', async (_, person, reason) => {
      await say('1', { email: 'ada@example.com' });
      const csv = await source('csv');
      expect(await state(csv, '2', person)).toMatchObject({ outcome: 'unresolved', identityId: null, reason });
      const kept = (await records()).find(({ sourceId }) => sourceId === csv.id);
      expect(kept).toMatchObject({ identityId: null, unresolved: reason, attributes: person });
      expect(await everybody()).toHaveLength(1);
    });

    it('wait with the reason: two records of one source with the same e-mail address', async () => {
      const csv = await source('csv');
      await state(csv, '1', { email: 'ada@example.com' });
      expect(await state(csv, '2', { email: 'ada@example.com' })).toMatchObject({
        outcome: 'unresolved',
        reason: 'this source already has another record of the identity with the same e-mail address',
      });
    });

    it('wait with the reason: two identities with the same e-mail address', async () => {
      const [csv, scim] = [await source('csv'), await source('scim')];
      await say('1', { email: 'ada@example.com' });
      await state(csv, '2', { employeeNumber: '2' });
      await state(csv, '2', { employeeNumber: '2', email: 'ada@example.com' });
      expect(await state(scim, newId(), { email: 'ada@example.com' })).toMatchObject({
        outcome: 'unresolved',
        reason: '2 identities have the same e-mail address',
      });
    });

    it('find their identity once the collision is solved, and nothing that was said is lost', async () => {
      await say('1', { email: 'ada@example.com' });
      const csv = await source('csv');
      await state(csv, '2', { employeeNumber: '2', email: 'ada@example.com', title: 'Engineer' });
      const told = await state(csv, '2', { employeeNumber: '2', email: 'eve@example.com', title: 'Engineer' });
      expect(told).toMatchObject({ outcome: 'created' });
      expect(await employee('2')).toMatchObject({ email: 'eve@example.com', attributes: { title: 'Engineer' } });
      expect((await records()).filter(({ unresolved }) => unresolved !== null)).toEqual([]);
    });
  });

  it('whom every source has taken away have left, and come back with the source', async () => {
    await say('1', { email: 'ada@example.com' });
    const { id } = await employee('1');
    await state(hr, '1', {}, { removed: true });
    expect(await employee('1')).toMatchObject({ id, state: 'terminated' });
    expect(await state(hr, '1', {}, { removed: false })).toMatchObject({ identityId: id });
    expect(await employee('1')).toMatchObject({ id, state: 'active' });
    expect(
      await inTenant((tx) =>
        tx.repository(JournalEntry).countBy({ tenantId, subjectId: id, verb: 'identity.rehired' }),
      ),
    ).toBe(1);
  });
});
