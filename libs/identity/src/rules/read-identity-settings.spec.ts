import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileIdentityRules } from './compile-identity-rules.js';
import { ALLOWED_REACTIONS, DEFAULT_IDENTITY_SETTINGS, SITUATIONS } from './identity-settings.js';
import { readIdentitySettings } from './read-identity-settings.js';

const EXACT = { kind: 'exact', name: 'badge', record: 'custom.badge', identity: 'custom.badge' };
const SCORE = {
  kind: 'score',
  name: 'names',
  among: 'name',
  score: 'similarity(record.givenName, identity.givenName)',
  linkFrom: 0.95,
  askFrom: 0.7,
};

/** `path: message (suggestion) @offset` of each fault. */
const faultsOf = (value: unknown): string[] =>
  readIdentitySettings(value).faults.map(
    ({ path, message, suggestion, offset }) =>
      `${path}: ${message}` +
      (suggestion === undefined ? '' : ` (${suggestion})`) +
      (offset === undefined ? '' : ` @${offset}`),
  );

describe('readIdentitySettings', () => {
  it('gives what is not set its default', () => {
    expect(readIdentitySettings({})).toEqual({ settings: DEFAULT_IDENTITY_SETTINGS, faults: [] });
  });

  it('takes everything that can be set, as it is', () => {
    const settings = {
      correlation: [EXACT, { ...SCORE, sources: ['hrms', 'csv'] }],
      reactions: { saml: { unmatched: 'refuse', collision: 'refuse' }, csv: { source_gone: 'keep' } },
      merge: {
        title: { strategy: 'most_recent', order: ['csv', '11111111-1111-4111-8111-111111111111'] },
        department: { strategy: 'precedence' },
        displayName: { strategy: 'expression', expression: 'identity.givenName + " " + identity.familyName' },
        groups: { strategy: 'expression', expression: 'value.filter(g, g != "all")' },
        status: { strategy: 'first_non_empty', order: ['scim'] },
      },
      absence: { graceDays: 7, becomes: 'suspended', limit: { people: 5, percent: 2.5 } },
      purgeAfterDays: 365,
    };
    expect(readIdentitySettings(settings)).toEqual({ settings, faults: [] });
    expect(readIdentitySettings(JSON.parse(JSON.stringify(settings)))).toEqual({ settings, faults: [] });
    const { merge, scores } = compileIdentityRules(readIdentitySettings(settings).settings);
    expect([...merge.keys()].sort()).toEqual(['department', 'displayName', 'groups', 'status', 'title']);
    expect(scores.map(({ name }) => name)).toEqual(['names']);
  });

  it('fills in what half a section leaves out', () => {
    expect(readIdentitySettings({ absence: { graceDays: 3, limit: { people: 1 } } }).settings.absence).toEqual({
      graceDays: 3,
      becomes: 'terminated',
      limit: { people: 1, percent: 5 },
    });
  });

  it.each<[string, unknown, string[]]>([
    ['no object', 'x', [': must be an object']],
    ['nothing', null, [': must be an object']],
    [
      'an unknown section',
      { corelation: [] },
      [
        'corelation: is not known here; known are correlation, reactions, merge, absence, purgeAfterDays, inactive, conversions (correlation)',
      ],
    ],
    [
      'a retention that is no number',
      { purgeAfterDays: '30' },
      ['purgeAfterDays: must be a whole number from 1 to 36500'],
    ],
    ['half a day', { absence: { graceDays: 0.5 } }, ['absence.graceDays: must be a whole number from 0 to 365']],
    ['a day before', { absence: { graceDays: -1 } }, ['absence.graceDays: must be a whole number from 0 to 365']],
    [
      'an absence that does something else',
      { absence: { becomes: 'terminate' } },
      ['absence.becomes: must be one of suspended, terminated (terminated)'],
    ],
    [
      'more than everybody',
      { absence: { limit: { percent: 101 } } },
      ['absence.limit.percent: must be a number from 0 to 100'],
    ],
    [
      'a mistyped limit',
      { absence: { limit: { persons: 1 } } },
      ['absence.limit.persons: is not known here; known are people, percent'],
    ],
    ['rules that are no list', { correlation: {} }, ['correlation: must be a list']],
    [
      'too many rules',
      { correlation: Array.from({ length: 21 }, (_, index) => ({ ...EXACT, name: `n${index}` })) },
      ['correlation: must have at most 20 elements'],
    ],
    ['a rule of no kind', { correlation: [{}] }, ['correlation.0.kind: must be one of exact, score']],
    ['a rule that is nothing', { correlation: [null] }, ['correlation.0.kind: must be one of exact, score']],
    [
      'a mistyped key',
      { correlation: [{ ...EXACT, record: 'emial', identity: 'email' }] },
      ['correlation.0.record: must be one of employeeNumber, email, userName, externalId, custom.<attribute> (email)'],
    ],
    [
      'a key that identities do not have',
      { correlation: [{ ...EXACT, identity: 'externalId' }] },
      ['correlation.0.identity: must be one of employeeNumber, email, userName, custom.<attribute>'],
    ],
    [
      'a custom key of no name',
      { correlation: [{ ...EXACT, identity: 'custom.' }] },
      ['correlation.0.identity: must be one of employeeNumber, email, userName, custom.<attribute>'],
    ],
    [
      'the words of the message themselves',
      { correlation: [{ ...EXACT, identity: 'custom.<attribute> ' }] },
      ['correlation.0.identity: must be one of employeeNumber, email, userName, custom.<attribute>'],
    ],
    [
      'two rules of one name',
      { correlation: [EXACT, EXACT] },
      [0, 1].map((index) => `correlation.${index}.name: must be unique: cases name the rule that asks`),
    ],
    [
      'an unknown kind of source',
      { correlation: [{ ...EXACT, sources: ['hr', 'csv', 'csv'] }] },
      [
        'correlation.0.sources.0: must be one of admin, hrms, csv, scim, saml',
        'correlation.0.sources: must not name anything twice',
      ],
    ],
    [
      'a score with mistakes, each with its place',
      { correlation: [{ ...SCORE, score: 'similarity(record.givenNam, identity.givenName)' }] },
      ['correlation.0.score: There is no attribute "givenNam". (givenName) @18'],
    ],
    [
      'a score that is no number',
      { correlation: [{ ...SCORE, score: 'record.givenName == identity.givenName' }] },
      ['correlation.0.score: This must be a number, but this is a bool. @0'],
    ],
    [
      'thresholds that are none',
      { correlation: [{ ...SCORE, linkFrom: 0, askFrom: 2 }] },
      [
        'correlation.0.linkFrom: must be a number from 0.01 to 1',
        'correlation.0.askFrom: must be a number from 0.01 to 1',
      ],
    ],
    [
      'asking above linking',
      { correlation: [{ ...SCORE, linkFrom: 0.7, askFrom: 0.9 }] },
      ['correlation.0.askFrom: must not be more than linkFrom: from linkFrom on nobody is asked'],
    ],
    [
      'a threshold of an exact rule',
      { correlation: [{ ...EXACT, linkFrom: 1 }] },
      ['correlation.0.linkFrom: is not known here; known are kind, name, sources, record, identity'],
    ],
    [
      'linking what is ambiguous',
      { reactions: { csv: { ambiguous: 'link' } } },
      ['reactions.csv.ambiguous: must be one of ask, refuse'],
    ],
    ['leaving what is linked', { reactions: { csv: { linked: 'release' } } }, ['reactions.csv.linked: must be keep']],
    [
      'an unknown situation',
      { reactions: { csv: { unmached: 'ask' } } },
      [
        'reactions.csv.unmached: is not known here; known are linked, unlinked, unmatched, ambiguous, collision, source_gone (unmatched)',
      ],
    ],
    [
      'an unknown attribute',
      { merge: { departmnt: { strategy: 'precedence' } } },
      ['merge.departmnt: is not known here (department)'],
    ],
    [
      'an unknown strategy',
      { merge: { title: { strategy: 'last' } } },
      ['merge.title.strategy: must be one of first_non_empty, precedence, most_recent, expression'],
    ],
    [
      'an order of nobody',
      { merge: { title: { strategy: 'precedence', order: ['workday', 'hrms', 'hrms'] } } },
      [
        'merge.title.order.0: must be one of admin, hrms, csv, scim, saml, the id of a source',
        'merge.title.order: must not name anything twice',
      ],
    ],
    [
      'an expression that is missing',
      { merge: { title: { strategy: 'expression' } } },
      ['merge.title.expression: must be an expression'],
    ],
    [
      'an expression that nothing reads',
      { merge: { title: { strategy: 'precedence', expression: 'value' } } },
      ['merge.title.expression: is read only with the strategy "expression", not with "precedence"'],
    ],
    [
      'an expression with a mistake',
      { merge: { title: { strategy: 'expression', expression: 'identity.titel + scim.title' } } },
      ['merge.title.expression: There is no attribute "titel". (title) @9'],
    ],
    [
      'a prototype’s name',
      { merge: { constructor: { strategy: 'precedence' } } },
      ['merge.constructor: is not known here'],
    ],
  ])('refuses %s', (_, value, expected) => {
    expect(faultsOf(value)).toEqual(expected);
  });

  it('names every mistake at once, and keeps what is sound beside them', () => {
    const { settings, faults } = readIdentitySettings({
      correlation: [EXACT, { ...SCORE, score: '1 +' }],
      merge: { title: { strategy: 'precedence' }, country: 7 },
      purgeAfterDays: 0,
    });
    expect(faults.map(({ path }) => path)).toEqual([
      'correlation.1.score',
      'merge.country',
      'merge.country.strategy',
      'purgeAfterDays',
    ]);
    expect(settings).toMatchObject({
      correlation: [EXACT],
      merge: { title: { strategy: 'precedence' } },
      purgeAfterDays: null,
    });
  });

  it('never throws, whatever is written', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5 }),
        fc.constantFrom('correlation', 'reactions', 'merge', 'absence'),
        (value, section) => {
          for (const one of [value, { [section]: value }]) {
            const { settings, faults } = readIdentitySettings(one);
            if (faults.length === 0) compileIdentityRules(settings);
          }
        },
      ),
      { seed: 20_261_124, numRuns: 1_000 },
    );
  });

  it('offers no reaction that guesses: what is uncertain is asked or refused', () => {
    expect(SITUATIONS.filter((situation) => ALLOWED_REACTIONS[situation].includes('link'))).toEqual(['unlinked']);
    expect(SITUATIONS.filter((situation) => ALLOWED_REACTIONS[situation].includes('create'))).toEqual(['unmatched']);
  });
});
