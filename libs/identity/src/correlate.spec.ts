import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { correlate, type Candidate, type RecordKeys } from './correlate.js';

const byNumber = (identityId: string, more: Partial<Candidate> = {}): Candidate => ({
  identityId,
  by: 'employee_number',
  employeeNumber: '101',
  heldBySource: false,
  ...more,
});
const byEmail = (identityId: string, more: Partial<Candidate> = {}): Candidate => ({
  ...byNumber(identityId, { employeeNumber: null, ...more }),
  by: 'email',
});

const HR: RecordKeys = { kind: 'hrms', employeeNumber: '101' };
const IDP: RecordKeys = { kind: 'scim', employeeNumber: null };
const LOGIN: RecordKeys = { kind: 'saml', employeeNumber: null };

describe('correlate', () => {
  it.each<[situation: string, RecordKeys, Candidate[], string]>([
    ['nobody has a key of it', HR, [], 'none'],
    ['one has its employee number', HR, [byNumber('ada')], 'match ada by employee_number'],
    ['one has its address', IDP, [byEmail('ada')], 'match ada by email'],
    [
      'one has its number and its address',
      HR,
      [byNumber('ada'), byEmail('ada', { employeeNumber: '101' })],
      'match ada by employee_number',
    ],
    ['one has its number, another its address', HR, [byEmail('bob'), byNumber('ada')], 'match ada by employee_number'],
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
      'ambiguous: the identity with the same e-mail address has another employee number',
    ],
    ['one has its address, and no number', HR, [byEmail('ada')], 'match ada by email'],
    [
      'it has no number, and who has its address has one',
      IDP,
      [byEmail('ada', { employeeNumber: '7' })],
      'match ada by email',
    ],
    [
      'its source already has a record of the one with its number',
      HR,
      [byNumber('ada', { heldBySource: true })],
      'ambiguous: this source already has another record of the identity with the same employee number',
    ],
    [
      'its source already has a record of the one with its address',
      IDP,
      [byEmail('ada', { heldBySource: true })],
      'ambiguous: this source already has another record of the identity with the same e-mail address',
    ],
    ['a login, and one has its address', LOGIN, [byEmail('ada')], 'collision ada'],
    ['a login, and two have its address', LOGIN, [byEmail('ada'), byEmail('bob')], 'collision ada'],
    ['a login, and nobody has its address', LOGIN, [], 'none'],
    [
      'a login with an employee number',
      { kind: 'saml', employeeNumber: '101' },
      [byNumber('ada'), byEmail('bob')],
      'match ada by employee_number',
    ],
  ])('when %s', (_, record, candidates, expected) => {
    const found = correlate(record, candidates);
    const told = {
      none: () => 'none',
      match: () => `match ${'identityId' in found ? found.identityId : ''} by ${'by' in found ? found.by : ''}`,
      ambiguous: () => `ambiguous: ${'reason' in found ? found.reason : ''}`,
      collision: () => `collision ${'identityId' in found ? found.identityId : ''}`,
    };
    expect(told[found.kind]()).toBe(expected);
  });

  const candidate = fc.record<Candidate>({
    identityId: fc.constantFrom('ada', 'bob', 'eve'),
    by: fc.constantFrom('employee_number', 'email'),
    employeeNumber: fc.constantFrom('101', '7', null),
    heldBySource: fc.boolean(),
  });

  it('never links one of several, never a login by its address, and never against the number', () => {
    fc.assert(
      fc.property(fc.constantFrom(HR, IDP, LOGIN), fc.array(candidate, { maxLength: 4 }), (record, candidates) => {
        const found = correlate(record, candidates);
        if (found.kind !== 'match') return;
        const matching = candidates.filter(({ by }) => by === found.by);
        expect(new Set(matching.map(({ identityId }) => identityId))).toEqual(new Set([found.identityId]));
        expect(matching.some(({ heldBySource }) => heldBySource)).toBe(false);
        expect([record.kind, found.by]).not.toEqual(['saml', 'email']);
        if (record.employeeNumber !== null)
          for (const { employeeNumber } of matching) expect([record.employeeNumber, null]).toContain(employeeNumber);
      }),
      { seed: 20_261_124, numRuns: 1_000 },
    );
  });

  it('does not depend on the order in which candidates are found', () => {
    fc.assert(
      fc.property(fc.constantFrom(HR, IDP), fc.array(candidate, { maxLength: 4 }), (record, candidates) => {
        expect(correlate(record, [...candidates].reverse())).toEqual(correlate(record, candidates));
      }),
      { seed: 20_261_124, numRuns: 1_000 },
    );
  });
});
