import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BY, People } from './people.fixture.js';
import type { Person } from '../model/person.js';
import type { Source, SourceKind } from '../model/source.entity.js';

const ADA = { givenName: 'Ada', familyName: 'Lovelace', email: 'ada@example.com' };

describe('a record with a new employee number', () => {
  let people: People;
  let hr: Source;
  beforeAll(async () => {
    people = await People.start();
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    await people.begin('2026-11-20T12:00:00Z');
    hr = await people.source('hrms');
  });

  const row = (from: Source, number: string, more: Person): Promise<unknown> =>
    people.say(from, number, { ...ADA, employeeNumber: number, ...more });

  /** In which state each person is, and under which numbers. */
  async function everybody(): Promise<string[]> {
    const all = await people.everybody();
    return all.map(({ state, employeeNumber }) => `${state} ${employeeNumber ?? ''}`).sort();
  }

  const OLD: Person = { status: 'active', startDate: '2020-01-01' };
  type Step = readonly ['old' | 'new', Person];
  const ENDS: Person = { status: 'terminated', endDate: '2026-10-31' };
  const BEGINS: Person = { status: 'active', startDate: '2026-11-01' };

  it.each<SourceKind>(['hrms', 'csv'])(
    'of a manager: whoever names the old one keeps the manager (%s)',
    async (kind) => {
      const from = kind === 'hrms' ? hr : await people.source(kind);
      const report = (more: Person): Promise<unknown> =>
        people.say(from, '7', {
          employeeNumber: '7',
          givenName: 'Rex',
          familyName: 'Report',
          status: 'active',
          ...more,
        });
      const managerOfReport = async (): Promise<string | undefined> => {
        const all = await people.everybody();
        const managerId = all.find(({ employeeNumber }) => employeeNumber === '7')?.managerId;
        return all.find(({ id }) => id === managerId)?.employeeNumber ?? undefined;
      };
      await row(from, '101', OLD);
      await report({ managerEmployeeNumber: '101' });
      expect(await managerOfReport()).toBe('101');
      people.platform.clock.moveTo('2026-11-20T12:00:01Z');
      await row(from, '101', ENDS);
      await row(from, '555', BEGINS);
      expect(await managerOfReport()).toBe('555');
      people.platform.clock.moveTo('2026-11-20T12:00:02Z');
      await report({ managerEmployeeNumber: '101', title: 'Clerk' });
      expect(await managerOfReport()).toBe('555');
      await report({ managerEmployeeNumber: '555' });
      expect(await managerOfReport()).toBe('555');
      // Somebody else who has the number now is meant by it.
      const other = { givenName: 'Otto', familyName: 'Other', email: 'otto@example.com', status: 'active' as const };
      await people.say(await people.source('hrms'), '101', { ...other, employeeNumber: '101' });
      people.platform.clock.moveTo('2026-11-20T12:00:03Z');
      await report({ managerEmployeeNumber: '101' });
      expect(await managerOfReport()).toBe('101');
    },
  );

  it.each<[string, SourceKind, Step[], expected: string[]]>([
    [
      'the old one ends first',
      'hrms',
      [
        ['old', OLD],
        ['old', ENDS],
        ['new', BEGINS],
      ],
      ['active 555'],
    ],
    [
      'the new one comes first',
      'hrms',
      [
        ['old', OLD],
        ['new', BEGINS],
        ['old', ENDS],
      ],
      ['active 555'],
    ],
    [
      'in files',
      'csv',
      [
        ['old', OLD],
        ['new', BEGINS],
        ['old', ENDS],
      ],
      ['active 555'],
    ],
    [
      'both at once, as a first file has them',
      'csv',
      [
        ['new', BEGINS],
        ['old', ENDS],
      ],
      ['active 555'],
    ],
    [
      'both at once, the other way round',
      'csv',
      [
        ['old', ENDS],
        ['new', BEGINS],
      ],
      ['active 555'],
    ],
    [
      'announced for later',
      'hrms',
      [
        ['old', OLD],
        ['new', { startDate: '2027-01-01' }],
        ['old', { endDate: '2026-12-31' }],
      ],
      ['active 101'],
    ],
    [
      'the source names the number before, while both go on',
      'hrms',
      [
        ['old', OLD],
        ['new', { status: 'active', startDate: '2026-11-10', custom: { previousEmployeeNumber: '101' } }],
      ],
      ['active 555'],
    ],
    [
      'it ends without a date',
      'hrms',
      [
        ['old', OLD],
        ['old', { status: 'terminated' }],
        ['new', { status: 'active' }],
      ],
      ['active 555'],
    ],
  ])('is the same person: %s', async (_, kind, steps, expected) => {
    const from = kind === 'hrms' ? hr : await people.source(kind);
    for (const [n, [which, said]] of steps.entries()) {
      people.platform.clock.moveTo(`2026-11-20T12:00:0${n}Z`);
      await row(from, which === 'old' ? '101' : '555', said);
    }
    expect(await everybody()).toEqual(expected);
    expect(await people.cases()).toEqual([]);
  });

  it('leaves no gap, and tells why in the journal', async () => {
    await row(hr, '101', OLD);
    await row(hr, '555', BEGINS);
    expect((await people.cases()).map(({ kind }) => kind)).toEqual(['correlation']);
    people.platform.clock.moveTo('2026-11-20T12:00:05Z');
    await row(hr, '101', ENDS);
    const [ada] = await people.everybody();
    expect(await people.verbs(ada?.id ?? '')).toEqual(['identity.joined', 'identity.changed']);
    const record = (await people.records()).find(({ key }) => key === '555');
    expect(await people.verbs(record?.id ?? '')).toContain('source_record.converted');
  });

  it('is the same person when the full list does not name the old number any more', async () => {
    const csv = await people.source('csv');
    await row(csv, '101', OLD);
    await row(csv, '555', BEGINS);
    const [old] = (await people.records()).filter(({ key }) => key === '101');
    const named = { recordId: old?.id ?? '', identityId: old?.identityId ?? null, named: false };
    await people.inTenant((tx) => people.absences.mark(tx, BY, old?.id ?? '', null, [named]));
    expect(await everybody()).toEqual(['active 555']);
  });

  it('is seen in a circle of managers that goes by the old number, and out of it again', async () => {
    await row(hr, '101', { ...OLD, ...ENDS });
    await row(hr, '7', { email: 'bob@example.com', givenName: 'Bob', managerEmployeeNumber: '101' });
    await row(hr, '555', { ...BEGINS, managerEmployeeNumber: '7' });
    const circled = async (): Promise<boolean[]> => (await people.everybody()).map(({ managerCycle }) => managerCycle);
    expect(await circled()).toEqual([true, true]);
    expect((await people.cases()).map(({ kind }) => kind)).toEqual(['manager_cycle', 'manager_cycle']);
    await row(hr, '555', { ...BEGINS, managerEmployeeNumber: null });
    expect(await circled()).toEqual([false, false]);
    expect(await people.cases()).toEqual([]);
    const all = await people.everybody();
    const [ada, bob] = ['555', '7'].map((number) => all.find(({ employeeNumber }) => employeeNumber === number));
    expect(bob?.managerId).toBe(ada?.id);
  });

  it.each<[string, Person, Person]>([
    ['they overlap', OLD, BEGINS],
    ['the name is another', { ...OLD, ...ENDS }, { ...BEGINS, givenName: 'Nora' }],
    ['no name is said', { ...OLD, ...ENDS }, { ...BEGINS, givenName: null, familyName: null }],
    ['the source names another number', OLD, { ...BEGINS, custom: { previousEmployeeNumber: '7' } }],
  ])('is asked about when %s', async (_, old, now) => {
    await row(hr, '101', old);
    await row(hr, '555', now);
    expect(await people.cases()).toMatchObject([{ kind: 'correlation', details: { situation: 'collision' } }]);
    expect(await people.everybody()).toHaveLength(1);
  });

  it('is asked about always where the tenant wants that', async () => {
    await people.inTenant((tx) => people.rules.change(tx, BY, { conversions: 'ask' }));
    await row(hr, '101', { ...OLD, ...ENDS });
    await row(hr, '555', BEGINS);
    expect(await people.cases()).toHaveLength(1);
  });

  describe('F1: an address that is given to the next one', () => {
    const OLGA: Person = { givenName: 'Olga', familyName: 'Smith', email: 'jsmith@example.com', userName: 'jsmith' };
    const NORA: Person = { ...OLGA, givenName: 'Nora' };
    it.each<[string, more: { externalId?: string }, Person, expected: number]>([
      ['another external id', { externalId: 'OID-2' }, NORA, 1],
      ['another external id, the same name', { externalId: 'OID-2' }, OLGA, 1],
      ['no external id, another name', {}, NORA, 1],
      ['the same external id', { externalId: 'OID-1' }, NORA, 0],
      ['no external id, the same name', {}, OLGA, 0],
    ])('%s', async (_, more, said, expected) => {
      const idp = await people.source('scim');
      const id = '01234567-89ab-4cde-8fff-000000000001';
      const { identityId } = await people.say(idp, id, OLGA, {
        externalId: 'OID-1',
        userNameKey: 'jsmith',
        raw: {},
        folded: {},
      });
      await people.say(idp, id, {}, { removed: true });
      const next = { userNameKey: 'jsmith', raw: {}, folded: {}, revives: true, ...more };
      await people.say(idp, '01234567-89ab-4cde-8fff-000000000002', said, next);
      expect(await people.cases()).toHaveLength(expected);
      const state = expected === 0 ? 'active' : 'terminated';
      expect(await people.identity(identityId)).toMatchObject({ state });
    });
  });

  it.each(['new first', 'old first'])('C20: an address that a colleague gives up, %s', async (order) => {
    const anna = { employeeNumber: '101', givenName: 'Anna', familyName: 'Smith', email: 'a.smith@example.com' };
    const alan = { employeeNumber: '102', givenName: 'Alan', familyName: 'Smith', email: 'a.smith@example.com' };
    await people.say(hr, '101', anna);
    const steps = [
      (): Promise<unknown> => people.say(hr, '102', alan),
      (): Promise<unknown> => people.say(hr, '101', { ...anna, email: 'anna.jones@example.com' }),
    ];
    for (const step of order === 'new first' ? steps : steps.reverse()) {
      people.platform.clock.moveTo(`2026-11-20T13:00:0${steps.indexOf(step)}Z`);
      await step();
    }
    expect(await everybody()).toEqual(['active 101', 'active 102']);
    expect(await people.cases()).toEqual([]);
  });

  it('E11: a settlement ends although new rules refuse the records that wait', async () => {
    await people.inTenant((tx) => people.rules.change(tx, BY, { reactions: { hrms: { unmatched: 'ask' } } }));
    for (const key of ['1', '2', '3']) await people.say(hr, key, { employeeNumber: key });
    await people.settleEverybody();
    await people.inTenant((tx) => people.rules.change(tx, BY, { reactions: { hrms: { unmatched: 'refuse' } } }));
    await people.settleEverybody();
    const open = await people.inTenant((tx) =>
      tx.query('SELECT FROM settlements WHERE tenant_id = $1 AND done_at IS NULL', [people.tenantId]),
    );
    expect(open).toHaveLength(0);
    expect(await people.cases()).toHaveLength(3);
  });
});
