import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CompiledMerge } from '../rules/compile-identity-rules.js';
import { mergePerson, type Merged } from './merge-person.js';
import type { Statement } from '../model/statement.js';
import { PERSON_FIELDS, type Person } from '../model/person.js';

const RANKS = { admin: 0, hrms: 1, csv: 2, scim: 3, saml: 4 } as const;
const T1 = new Date('2026-01-01T00:00:00Z');
const T2 = new Date('2026-02-01T00:00:00Z');

const NO_RULES: CompiledMerge = new Map();

const says = (source: keyof typeof RANKS, person: Person, more: Partial<Statement> = {}): Statement => ({
  sourceId: source,
  kind: source,
  rank: RANKS[source],
  recordId: `${source}-record`,
  recordVersion: 1,
  person,
  fieldTimes: {},
  disputed: {},
  removed: false,
  missing: null,
  ...more,
});
/** Who holds the person is believed, and the first of them leads. */
const leads = (...statements: Statement[]): [string | undefined, boolean | undefined] => {
  const { leading } = merge(...statements);
  return [leading?.kind, leading?.removed];
};
const merge = (...statements: Statement[]): Merged => mergePerson(statements, null, NO_RULES, T1);

describe('a login’s record', () => {
  const gone = { removed: true };
  it.each<[string, Statement[], [string, boolean]]>([
    ['holds a person whom nobody else knows', [says('saml', {})], ['saml', false]],
    ['keeps nobody whom SCIM took away', [says('scim', {}, gone), says('saml', { title: 'A' })], ['scim', true]],
    [
      'keeps nobody whom the last of all took away',
      [says('hrms', {}, gone), says('scim', {}, gone), says('saml', {})],
      ['hrms', true],
    ],
    [
      'counts beside somebody who holds the person',
      [says('scim', {}, gone), says('hrms', {}), says('saml', {})],
      ['hrms', false],
    ],
    ['is not held by one that is gone', [says('saml', {}, gone)], ['saml', true]],
  ])('%s', (_, statements, expected) => {
    expect(leads(...statements)).toEqual(expected);
    expect(leads(...statements.reverse())).toEqual(expected);
  });

  it('still says what nobody else says', () => {
    expect(merge(says('scim', { title: 'A' }, gone), says('saml', { department: 'B' })).person).toEqual({
      title: 'A',
      department: 'B',
    });
  });
});

describe('mergePerson', () => {
  it.each<[string, Statement[], Person]>([
    [
      'believes the HR system before the identity provider',
      [says('scim', { title: 'B' }), says('hrms', { title: 'A' })],
      { title: 'A' },
    ],
    [
      'believes an admin before everybody',
      [says('hrms', { title: 'A' }), says('admin', { title: 'Z' })],
      { title: 'Z' },
    ],
    [
      'takes what the first does not say from the next',
      [says('hrms', { title: 'A' }), says('scim', { title: 'B', country: 'DE' })],
      { title: 'A', country: 'DE' },
    ],
    [
      'takes what the first says to have no value from the next',
      [says('hrms', { title: null }), says('scim', { title: 'B' })],
      { title: 'B' },
    ],
    ['has no value where nobody says one', [says('hrms', { title: null }), says('scim', {})], {}],
    [
      'takes an empty list as no value',
      [says('hrms', { groups: [] }), says('scim', { groups: ['staff'] })],
      { groups: ['staff'] },
    ],
    [
      'has the groups of every source that holds the person',
      [
        says('hrms', { groupIds: ['b'] }),
        says('scim', { groupIds: ['a', 'b'] }),
        says('saml', { groupIds: ['c'] }, { removed: true }),
      ],
      { groupIds: ['a', 'b'] },
    ],
    [
      'believes only sources that still hold the person',
      [says('hrms', { title: 'A' }, { removed: true }), says('scim', { title: 'B' })],
      { title: 'B' },
    ],
    [
      'keeps what was said last, when no source holds the person any more',
      [says('hrms', { title: 'A' }, { removed: true })],
      { title: 'A' },
    ],
    ['keeps the status out: the leading statement decides the state', [says('hrms', { status: 'active' })], {}],
    [
      'makes a userName of the address, and a display name of the name',
      [says('hrms', { email: 'ada@example.com', givenName: 'Ada', familyName: 'Lovelace' })],
      {
        email: 'ada@example.com',
        givenName: 'Ada',
        familyName: 'Lovelace',
        userName: 'ada@example.com',
        displayName: 'Ada Lovelace',
      },
    ],
    [
      'makes a display name of half a name',
      [says('hrms', { familyName: 'Lovelace' })],
      { familyName: 'Lovelace', displayName: 'Lovelace' },
    ],
    [
      'makes a display name of the userName, where there is no name',
      [says('hrms', { userName: 'ada' })],
      { userName: 'ada', displayName: 'ada' },
    ],
    [
      'derives nothing that is said',
      [says('scim', { userName: 'al', displayName: 'Ada!' }), says('hrms', { email: 'a@b.c', givenName: 'Ada' })],
      { userName: 'al', displayName: 'Ada!', email: 'a@b.c', givenName: 'Ada' },
    ],
    [
      'derives from what several say',
      [says('hrms', { givenName: 'Ada' }), says('scim', { familyName: 'Byron' })],
      { givenName: 'Ada', familyName: 'Byron', displayName: 'Ada Byron' },
    ],
    ['is nobody without statements', [], {}],
  ])('%s', (_, statements, person) => {
    expect(merge(...statements).person).toEqual(person);
  });

  it('is led by the source that is believed first, among those that hold the person', () => {
    expect(merge(says('scim', {}), says('hrms', {})).leading?.sourceId).toBe('hrms');
    expect(merge(says('scim', {}), says('hrms', {}, { removed: true })).leading?.sourceId).toBe('scim');
    expect(merge(says('scim', {}, { removed: true }), says('hrms', {}, { removed: true })).leading).toMatchObject({
      sourceId: 'hrms',
      removed: true,
    });
    expect(merge().leading).toBeUndefined();
  });
});

describe('lineage', () => {
  it('names the record and its version that a value comes from, and what was derived', () => {
    const { lineage } = merge(
      says('hrms', { givenName: 'Ada' }, { recordVersion: 7 }),
      says('scim', { country: 'GB' }),
    );
    const since = T1.toISOString();
    expect(lineage).toEqual({
      givenName: { sourceId: 'hrms', recordId: 'hrms-record', recordVersion: 7, rule: 'first_non_empty', since },
      country: { sourceId: 'scim', recordId: 'scim-record', recordVersion: 1, rule: 'first_non_empty', since },
      displayName: { sourceId: null, recordId: null, recordVersion: null, rule: 'derived', since },
    });
  });

  const first = merge(says('hrms', { title: 'A', givenName: 'Ada' }), says('scim', { title: 'A' }));

  it.each<[string, Statement[], field: 'title' | 'displayName', Date]>([
    [
      'stays while the same source says the same',
      [says('hrms', { title: 'A', givenName: 'Ada' }, { recordVersion: 2 })],
      'title',
      T1,
    ],
    [
      'stays for what is derived and comes out the same',
      [says('hrms', { title: 'A', givenName: 'Ada' }, { recordVersion: 2 })],
      'displayName',
      T1,
    ],
    ['begins anew with another value', [says('hrms', { title: 'B', givenName: 'Ada' })], 'title', T2],
    [
      'begins anew when another source says the same',
      [says('hrms', { givenName: 'Ada' }), says('scim', { title: 'A' })],
      'title',
      T2,
    ],
    ['begins anew for what is derived from other values', [says('hrms', { givenName: 'Eve' })], 'displayName', T2],
    ['begins anew when what was derived is said', [says('hrms', { displayName: 'Ada' })], 'displayName', T2],
  ])('since: %s', (_, statements, field, since) => {
    expect(mergePerson(statements, first, NO_RULES, T2).lineage[field]?.since).toBe(since.toISOString());
  });
});

describe('the order in which sources speak', () => {
  const person = fc.record(
    {
      title: fc.constantFrom('A', 'B', null),
      department: fc.constantFrom('X', 'Y', null),
      email: fc.constantFrom('a@b.c', 'd@e.f', null),
      givenName: fc.constantFrom('Ada', null),
      groups: fc.constantFrom([], ['g']),
      status: fc.constantFrom('active' as const, 'terminated' as const),
    },
    { requiredKeys: [] },
  );
  const statement = fc.record({
    source: fc.constantFrom(...(Object.keys(RANKS) as (keyof typeof RANKS)[])),
    person,
    removed: fc.boolean(),
  });
  const statements = fc
    .array(statement, { maxLength: 6 })
    .map((list) =>
      list.map((one, n) =>
        says(one.source, one.person, { removed: one.removed, recordId: `r${n}`, sourceId: `${one.source}${n % 2}` }),
      ),
    );

  it('never changes the outcome', () => {
    fc.assert(
      fc.property(
        statements.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([inOrder, shuffled]) => {
          expect(mergePerson(shuffled, null, NO_RULES, T1)).toEqual(mergePerson(inOrder, null, NO_RULES, T1));
        },
      ),
      { seed: 20_261_124, numRuns: 500 },
    );
  });

  it('gives each value a lineage that names the record which holds it', () => {
    fc.assert(
      fc.property(statements, (list) => {
        const merged = mergePerson(list, null, NO_RULES, T1);
        expect(Object.keys(merged.lineage).sort()).toEqual(Object.keys(merged.person).sort());
        for (const field of PERSON_FIELDS) {
          const origin = merged.lineage[field];
          if (origin?.rule !== 'first_non_empty') continue;
          expect(list.find(({ recordId }) => recordId === origin.recordId)?.person[field]).toEqual(
            merged.person[field],
          );
        }
      }),
      { seed: 20_261_124, numRuns: 500 },
    );
  });

  it('merged again without news, is the same with the same lineage', () => {
    fc.assert(
      fc.property(statements, (list) => {
        const once = mergePerson(list, null, NO_RULES, T1);
        expect(mergePerson(list, once, NO_RULES, T2)).toEqual(once);
      }),
      { seed: 20_261_124, numRuns: 500 },
    );
  });
});
