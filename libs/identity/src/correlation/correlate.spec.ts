import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { correlate, reactionTo, type Finding, type RecordFacts } from './correlate.js';
import type { Reaction, Situation } from '../rules/identity-settings.js';
import { SOURCE_KINDS } from '../model/source.entity.js';

const NUMBER = 'employee number';
const EMAIL = 'e-mail address';

const byNumber = (identityId: string, more: Partial<Finding> = {}): Finding => ({
  identityId,
  rule: NUMBER,
  trusted: true,
  employeeNumber: '101',
  heldBySource: false,
  ...more,
});
const byEmail = (identityId: string, more: Partial<Finding> = {}): Finding => ({
  ...byNumber(identityId, { employeeNumber: null, ...more }),
  rule: EMAIL,
});

const NEW = { linkedTo: null, removed: false };
const HR: RecordFacts = { ...NEW, kind: 'hrms', employeeNumber: '101' };
const IDP: RecordFacts = { ...NEW, kind: 'scim', employeeNumber: null };
const LOGIN: RecordFacts = { ...NEW, kind: 'saml', employeeNumber: null };
const ADAS: RecordFacts = { ...HR, linkedTo: 'ada' };

const words = (record: RecordFacts, findings: readonly Finding[]): string => {
  const found = correlate(record, findings);
  if (found === null) return 'nobody';
  const { situation, identityId, reason } = found;
  return [situation, identityId, reason].filter((part) => part !== null).join(': ');
};

describe('correlate', () => {
  it.each<[record: string, RecordFacts, Finding[], string]>([
    ['nobody has a key of it', HR, [], 'nobody'],
    ['one has its number', HR, [byNumber('ada')], 'unlinked: ada'],
    ['one has its address', IDP, [byEmail('ada')], 'unlinked: ada'],
    [
      'one has its number and its address',
      HR,
      [byNumber('ada'), byEmail('ada', { employeeNumber: '101' })],
      'unlinked: ada',
    ],
    [
      'it has no number, and who has its address has one',
      IDP,
      [byEmail('ada', { employeeNumber: '7' })],
      'unlinked: ada',
    ],
    [
      'one has its number, another its address',
      HR,
      [byNumber('ada'), byEmail('bob')],
      'ambiguous: different identities have its employee number and its e-mail address',
    ],
    [
      'two have its address',
      IDP,
      [byEmail('ada'), byEmail('bob')],
      'ambiguous: 2 identities have the same e-mail address',
    ],
    [
      'two have its number',
      HR,
      [byNumber('ada'), byNumber('bob')],
      'ambiguous: 2 identities have the same employee number',
    ],
    [
      'its number is doubled and its address is not',
      HR,
      [byNumber('ada'), byNumber('bob'), byEmail('ada')],
      'ambiguous: 2 identities have the same employee number',
    ],
    [
      'one has its address, and another number',
      HR,
      [byEmail('ada', { employeeNumber: '7' })],
      'collision: the identity with the same e-mail address has another employee number',
    ],
    [
      'its source already has another record of the one it finds',
      HR,
      [byNumber('ada', { heldBySource: true })],
      'collision: this source already has another record of the identity with the same employee number',
    ],
    [
      'its kind of source proves no address',
      LOGIN,
      [byEmail('ada', { trusted: false })],
      'collision: someone has the same e-mail address, which proves nothing when saml says it',
    ],
    [
      'its number is one’s, and another has the address that its kind of source does not prove',
      { ...LOGIN, employeeNumber: '101' },
      [byNumber('ada'), byEmail('bob', { trusted: false })],
      'collision: one identity has the same employee number, another the same e-mail address',
    ],
    ['it is linked', ADAS, [byNumber('ada')], 'linked: ada'],
    ['it is linked and nobody else has its number', ADAS, [], 'linked: ada'],
    [
      'it is linked, and its new number is another’s',
      ADAS,
      [byNumber('bob')],
      'collision: ada: The employee number "101" belongs to another identity; merge the two or correct the number at its source.',
    ],
    [
      'it is linked, and its source took the person away',
      { ...ADAS, removed: true },
      [byNumber('bob')],
      'source_gone: ada',
    ],
  ])('says, when %s, what the situation is', (_, record, findings, expected) => {
    expect(words(record, findings)).toBe(expected);
  });

  it('names everybody who may be meant, each once', () => {
    const found = correlate(HR, [byNumber('ada'), byEmail('ada'), byEmail('bob')]);
    expect(found?.candidates).toEqual([
      { identityId: 'ada', rule: EMAIL, score: 1 },
      { identityId: 'bob', rule: EMAIL, score: 1 },
    ]);
  });

  const finding = fc.record({
    identityId: fc.constantFrom('ada', 'bob', 'cy'),
    rule: fc.constantFrom(NUMBER, EMAIL),
    trusted: fc.boolean(),
    employeeNumber: fc.constantFrom(null, '101', '7'),
    heldBySource: fc.boolean(),
  });

  it('links only to the one identity that every finding names, and never against its number', () => {
    fc.assert(
      fc.property(fc.constantFrom(HR, IDP, LOGIN), fc.array(finding, { maxLength: 4 }), (record, findings) => {
        const found = correlate(record, findings);
        if (found?.identityId == null) return;
        expect(found.situation).toBe('unlinked');
        expect(new Set(findings.map(({ identityId }) => identityId))).toEqual(new Set([found.identityId]));
        const [chosen] = findings.filter(({ trusted }) => trusted);
        expect(chosen?.heldBySource).toBe(false);
        expect([null, record.employeeNumber]).toContain(
          record.employeeNumber === null ? null : (chosen?.employeeNumber ?? null),
        );
      }),
      { seed: 20260302, numRuns: 2_000 },
    );
  });

  it('comes to the same whatever order the keys were found in', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(HR, IDP, LOGIN),
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        fc.array(finding, { minLength: 4, maxLength: 4 }),
        (record, order, findings) => {
          const shuffled = order.map((place) => findings[place]!);
          const [a, b] = [correlate(record, findings), correlate(record, shuffled)];
          expect(b?.situation === 'unlinked' ? b.identityId : null).toEqual(
            a?.situation === 'unlinked' ? a.identityId : null,
          );
        },
      ),
      { seed: 20260303, numRuns: 2_000 },
    );
  });
});

describe('the reaction', () => {
  it.each<[Situation, Reaction]>([
    ['linked', 'keep'],
    ['unlinked', 'link'],
    ['unmatched', 'create'],
    ['ambiguous', 'ask'],
    ['collision', 'ask'],
    ['source_gone', 'release'],
  ])('to "%s" is usually to %s, for every kind of source', (situation, usual) => {
    for (const kind of SOURCE_KINDS) expect(reactionTo(situation, kind, {})).toBe(usual);
  });

  it('is the tenant’s own where it set one', () => {
    expect(reactionTo('unmatched', 'scim', { scim: { unmatched: 'ask' } })).toBe('ask');
    expect(reactionTo('unmatched', 'hrms', { scim: { unmatched: 'ask' } })).toBe('create');
  });
});
