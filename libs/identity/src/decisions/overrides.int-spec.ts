import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BY, People } from '../statement/people.fixture.js';
import type { OverrideInput } from './overrides.js';
import type { Source } from '../model/source.entity.js';

describe('an admin’s word', () => {
  let people: People;
  let hr: Source;
  let ada: string;

  beforeAll(async () => {
    people = await People.start();
  });
  afterAll(() => people.close());
  beforeEach(async () => {
    await people.begin('2026-03-02T12:00:00Z');
    hr = await people.source('hrms');
    ada = (await people.say(hr, '1', { employeeNumber: '1', email: 'ada@example.com' })).identityId ?? '';
  });

  const set = (input: OverrideInput): Promise<unknown> =>
    people.inTenant((tx) => people.overrides.set(tx, BY, ada, input));
  const lift = (): Promise<void> => people.inTenant((tx) => people.overrides.lift(tx, BY, ada, 'cleared'));
  const stateOf = async (): Promise<string> => (await people.identity(ada)).state;

  it('suspends until the moment that it names, and then the sources decide again', async () => {
    await set({ state: 'suspended', reason: 'under investigation', endsAt: new Date('2026-03-09T08:00:00Z') });
    expect(await people.identity(ada)).toMatchObject({
      state: 'suspended',
      urgent: true,
      dueAt: new Date('2026-03-09T08:00:00Z'),
    });
    await people.moveTo('2026-03-09T07:59:59Z');
    expect(await stateOf()).toBe('suspended');
    await people.moveTo('2026-03-09T08:00:00Z');
    expect(await people.identity(ada)).toMatchObject({ state: 'active', dueAt: null });
    expect(await people.verbs(ada)).toEqual([
      'identity.joined',
      'identity.override_set',
      'identity.suspended',
      'identity.resumed',
    ]);
  });

  it('begins later when it says so', async () => {
    await set({ state: 'suspended', reason: 'garden leave', startsAt: new Date('2026-03-05T00:00:00Z') });
    expect(await stateOf()).toBe('active');
    await people.moveTo('2026-03-05T00:00:00Z');
    expect(await stateOf()).toBe('suspended');
    await lift();
    expect(await stateOf()).toBe('active');
  });

  it('terminates at once, over whatever sources say, until they say the same; a rehire is theirs again', async () => {
    await set({ state: 'terminated', reason: 'dismissed' });
    expect(await people.identity(ada)).toMatchObject({ state: 'terminated', urgent: true });
    await people.say(hr, '1', { title: 'Engineer' });
    expect(await stateOf()).toBe('terminated');
    people.platform.clock.moveTo('2026-03-04T12:00:00Z');
    await people.say(hr, '1', { status: 'terminated', endDate: '2026-03-03' });
    people.platform.clock.moveTo('2027-03-04T12:00:00Z');
    await people.say(hr, '1', { status: 'active', endDate: null, startDate: '2027-03-01' });
    expect(await stateOf()).toBe('active');
    expect((await people.identity(ada)).id).toBe(ada);
  });

  it('keeps somebody active against the sources, to the named end', async () => {
    await set({ state: 'active', reason: 'HR ended the wrong Ada', endsAt: new Date('2026-03-06T00:00:00Z') });
    await people.say(hr, '1', { status: 'terminated' });
    expect(await stateOf()).toBe('active');
    await people.moveTo('2026-03-06T00:00:00Z');
    expect(await stateOf()).toBe('terminated');
  });

  it.each<[string, OverrideInput, string]>([
    ['without a reason', { state: 'suspended', reason: ' ' }, 'reason_missing'],
    [
      'that ends before it begins',
      { state: 'suspended', reason: 'x', endsAt: new Date('2026-03-01T00:00:00Z') },
      'override_ends_early',
    ],
    [
      'that terminates for a while',
      { state: 'terminated', reason: 'x', endsAt: new Date('2027-01-01T00:00:00Z') },
      'termination_ends',
    ],
    ['that keeps active for ever', { state: 'active', reason: 'x' }, 'override_endless'],
  ])('is refused %s, and nothing is written', async (_, input, code) => {
    await expect(set(input)).rejects.toMatchObject({ code });
    expect(await people.verbs(ada)).toEqual(['identity.joined']);
  });

  it('is not lifted when none stands', async () => {
    await expect(lift()).rejects.toMatchObject({ code: 'no_override' });
  });

  describe('that protects', () => {
    const protect = (): Promise<void> => people.inTenant((tx) => people.overrides.protect(tx, BY, ada, 'break glass'));

    it('keeps a source, a date and an absence from disabling the person, and asks', async () => {
      await protect();
      await people.say(hr, '1', { status: 'terminated', title: 'Engineer' });
      expect(await people.identity(ada)).toMatchObject({ state: 'active', attributes: { title: 'Engineer' } });
      expect(await people.cases()).toEqual([expect.objectContaining({ kind: 'protected', subjectId: ada })]);
    });

    it('ends, and what the sources say takes effect at once', async () => {
      await protect();
      await people.say(hr, '1', { status: 'terminated' });
      await people.inTenant((tx) => people.overrides.unprotect(tx, BY, ada));
      expect(await stateOf()).toBe('terminated');
      expect(await people.cases()).toEqual([]);
    });

    it('leaves the last word to an admin', async () => {
      await protect();
      await set({ state: 'suspended', reason: 'compromised' });
      expect(await stateOf()).toBe('suspended');
    });
  });
});
