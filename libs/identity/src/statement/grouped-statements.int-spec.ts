import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, withContext, type Tx } from '@tenure/platform';
import { eventually } from '../../../../test/support/eventually.js';
import type { StatementInput } from '../model/statement.js';
import { lockKeys } from '../correlation/correlation-store.js';
import { GroupedStatements } from './grouped-statements.js';
import type { Apart, StatementOutcome } from './identities.js';
import { BY, People } from './people.fixture.js';
import type { Person } from '../model/person.js';
import type { Source } from '../model/source.entity.js';

describe('first records of people that come at once', () => {
  let people: People;
  let grouped: GroupedStatements;
  let scim: Source;

  beforeAll(async () => {
    people = await People.start();
    grouped = new GroupedStatements(people.platform.database, people.identities);
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    await people.begin('2026-03-02T12:00:00Z');
    scim = await people.source('scim');
  });

  /** What a SCIM client says of somebody new; `then` runs behind it in the same transaction. */
  function post(
    name: string,
    person: Person = {},
    then?: (tx: Tx, outcome: StatementOutcome) => Promise<unknown>,
    from = scim,
  ): Promise<StatementOutcome> {
    const input: StatementInput = {
      ...{ source: from, key: newId(), person: { userName: name, ...person }, saidAt: people.platform.clock.now() },
      ...{
        raw: { userName: name },
        folded: { username: name },
        externalId: `x-${name}`,
        userNameKey: name,
        revives: true,
      },
    };
    const by = { actor: `source:${from.id}`, door: 'scim' } as const;
    return grouped.run(people.tenantId, input, async (tx: Tx, apart?: Apart) => {
      const outcome = await people.identities.state(tx, by, input, apart);
      await then?.(tx, outcome);
      return outcome;
    });
  }
  const many = (count: number, one: (index: number) => Promise<StatementOutcome>): Promise<StatementOutcome[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => one(index)));
  const transactions = async (): Promise<number> => {
    const sql = 'SELECT count(DISTINCT xmin::text)::int AS n FROM identities WHERE tenant_id = $1';
    const [row] = await people.inTenant((tx) => tx.query<{ n: number }>(sql, [people.tenantId]));
    return row?.n ?? 0;
  };

  it('share transactions, and each is whole, with the request that it came by', async () => {
    const outcomes = await many(40, (index) =>
      withContext({ requestId: `request-${index}` }, () => post(`user${index}`, { email: `user${index}@example.com` })),
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(outcomes.map(() => 'created'));
    expect(await people.everybody()).toHaveLength(40);
    expect(await people.records()).toHaveLength(40);
    expect(await transactions()).toBeLessThan(20);
    const sql = `SELECT i.user_name AS name, array_agg(j.request_id || ' ' || j.verb) AS facts FROM identities i
      JOIN journal j ON j.tenant_id = i.tenant_id AND j.subject_id = i.id WHERE i.tenant_id = $1 GROUP BY 1`;
    const facts = await people.inTenant((tx) => tx.query<{ name: string; facts: string[] }>(sql, [people.tenantId]));
    for (const { name, facts: told } of facts) expect(told).toEqual([`request-${name.slice(4)} identity.joined`]);
  });

  it('are one person where two sources name the same', async () => {
    const other = await people.source('scim');
    const outcomes = await many(40, (index) =>
      post(`u${index % 20}`, { employeeNumber: String(index % 20) }, undefined, index < 20 ? scim : other),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(20);
    expect(await people.everybody()).toHaveLength(20);
    const found = await Promise.all((await people.everybody()).map(({ id }) => people.verbs(id)));
    expect(found.map(([first]) => first)).toEqual(found.map(() => 'identity.joined'));
  });

  it('are refused alone: of one name at one source the first one wins, and whoever came with it is kept', async () => {
    const told = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) => post(index % 3 === 0 ? 'twin' : `user${index}`)),
    );
    const refused = told.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(9);
    for (const { reason } of refused) expect(reason).toMatchObject({ status: 409 });
    expect(await people.records()).toHaveLength(21);
    expect(await people.everybody()).toHaveLength(21);
  });

  it('keep nothing of one that fails behind its own statement, and everything of the others', async () => {
    const fails = (): Promise<never> => Promise.reject(new Error('out of paper'));
    const told = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => post(`user${index}`, {}, index === 7 ? fails : undefined)),
    );
    expect(told.filter(({ status }) => status === 'fulfilled')).toHaveLength(19);
    expect(told[7]).toMatchObject({ status: 'rejected', reason: { message: 'out of paper' } });
    const names = (await people.everybody()).map(({ userName }) => userName);
    expect(names.sort()).toEqual(
      [...Array(20).keys()]
        .filter((index) => index !== 7)
        .map((index) => `user${index}`)
        .sort(),
    );
  });

  it('wait for nobody who waits for what somebody else has locked', async () => {
    const locked = new Map<string, () => void>();
    const holding = people.inTenant(async (tx) => {
      await lockKeys(tx, [{ key: 'employeeNumber|7', shared: false }]);
      await new Promise<void>((resolve) => locked.set('7', resolve));
    });
    await eventually(
      () => Promise.resolve(locked.size),
      (size) => size === 1,
    );
    const told = Array.from({ length: 10 }, (_, index) => post(`user${index}`, { employeeNumber: String(index) }));
    const done = new Set<number>();
    for (const [index, one] of told.entries()) void one.then(() => done.add(index));
    await Promise.all(told.filter((_, index) => index !== 7));
    expect(done.has(7)).toBe(false);
    locked.get('7')?.();
    await holding;
    expect((await told[7])?.outcome).toBe('created');
  });

  it('follow rules that the tenant set meanwhile, through another process', async () => {
    await post('before');
    await people.inTenant((tx) => people.rules.change(tx, BY, { reactions: { scim: { unmatched: 'ask' } } }));
    const outcomes = await many(20, (index) => post(`user${index}`));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(outcomes.map(() => 'unresolved'));
    expect(await people.everybody()).toHaveLength(1);
  });

  it('revive those whom the source removed before', async () => {
    const first = await many(20, (index) => post(`user${index}`));
    for (const { recordId } of first.slice(0, 5)) await people.say(scim, recordId, {}, { removed: true });
    const again = await many(5, (index) => post(`user${index}`));
    expect(again.map(({ recordId }) => recordId)).toEqual(first.slice(0, 5).map(({ recordId }) => recordId));
    expect(await people.everybody()).toHaveLength(20);
  });
});
