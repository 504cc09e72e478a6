import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileIdentityRules, type CompiledMerge } from '../rules/compile-identity-rules.js';
import type { IdentitySettings } from '../rules/identity-settings.js';
import { mergePerson, type Merged } from './merge-person.js';
import type { Statement } from '../model/statement.js';
import { PERSON_FIELDS, type Person } from '../model/person.js';
import { readIdentitySettings } from '../rules/read-identity-settings.js';
import { SOURCE_KINDS, type SourceKind } from '../model/source.entity.js';

const T1 = new Date('2026-01-01T00:00:00Z');
const T2 = new Date('2026-02-01T00:00:00Z');

/** Rules as a tenant saves them. */
function rules(merge: IdentitySettings['merge']): CompiledMerge {
  const { settings, faults } = readIdentitySettings({ merge });
  expect(faults).toEqual([]);
  return compileIdentityRules(settings).merge;
}

const says = (kind: SourceKind, person: Person, more: Partial<Statement> = {}): Statement => ({
  sourceId: kind,
  kind,
  rank: SOURCE_KINDS.indexOf(kind),
  recordId: `${kind}-record`,
  recordVersion: 1,
  person,
  fieldTimes: {},
  disputed: {},
  removed: false,
  missing: null,
  ...more,
});
const at = (day: number): string => `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`;
const saidOn = (kind: SourceKind, day: number, person: Person): Statement =>
  says(kind, person, { fieldTimes: Object.fromEntries(Object.keys(person).map((field) => [field, at(day)])) });
/** `title` of the outcome, who said it, and by which rule. */
const titleOf = ({ person, lineage }: Merged): unknown[] => [
  person.title,
  lineage.title?.sourceId,
  lineage.title?.rule,
];

describe('a rule for an attribute', () => {
  it.each<[string, IdentitySettings['merge'], Statement[], unknown[]]>([
    [
      'none: the first value that is not empty',
      {},
      [says('hrms', { title: null }), says('scim', { title: 'B' })],
      ['B', 'scim', 'first_non_empty'],
    ],
    [
      'first_non_empty with an order: the named sources first',
      { title: { strategy: 'first_non_empty', order: ['scim'] } },
      [says('hrms', { title: 'A' }), says('scim', { title: 'B' })],
      ['B', 'scim', 'first_non_empty'],
    ],
    [
      'those that are not named follow in their usual order',
      { title: { strategy: 'first_non_empty', order: ['scim'] } },
      [says('csv', { title: 'C' }), says('hrms', { title: 'A' }), says('scim', {})],
      ['A', 'hrms', 'first_non_empty'],
    ],
    [
      'precedence: who says that there is none is believed',
      { title: { strategy: 'precedence' } },
      [says('hrms', { title: null }), says('scim', { title: 'B' })],
      [null, 'hrms', 'precedence'],
    ],
    [
      'precedence: who says nothing of it is passed over',
      { title: { strategy: 'precedence' } },
      [says('hrms', {}), says('scim', { title: 'B' })],
      ['B', 'scim', 'precedence'],
    ],
    [
      'most_recent: what was said last, whoever said it',
      { title: { strategy: 'most_recent' } },
      [saidOn('hrms', 3, { title: 'A' }), saidOn('scim', 5, { title: 'B' })],
      ['B', 'scim', 'most_recent'],
    ],
    [
      'most_recent: also that there is none',
      { title: { strategy: 'most_recent' } },
      [saidOn('hrms', 3, { title: 'A' }), saidOn('scim', 5, { title: null })],
      [null, 'scim', 'most_recent'],
    ],
    [
      'most_recent: of two at the same time the one that is believed first',
      { title: { strategy: 'most_recent' } },
      [saidOn('scim', 5, { title: 'B' }), saidOn('hrms', 5, { title: 'A' })],
      ['A', 'hrms', 'most_recent'],
    ],
    [
      'most_recent: of two at the same time the one that the order names first',
      { title: { strategy: 'most_recent', order: ['scim'] } },
      [saidOn('scim', 5, { title: 'B' }), saidOn('hrms', 5, { title: 'A' })],
      ['B', 'scim', 'most_recent'],
    ],
    [
      'expression: a value that a record holds names the record',
      { title: { strategy: 'expression', expression: 'has(scim.title) ? scim.title : value' } },
      [says('hrms', { title: 'A' }), says('scim', { title: 'B' })],
      ['B', 'scim', 'expression'],
    ],
    [
      'expression: a value that nobody said names nobody',
      { title: { strategy: 'expression', expression: 'value + " (" + identity.country + ")"' } },
      [says('hrms', { title: 'A' }), says('scim', { country: 'DE' })],
      ['A (DE)', null, 'expression'],
    ],
    [
      'expression: null is said to be empty',
      { title: { strategy: 'expression', expression: 'null' } },
      [says('hrms', { title: 'A' })],
      [null, null, 'expression'],
    ],
    [
      'expression: sources of one kind speak together, the most believed first',
      { title: { strategy: 'expression', expression: 'csv.title + csv.country' } },
      [
        says('csv', { title: 'A' }, { recordId: 'r1' }),
        says('csv', { title: 'B', country: 'DE' }, { recordId: 'r2', sourceId: 'csv2' }),
      ],
      ['ADE', null, 'expression'],
    ],
  ])('%s', (_, merge, statements, expected) => {
    for (const order of [statements, [...statements].reverse()]) {
      expect(titleOf(mergePerson(order, null, rules(merge), T1))).toEqual(expected);
    }
  });

  it('names one source by its id, before its kind', () => {
    const first = '11111111-1111-4111-8111-111111111111';
    const second = '22222222-2222-4222-8222-222222222222';
    const compiled = rules({ title: { strategy: 'first_non_empty', order: [second, 'csv'] } });
    const said = [
      says('csv', { title: 'A' }, { sourceId: first }),
      says('csv', { title: 'B' }, { sourceId: second, recordId: 'x' }),
    ];
    expect(mergePerson(said, null, compiled, T1).person.title).toBe('B');
  });
});

describe('an expression that fails', () => {
  it.each<[string, IdentitySettings['merge'], string]>([
    [
      'for want of a value',
      { title: { strategy: 'expression', expression: 'identity.country + "!"' } },
      'An attribute that the expression needs has no value.',
    ],
    [
      'for these values',
      { title: { strategy: 'expression', expression: '["a"][2]' } },
      'The expression could not be evaluated for these values.',
    ],
    ['by a result that is no text', { title: { strategy: 'expression', expression: '7' } }, 'The result must be text.'],
  ])('%s falls back to the first value that is not empty, and is told', (_, merge, message) => {
    const merged = mergePerson([says('hrms', { title: 'A' })], null, rules(merge), T1);
    expect(titleOf(merged)).toEqual(['A', 'hrms', 'first_non_empty']);
    expect(merged.faults).toEqual([{ field: 'title', message }]);
  });

  it.each([
    ['email', '"no address"', 'The result must be an e-mail address.'],
    ['startDate', '"2026-02-30"', 'The result must be a date that exists, as YYYY-MM-DD.'],
    ['timeZone', '"Mars/Olympus"', 'The result must be an IANA time zone such as Europe/Berlin.'],
    ['groups', '[1, 2]', 'The result must be a list of texts.'],
  ])('what %s may not be is refused: %s', (field, expression, message) => {
    const merged = mergePerson([], null, rules({ [field]: { strategy: 'expression', expression } }), T1);
    expect(merged).toMatchObject({ person: {}, faults: [{ field, message }] });
  });
});

describe('what is disputed', () => {
  it('counts as unsaid, and the rest of the record counts', () => {
    const hr = says('hrms', { title: 'A', employeeNumber: '1' }, { disputed: { employeeNumber: 'taken' } });
    const merged = mergePerson([hr, says('scim', { employeeNumber: '2' })], null, rules({}), T1);
    expect(merged.person).toEqual({ title: 'A', employeeNumber: '2' });
  });

  it('does not lead either', () => {
    const hr = says('hrms', { status: 'terminated' }, { disputed: { status: 'taken' } });
    expect(mergePerson([hr, says('scim', { status: 'active' })], null, rules({}), T1).employment.status).toBe('active');
  });
});

describe('what decides the state', () => {
  const lead = (statements: Statement[], merge: IdentitySettings['merge'] = {}): unknown[] => {
    const { leading, employment } = mergePerson(statements, null, rules(merge), T1);
    return [leading?.sourceId, Object.fromEntries(Object.entries(employment).filter(([, value]) => value !== null))];
  };

  it.each<[string, Statement[], IdentitySettings['merge'], unknown[]]>([
    [
      'a source that is silent on employment does not lead',
      [says('admin', { title: 'Z' }), says('scim', { status: 'suspended' })],
      {},
      ['scim', { status: 'suspended' }],
    ],
    [
      'the words of different sources are not mixed',
      [says('hrms', { startDate: '2026-01-01' }), says('scim', { endDate: '2026-06-30' })],
      {},
      ['hrms', { startDate: '2026-01-01' }],
    ],
    [
      'unless the tenant has a rule for the date',
      [says('hrms', { startDate: '2026-01-01' }), says('csv', { endDate: '2026-06-30' })],
      { endDate: { strategy: 'first_non_empty', order: ['csv'] } },
      ['hrms', { startDate: '2026-01-01', endDate: '2026-06-30' }],
    ],
    [
      'or for the status',
      [says('hrms', { status: 'active' }), says('scim', { status: 'suspended' })],
      { status: { strategy: 'precedence', order: ['scim'] } },
      ['hrms', { status: 'suspended' }],
    ],
    [
      'where all are silent, the source that is believed first',
      [says('scim', { title: 'B' }), says('hrms', { title: 'A' })],
      {},
      ['hrms', {}],
    ],
    [
      'who took the person away leads only when all have',
      [says('hrms', { status: 'active' }, { removed: true }), says('scim', { title: 'B' })],
      {},
      ['scim', {}],
    ],
    ['nobody leads where nobody speaks', [], {}, [undefined, {}]],
  ])('%s', (_, statements, merge, expected) => {
    expect(lead(statements, merge)).toEqual(expected);
  });
});

describe('whatever the rules and the order in which sources speak', () => {
  const person = fc.record<Person>(
    {
      title: fc.constantFrom('A', 'B', null),
      department: fc.constantFrom('X', 'Y', null),
      email: fc.constantFrom('a@b.c', 'd@e.f', null),
      givenName: fc.constantFrom('Ada', null),
      groups: fc.constantFrom([], ['g']),
      status: fc.constantFrom('active', 'terminated'),
      startDate: fc.constantFrom('2026-01-01', '2026-02-01'),
      custom: fc.constantFrom({ a: 1 }, {}),
    },
    { requiredKeys: [] },
  );
  const statement = fc.record({
    kind: fc.constantFrom(...SOURCE_KINDS),
    person,
    day: fc.integer({ min: 1, max: 4 }),
    removed: fc.boolean(),
    isDisputed: fc.boolean(),
  });
  const statements = fc.array(statement, { maxLength: 6 }).map((list) =>
    list.map(({ kind, person: said, day, removed, isDisputed }, index) => ({
      ...saidOn(kind, day, said),
      sourceId: `${kind}${index % 2}`,
      recordId: `r${index}`,
      recordVersion: index,
      removed,
      disputed: isDisputed ? { title: 'in doubt' } : {},
    })),
  );
  const rule = fc.oneof(
    fc.record({
      strategy: fc.constantFrom('first_non_empty' as const, 'precedence' as const, 'most_recent' as const),
      order: fc.constantFrom<string[]>([], ['scim'], ['csv', 'saml'], ['saml', 'hrms']),
    }),
    fc.constantFrom(
      { strategy: 'expression' as const, expression: 'value' },
      { strategy: 'expression' as const, expression: 'scim.title' },
      { strategy: 'expression' as const, expression: 'identity.department + "!"' },
    ),
  );
  const merge = fc.record({ title: rule, department: rule, displayName: rule }, { requiredKeys: [] }).map(rules);
  const RUNS = { seed: 20_261_124, numRuns: 500 };

  it('the outcome is the same', () => {
    fc.assert(
      fc.property(
        statements.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        merge,
        ([inOrder, shuffled], compiled) => {
          expect(mergePerson(shuffled, null, compiled, T1)).toEqual(mergePerson(inOrder, null, compiled, T1));
        },
      ),
      RUNS,
    );
  });

  it('each value has a lineage, and a record that it names holds the value undisputed', () => {
    fc.assert(
      fc.property(statements, merge, (list, compiled) => {
        const merged = mergePerson(list, null, compiled, T1);
        expect(Object.keys(merged.lineage).sort()).toEqual(Object.keys(merged.person).sort());
        for (const field of PERSON_FIELDS) {
          const origin = merged.lineage[field];
          if (origin === undefined || origin.recordId === null) continue;
          const record = list.find(({ recordId }) => recordId === origin.recordId);
          expect(record?.person[field]).toEqual(merged.person[field]);
          expect([record?.sourceId, record?.recordVersion]).toEqual([origin.sourceId, origin.recordVersion]);
          expect(Object.keys(record?.disputed ?? {})).not.toContain(field);
        }
      }),
      RUNS,
    );
  });

  it('merged again without news, everything is the same, since when too', () => {
    fc.assert(
      fc.property(statements, merge, (list, compiled) => {
        const once = mergePerson(list, null, compiled, T1);
        // Until then another employment of a source may begin, and take the first one's place.
        fc.pre(once.reviewAt === null || once.reviewAt > T2);
        expect(mergePerson(list, once, compiled, T2)).toEqual(once);
      }),
      RUNS,
    );
  });
});
