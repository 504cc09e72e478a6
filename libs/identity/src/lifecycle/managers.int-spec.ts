import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createLog, lookNow } from '@tenure/platform';
import { dueIdentitiesTimer } from '../schedule/identity-clock.js';
import { People } from '../statement/people.fixture.js';
import { SETTLED_AT_ONCE } from './settle-identity.js';
import type { Source } from '../model/source.entity.js';

describe('managers', () => {
  let people: People;
  let hr: Source;

  beforeAll(async () => {
    people = await People.start();
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    await people.begin('2026-03-02T12:00:00Z');
    hr = await people.source('hrms');
  });

  let minute = 0;
  /** Employee `number` has `manager` from now on. */
  async function say(number: string, manager: string | null): Promise<void> {
    people.platform.clock.moveTo(new Date(Date.UTC(2026, 2, 2, 12, minute++)));
    await people.say(hr, number, { employeeNumber: number, managerEmployeeNumber: manager });
  }

  /** Employee number → the manager's, or `circle` where none is believed. */
  async function chart(): Promise<Record<string, string | null>> {
    const all = await people.everybody();
    const numbers = new Map(all.map(({ id, employeeNumber }) => [id, employeeNumber]));
    return Object.fromEntries(
      all.map(({ employeeNumber, managerId, managerCycle }) => [
        employeeNumber ?? '',
        managerCycle ? 'circle' : managerId === null ? null : (numbers.get(managerId) ?? null),
      ]),
    );
  }
  const circles = async (): Promise<string[]> => (await people.cases()).map(({ kind }) => kind);

  it('who go round in a circle are believed by nobody in it, and each is asked about', async () => {
    await say('1', null);
    await say('2', '1');
    await say('3', '2');
    await say('1', '3');
    expect(await chart()).toEqual({ 1: 'circle', 2: 'circle', 3: 'circle' });
    expect(await circles()).toEqual(['manager_cycle', 'manager_cycle', 'manager_cycle']);
    expect((await people.everybody()).map(({ isManager }) => isManager)).toEqual([false, false, false]);
  });

  it('are believed again when one of the circle is corrected', async () => {
    await say('1', '2');
    await say('2', '3');
    await say('3', '1');
    await say('4', '3');
    expect(await chart()).toEqual({ 1: 'circle', 2: 'circle', 3: 'circle', 4: '3' });
    await say('2', '4');
    expect(await chart()).toEqual({ 1: 'circle', 2: 'circle', 3: 'circle', 4: 'circle' });
    await say('2', null);
    expect(await chart()).toEqual({ 1: '2', 2: null, 3: '1', 4: '3' });
    expect(await circles()).toEqual([]);
  });

  it('are nobody to themselves', async () => {
    await say('1', '1');
    expect(await chart()).toEqual({ 1: 'circle' });
    expect(await circles()).toEqual(['manager_cycle']);
    await say('1', null);
    expect(await chart()).toEqual({ 1: null });
    expect(await circles()).toEqual([]);
  });

  it('follow the employee number that names them, also when it goes to somebody else', async () => {
    await say('1', null);
    await say('2', '1');
    people.platform.clock.moveTo('2026-03-03T12:00:00Z');
    await people.say(hr, '1', { employeeNumber: '10' });
    expect(await chart()).toEqual({ 10: null, 2: null });
    await people.say(hr, 'new', { employeeNumber: '1' });
    expect(await chart()).toEqual({ 10: null, 2: '1', 1: null });
  });

  it('who have more reports than one transaction settles are followed by the rest when the clock looks', async () => {
    const reports = SETTLED_AT_ONCE + 5;
    await say('boss', null);
    for (let n = 0; n < reports; n++)
      await people.say(hr, `r${n}`, { employeeNumber: `r${n}`, managerEmployeeNumber: 'chief' });
    people.platform.clock.moveTo('2026-03-03T12:00:00Z');
    await people.say(hr, 'boss', { employeeNumber: 'chief' });
    const managed = async (): Promise<number> =>
      Object.values(await chart()).filter((manager) => manager === 'chief').length;
    expect(await managed()).toBe(SETTLED_AT_ONCE);
    const { database, clock } = people.platform;
    const now = (): Date => clock.now();
    await lookNow(database, dueIdentitiesTimer(database, people.identities, now, createLog('spec', 'silent')));
    expect(await managed()).toBe(reports);
    expect((await people.everybody()).filter(({ dueAt }) => dueAt !== null)).toEqual([]);
  });

  it('close one circle when its four sides are said at the same moment', async () => {
    for (let round = 0; round < 8; round++) {
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => `${name}${round}`) as [string, string, string, string];
      for (const one of [a, b, c, d]) await say(one, null);
      const at = new Date(Date.UTC(2026, 2, 4, 12, round));
      people.platform.clock.moveTo(at);
      const sides = [
        [a, b],
        [b, c],
        [c, d],
        [d, a],
      ] as const;
      await Promise.all(sides.map(([one, manager]) => people.say(hr, one, { managerEmployeeNumber: manager })));
      const now = await chart();
      expect([a, b, c, d].map((one) => now[one])).toEqual(['circle', 'circle', 'circle', 'circle']);
    }
  });

  it('come out the same in whatever order they are named', async () => {
    const numbers = ['1', '2', '3', '4', '5'];
    const edges = fc.tuple(...numbers.map(() => fc.constantFrom(null, ...numbers)));
    await fc.assert(
      fc.asyncProperty(
        edges,
        fc.shuffledSubarray(numbers, { minLength: 5 }),
        fc.shuffledSubarray(numbers, { minLength: 5 }),
        async (managers, one, other) => {
          const charts = [];
          for (const order of [one, other]) {
            await people.begin('2026-03-02T12:00:00Z');
            hr = await people.source('hrms');
            for (const number of order) await say(number, managers[Number(number) - 1] ?? null);
            charts.push(await chart());
          }
          expect(charts[1]).toEqual(charts[0]);
        },
      ),
      { seed: 20_260_302, numRuns: 40 },
    );
  }, 240_000);
});
