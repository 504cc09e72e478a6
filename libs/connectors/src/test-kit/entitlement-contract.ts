import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ObservedEntitlement } from '../spi.js';
import { failureOf } from './contract-run.js';
import type { ContractRun } from './contract-run.js';

/** What is there before each test: four accounts, sorted by id, and an entitlement without members. */
interface State {
  people: [string, string, string, string];
  entitlement: ObservedEntitlement;
}

/** What a connector does with entitlements and their members. */
export function describeEntitlements(run: ContractRun): void {
  describe('an entitlement', () => {
    const ref = { kind: run.harness.entitlementKind, name: 'Sales "EMEA" \\ north' };
    const state = {} as State;

    beforeEach(async () => {
      const people: string[] = [];
      for (const number of [1, 2, 3, 4]) people.push((await run.create(number)).id);
      state.people = people.sort() as State['people'];
      state.entitlement = await run.connector.createEntitlement(run.call(), ref);
    });

    it('is found by its name, and null when there is none', async () => {
      expect(await run.connector.findEntitlement(run.call(), ref)).toEqual(state.entitlement);
      expect(await run.connector.findEntitlement(run.call(), { ...ref, name: 'Sales' })).toBeNull();
    });

    it('is refused as a conflict when its name is taken', async () => {
      expect((await failureOf(run.connector.createEntitlement(run.call(), ref))).errorClass).toBe('conflict');
    });

    it('of a kind that the application does not have is unsupported', async () => {
      const other = { kind: 'licence', name: 'Pro' };
      expect((await failureOf(run.connector.findEntitlement(run.call(), other))).errorClass).toBe('unsupported');
    });

    describeMembers(run, state);
    describeAbilities(run, state);
  });
}

/** What not every application can: whoever has the method keeps its promise. */
function describeAbilities(run: ContractRun, state: State): void {
  it('tells what an account is a member of, also what others gave', async () => {
    const { entitlementsOf } = run.connector;
    if (!entitlementsOf) throw new Error('a connector of ours tells that');
    const [first, second] = state.people;
    const other = await run.connector.createEntitlement(run.call(), { ...state.entitlement, name: 'Another' });
    await run.changeMembers(state.entitlement, [first, second], []);
    await run.changeMembers(other, [first], []);
    const of = async (id: string): Promise<string[]> =>
      (await entitlementsOf.call(run.connector, run.call(), id)).map(({ id: found }) => found).sort();
    expect(await of(first)).toEqual([state.entitlement.id, other.id].sort());
    expect(await of(second)).toEqual([state.entitlement.id]);
    expect(await of(state.people[2])).toEqual([]);
  });

  it('is renamed with its members, and deleted, also twice', async () => {
    const { connector } = run;
    const [first] = state.people;
    await run.changeMembers(state.entitlement, [first], []);
    await connector.renameEntitlement?.(run.call(), state.entitlement, 'Renamed');
    const ref = { kind: state.entitlement.kind, name: 'Renamed' };
    expect(await connector.findEntitlement(run.call(), ref)).toEqual({ ...ref, id: state.entitlement.id });
    expect(await run.members(state.entitlement)).toEqual([first]);
    await connector.deleteEntitlement?.(run.call(), state.entitlement);
    await connector.deleteEntitlement?.(run.call(), state.entitlement);
    expect(await connector.findEntitlement(run.call(), ref)).toBeNull();
    expect(await run.get(first)).not.toBeNull();
  });
}

function describeMembers(run: ContractRun, state: State): void {
  it('takes and loses members in one call, and leaves the others', async () => {
    const [first, second, third, fourth] = state.people;
    await run.changeMembers(state.entitlement, [first, second], []);
    await run.changeMembers(state.entitlement, [third, fourth], [second]);
    expect(await run.members(state.entitlement)).toEqual([first, third, fourth]);
  });

  it('takes a member twice and loses an absent one as if it were the first time', async () => {
    const [first, second, third] = state.people;
    await run.changeMembers(state.entitlement, [first, second], [third]);
    await run.changeMembers(state.entitlement, [first], [third]);
    await run.changeMembers(state.entitlement, [], [second]);
    await run.changeMembers(state.entitlement, [], [second]);
    expect(await run.members(state.entitlement)).toEqual([first]);
  });

  it('loses no change when two are made at once', async () => {
    const change = (id: string) => run.changeMembers(state.entitlement, [id], []);
    await Promise.all(state.people.map(change));
    expect(await run.members(state.entitlement)).toEqual(state.people);
  });

  it('does nothing for an empty change, and refuses one above its batch', async () => {
    await run.changeMembers(state.entitlement, [], []);
    const tooMany = Array.from({ length: run.connector.capabilities.memberBatch + 1 }, () => state.people[0]);
    const refused = run.changeMembers(state.entitlement, tooMany, []);
    expect((await failureOf(refused)).errorClass).toBe('invalid');
    expect(await run.members(state.entitlement)).toEqual([]);
  });

  it('forgets a member who is deleted', async () => {
    const [first, second] = state.people;
    await run.changeMembers(state.entitlement, [first, second], []);
    await run.connector.delete(run.call(), first);
    expect(await run.members(state.entitlement)).toEqual([second]);
  });
}
