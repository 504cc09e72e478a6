import { describe, expect, it } from '@jest/globals';
import { allPages, failureOf, ourId } from './contract-run.js';
import type { ContractRun } from './contract-run.js';

/** What a connector does with accounts. */
export function describeAccounts(run: ContractRun): void {
  describe('an account', () => {
    describeBirth(run);
    describeChange(run);
  });
  describeList(run);
}

function describeBirth(run: ContractRun): void {
  const { harness } = run;
  const { key, optional } = harness.attributes;

  it('is created with everything it has, and reads back the same', async () => {
    const created = await run.create(1);
    expect(created).toMatchObject(run.account(1));
    expect(await run.get(created.id)).toEqual(created);
  });

  it('can be created disabled, and without its optional value', async () => {
    const attributes = { ...harness.person(1), [optional]: null };
    const created = await run.connector.create(run.call(), { ...run.account(1), enabled: false, attributes });
    expect(await run.get(created.id)).toMatchObject({ enabled: false, attributes });
  });

  it.each(['no-such-id', '999999999', '01930000-0000-7000-8000-999999999999'])(
    'is null when nobody has the id %s',
    async (id) => {
      expect(await run.get(id)).toBeNull();
    },
  );

  it('is found by our id, by its key, and not at all when there is none', async () => {
    const created = await run.create(1);
    await run.create(2);
    expect(await run.find(9, ourId(1))).toEqual([created]);
    expect(await run.find(1)).toEqual([created]);
    expect(await run.find(9, ourId(9))).toEqual([]);
  });

  it.each(['O"Brien\\', "O'Brien", 'a*b%_c', 'Ünï + çødé & more'])(
    'is found by the key %s, whatever it contains',
    async (value) => {
      const attributes = { ...harness.person(1), [key]: value };
      const created = await run.connector.create(run.call(), { ...run.account(1), attributes });
      expect(await run.connector.find(run.call(), { attributes: { [key]: value } })).toEqual([created]);
    },
  );

  it('is refused as a conflict when its key is taken, and is there once', async () => {
    await run.create(1);
    const again = run.connector.create(run.call(), { ...run.account(1), externalId: ourId(2) });
    expect((await failureOf(again)).errorClass).toBe('conflict');
    expect(await run.countAccounts(1)).toBe(1);
  });

  it('that somebody else made is found by its key and adopted with our id', async () => {
    await harness.plant(harness.person(1));
    const [planted] = await run.find(1, ourId(1));
    expect(planted).toMatchObject({ attributes: harness.person(1) });
    expect(planted?.externalId).toBeUndefined();
    await run.update(planted?.id ?? '', { externalId: ourId(1) });
    expect(await run.connector.find(run.call(), { externalId: ourId(1), attributes: {} })).toHaveLength(1);
  });
}

function describeChange(run: ContractRun): void {
  const { harness } = run;
  const { optional, nested } = harness.attributes;

  it('changes what is asked and nothing else', async () => {
    const { id } = await run.create(1);
    const value = harness.person(2)[nested] ?? null;
    const changed = await run.update(id, { attributes: { [nested]: value } });
    const attributes = { ...harness.person(1), [nested]: value };
    expect(changed).toMatchObject({ id, enabled: true, externalId: ourId(1), attributes });
    expect(await run.get(id)).toEqual(changed);
  });

  it.each([optional, nested])('loses and regains its value of %s', async (attribute) => {
    const { id } = await run.create(1);
    const cleared = { ...harness.person(1), [attribute]: null };
    expect((await run.update(id, { attributes: { [attribute]: null } })).attributes).toEqual(cleared);
    expect((await run.get(id))?.attributes).toEqual(cleared);
    expect((await run.update(id, { attributes: { [attribute]: null } })).attributes).toEqual(cleared);
    const value = harness.person(2)[attribute] ?? null;
    const filled = { ...cleared, [attribute]: value };
    expect((await run.update(id, { attributes: { [attribute]: value } })).attributes).toEqual(filled);
  });

  it('is disabled and enabled, as often as asked', async () => {
    const { id } = await run.create(1);
    for (const enabled of [false, false, true, true]) {
      expect((await run.update(id, { enabled })).enabled).toBe(enabled);
      expect((await run.get(id))?.enabled).toBe(enabled);
    }
  });

  it('cannot take another one’s key', async () => {
    const { id } = await run.create(1);
    await run.create(2);
    const taken = run.update(id, { attributes: run.keyOf(harness.person(2)) });
    expect((await failureOf(taken)).errorClass).toBe('conflict');
  });

  it('is not found when what is gone should change', async () => {
    const { id } = await run.create(1);
    await run.connector.delete(run.call(), id);
    expect((await failureOf(run.update(id, { enabled: false }))).errorClass).toBe('not_found');
  });

  it('is deleted, also twice', async () => {
    const { id } = await run.create(1);
    await run.connector.delete(run.call(), id);
    await run.connector.delete(run.call(), id);
    expect(await run.get(id)).toBeNull();
    expect(await run.countAccounts(1)).toBe(0);
  });
}

function describeList(run: ContractRun): void {
  it('lists everybody once, page by page', async () => {
    const made: string[] = [];
    for (let number = 1; number <= 105; number += 1) made.push((await run.create(number)).id);
    const listed = await allPages((cursor) => run.connector.list(run.call(), cursor));
    expect(listed.map(({ id }) => id).sort()).toEqual(made.sort());
  });
}
