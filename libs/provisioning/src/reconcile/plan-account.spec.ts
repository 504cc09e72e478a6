import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MODES, type DesiredAccount, type Mode } from '@tenure/applications';
import type { Attributes, AttributeValue, ObservedAccount } from '@tenure/connectors';
import { changedAttributes, planAccount, type AccountPlan, type Step } from './plan-account.js';

const want = (attributes: Attributes = { login: 'ada' }): DesiredAccount => ({ enabled: true, attributes });
const LEFT: DesiredAccount = { enabled: false, attributes: { login: 'ada' } };
const there = (attributes: Attributes = { login: 'ada' }, enabled = true): ObservedAccount => ({
  id: 'r1',
  enabled,
  attributes,
});

/** A step as one readable text: `update login=ada2`. */
function told(step: Step): string {
  const attributes = step.kind === 'create' ? step.desired.attributes : (step.change.attributes ?? {});
  return [step.kind, ...Object.entries(attributes).map(([name, value]) => `${name}=${JSON.stringify(value)}`)].join(
    ' ',
  );
}

describe('planAccount', () => {
  it.each<[string, DesiredAccount, ObservedAccount | null, string[]]>([
    ['creates a missing account', want(), null, ['create login="ada"']],
    ['creates nothing for somebody who left', LEFT, null, []],
    ['is empty once converged', want(), there(), []],
    ['is empty once disabled', LEFT, there({ login: 'ada' }, false), []],
    ['disables when the identity leaves', LEFT, there(), ['disable']],
    [
      'disables and nothing else, whatever else differs',
      { ...LEFT, attributes: { login: 'ada2' } },
      there(),
      ['disable'],
    ],
    [
      'changes nothing of a disabled account that stays so',
      { ...LEFT, attributes: { login: 'ada2' } },
      there({ login: 'ada' }, false),
      [],
    ],
    ['enables after a rehire', want(), there({ login: 'ada' }, false), ['enable']],
    [
      'enables and corrects in one step',
      want({ login: 'ada2' }),
      there({ login: 'ada' }, false),
      ['enable login="ada2"'],
    ],
    [
      'updates only what differs',
      want({ login: 'ada', title: 'B' }),
      there({ login: 'ada', title: 'A' }),
      ['update title="B"'],
    ],
    [
      'clears what has no value any more',
      want({ login: 'ada', title: null }),
      there({ login: 'ada', title: 'A' }),
      ['update title=null'],
    ],
    ['leaves what is not mapped', want(), there({ login: 'ada', nickname: 'x' }), []],
    [
      'takes absent, null and empty as one',
      want({ a: null, b: '', c: [], d: null }),
      there({ b: null, c: null, d: '' }),
      [],
    ],
    ['takes lists as sets', want({ tags: ['b', 'a', 'a'] }), there({ tags: ['a', 'b'] }), []],
    ['C15: takes a number for its text', want({ level: 1 }), there({ level: '1' }), []],
    ['tells one number from another', want({ level: 1 }), there({ level: '2' }), ['update level=1']],
    ['C1: disables whose switch cannot be read', LEFT, { ...there(), enabled: 'unknown' }, ['disable']],
    ['C1: enables whose switch cannot be read', want(), { ...there(), enabled: 'unknown' }, ['enable']],
    ['tells false from no value', want({ remote: false }), there({ remote: null }), ['update remote=false']],
    ['tells 0 from no value', want({ level: 0 }), there({}), ['update level=0']],
  ])('in the mode enforce %s', (_, desired, observed, steps) => {
    const plan = planAccount(desired, observed, 'enforce');
    expect(plan.steps.map(told)).toEqual(steps);
    expect(plan.withheld).toEqual([]);
    expect(planAccount(desired, observed, 'observe')).toEqual({ steps: [], withheld: plan.steps });
  });

  it.each<[string, DesiredAccount, ObservedAccount | null, steps: string[], withheld: string[]]>([
    ['creates', want(), null, ['create login="ada"'], []],
    ['does not disable', LEFT, there(), [], ['disable']],
    ['enables', want(), there({ login: 'ada' }, false), ['enable'], []],
    ['sets', want({ title: 'B' }), there({ title: 'A' }), ['update title="B"'], []],
    ['does not clear', want({ title: null }), there({ title: 'A' }), [], ['update title=null']],
    ['does not clear a list', want({ tags: [] }), there({ tags: ['a'] }), [], ['update tags=[]']],
    [
      'sets what it may and keeps back the rest',
      want({ title: null, level: 2 }),
      there({ title: 'A', level: 1 }),
      ['update level=2'],
      ['update title=null'],
    ],
    [
      'enables and keeps back the clearing',
      want({ title: null }),
      there({ title: 'A' }, false),
      ['enable'],
      ['update title=null'],
    ],
    ['does nothing when all is right', want(), there(), [], []],
  ])('in the mode add_only %s', (_, desired, observed, steps, withheld) => {
    const plan = planAccount(desired, observed, 'add_only');
    expect({ steps: plan.steps.map(told), withheld: plan.withheld.map(told) }).toEqual({ steps, withheld });
  });
});

describe('planning', () => {
  const value: fc.Arbitrary<AttributeValue> = fc.oneof(
    fc.constantFrom(null, '', 'a', 'b', 0, 1, true, false),
    fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 }),
  );
  const attributes = fc.dictionary(fc.constantFrom('login', 'title', 'tags', 'level'), value, {
    noNullPrototype: true,
  });
  const desired = fc.record<DesiredAccount>({ enabled: fc.boolean(), attributes });
  const observed = fc.option(fc.record<ObservedAccount>({ id: fc.constant('r1'), enabled: fc.boolean(), attributes }), {
    nil: null,
  });
  const mode = fc.constantFrom<Mode>(...MODES);
  const SEED = { seed: 20_261_124, numRuns: 1_000 };

  /** What an honest application makes of the steps. */
  const apply = (account: ObservedAccount | null, steps: AccountPlan['steps']): ObservedAccount | null =>
    steps.reduce<ObservedAccount | null>((now, step) => {
      if (step.kind === 'create') return { id: 'new', ...step.desired };
      return (
        now && {
          ...now,
          enabled: step.change.enabled ?? now.enabled,
          attributes: { ...now.attributes, ...step.change.attributes },
        }
      );
    }, account);

  it('is idempotent: after its steps there is nothing left to do', () => {
    fc.assert(
      fc.property(desired, observed, mode, (wanted, seen, how) => {
        const plan = planAccount(wanted, seen, how);
        const again = planAccount(wanted, apply(seen, plan.steps), how);
        expect(again.steps).toEqual([]);
        expect(again.withheld).toEqual(plan.withheld);
      }),
      SEED,
    );
  });

  it('reaches the desired state when everything is allowed', () => {
    fc.assert(
      fc.property(desired, observed, (wanted, seen) => {
        const after = apply(seen, planAccount(wanted, seen, 'enforce').steps);
        expect(after?.enabled ?? false).toBe(wanted.enabled);
        if (wanted.enabled) expect(changedAttributes(wanted.attributes, after?.attributes ?? {})).toEqual({});
      }),
      SEED,
    );
  });

  it('in observe never writes; in add_only never disables and never clears; and keeps nothing back in enforce', () => {
    fc.assert(
      fc.property(desired, observed, (wanted, seen) => {
        expect(planAccount(wanted, seen, 'observe').steps).toEqual([]);
        expect(planAccount(wanted, seen, 'enforce').withheld).toEqual([]);
        const before = seen;
        const after = apply(seen, planAccount(wanted, seen, 'add_only').steps);
        if (before?.enabled) expect(after?.enabled).toBe(true);
        for (const [name, kept] of Object.entries(before?.attributes ?? {})) {
          if (changedAttributes({ [name]: kept }, {})[name] !== undefined)
            expect(changedAttributes({ [name]: after?.attributes[name] ?? null }, {})).not.toEqual({});
        }
      }),
      SEED,
    );
  });

  it('has at most one step, and splits it between done and kept back without losing anything', () => {
    fc.assert(
      fc.property(desired, observed, mode, (wanted, seen, how) => {
        const enforced = planAccount(wanted, seen, 'enforce').steps;
        expect(enforced.length).toBeLessThanOrEqual(1);
        const { steps, withheld } = planAccount(wanted, seen, how);
        expect(apply(apply(seen, steps), withheld)).toEqual(apply(seen, enforced));
      }),
      SEED,
    );
  });
});
