import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergeStatement, type FieldStatement } from './merge-statement.js';
import type { Person } from '../model/person.js';

interface Said {
  readonly at: number;
  readonly person: Person;
  readonly replace?: boolean;
}

const time = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 9, minute));

const after = (statements: readonly Said[]): FieldStatement | null =>
  statements.reduce<FieldStatement | null>((before, { at, person, replace = false }) => {
    const { changed: _, ...merged } = mergeStatement(before, person, time(at), replace);
    return merged;
  }, null);

describe('mergeStatement', () => {
  it.each<[string, Said[], Person]>([
    [
      'a field that is present replaces',
      [
        { at: 1, person: { title: 'A' } },
        { at: 2, person: { title: 'B' } },
      ],
      { title: 'B' },
    ],
    [
      'an absent one stays',
      [
        { at: 1, person: { title: 'A' } },
        { at: 2, person: { country: 'DE' } },
      ],
      { title: 'A', country: 'DE' },
    ],
    [
      'an undefined one stays',
      [
        { at: 1, person: { title: 'A' } },
        { at: 2, person: { title: undefined } },
      ],
      { title: 'A' },
    ],
    [
      'null clears',
      [
        { at: 1, person: { title: 'A' } },
        { at: 2, person: { title: null } },
      ],
      { title: null },
    ],
    [
      'a late older one does not undo',
      [
        { at: 2, person: { title: 'B' } },
        { at: 1, person: { title: 'A' } },
      ],
      { title: 'B' },
    ],
    [
      'a late older one does not undo a clearing',
      [
        { at: 2, person: { title: null } },
        { at: 1, person: { title: 'A' } },
      ],
      { title: null },
    ],
    [
      'a late older one fills what nothing newer set',
      [
        { at: 2, person: { title: 'B' } },
        { at: 1, person: { title: 'A', country: 'DE' } },
      ],
      { title: 'B', country: 'DE' },
    ],
    [
      'of two that say the same moment, the one that came last',
      [
        { at: 1, person: { title: 'A' } },
        { at: 1, person: { title: 'B' } },
      ],
      { title: 'B' },
    ],
    [
      'with replace, what is not named is unsaid',
      [
        { at: 1, person: { title: 'A', country: 'DE' } },
        { at: 2, person: { title: 'B' }, replace: true },
      ],
      { title: 'B' },
    ],
    [
      'with replace, what is named as undefined is unsaid',
      [
        { at: 1, person: { title: 'A' } },
        { at: 2, person: { title: undefined }, replace: true },
      ],
      {},
    ],
    [
      'a late replace leaves what is newer',
      [
        { at: 2, person: { title: 'B' } },
        { at: 1, person: { country: 'DE' }, replace: true },
      ],
      { title: 'B', country: 'DE' },
    ],
    [
      'a late older one does not fill what a newer replace did not name',
      [
        { at: 2, person: { title: 'B' }, replace: true },
        { at: 1, person: { title: 'A', country: 'DE' } },
      ],
      { title: 'B' },
    ],
    [
      'of two replaces the newer holds',
      [
        { at: 2, person: { title: 'B' }, replace: true },
        { at: 1, person: { title: 'A', country: 'DE' }, replace: true },
      ],
      { title: 'B' },
    ],
  ])('%s', (_, statements, person) => {
    expect(after(statements)?.person).toEqual(person);
  });

  it.each<[string, Said | null, Said, boolean]>([
    ['the first statement, also when it says nothing', null, { at: 1, person: {} }, true],
    ['another value', { at: 1, person: { title: 'A' } }, { at: 2, person: { title: 'B' } }, true],
    ['a clearing of what was never said', { at: 1, person: {} }, { at: 2, person: { title: null } }, true],
    ['the same again', { at: 1, person: { title: 'A' } }, { at: 2, person: { title: 'A' } }, false],
    [
      'the same custom attributes in another order',
      { at: 1, person: { custom: { a: 1, b: 2 } } },
      { at: 2, person: { custom: { b: 2, a: 1 } } },
      false,
    ],
    ['an older one', { at: 2, person: { title: 'A' } }, { at: 1, person: { title: 'B' } }, false],
    [
      'a replace that names all there is',
      { at: 1, person: { title: 'A' } },
      { at: 2, person: { title: 'A' }, replace: true },
      false,
    ],
    [
      'a replace that leaves something out',
      { at: 1, person: { title: 'A' } },
      { at: 2, person: {}, replace: true },
      true,
    ],
  ])('says whether the person changed: %s', (_, first, next, changed) => {
    const before = first === null ? null : after([first]);
    expect(mergeStatement(before, next.person, time(next.at), next.replace ?? false).changed).toBe(changed);
  });

  it('does not change what it was given', () => {
    const before = after([{ at: 1, person: { title: 'A', country: 'DE' } }]);
    const copy = structuredClone(before);
    mergeStatement(before, { title: 'B' }, time(2), true);
    expect(before).toEqual(copy);
  });

  const person = fc.record(
    {
      title: fc.constantFrom('A', 'B', null),
      department: fc.constantFrom('X', 'Y', null),
      country: fc.constantFrom('DE', 'FR'),
    },
    { requiredKeys: [] },
  );
  const statements = fc
    .array(fc.record({ person, replace: fc.boolean() }), { minLength: 1, maxLength: 7 })
    .map((list) => list.map((one, n) => ({ ...one, at: n })));

  it('comes to the same in whatever order statements of different moments arrive', () => {
    fc.assert(
      fc.property(
        statements.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([inOrder, shuffled]) => {
          expect(after(shuffled)).toEqual(after(inOrder));
        },
      ),
      { seed: 20_261_124, numRuns: 1_000 },
    );
  });

  it('comes to the same when statements arrive twice', () => {
    fc.assert(
      fc.property(statements, (list) => {
        expect(after([...list, ...list])).toEqual(after(list));
      }),
      { seed: 20_261_124, numRuns: 300 },
    );
  });
});
