import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import SCIMMY from 'scimmy';
import { bindFilter } from './bind-filter.js';
import { CORE_CATALOGUE } from '../schema/catalogue.js';
import { USER_SCHEMA } from '../schema/core-schemas.js';
import { matches } from './evaluate-filter.js';
import { foldResource } from '../schema/fold-resource.js';
import { parseFilter } from './parse-filter.js';
import { parsePatch } from '../patch/parse-patch.js';
import { patchResource } from '../patch/patch-resource.js';
import { readResource } from '../schema/read-resource.js';

const SEED = { seed: 20_261_126, numRuns: 400 };
const TYPE = CORE_CATALOGUE.user;
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

// Texts in lower case: scimmy compares them as they are, and knows no caseExact.
const word = fc.constantFrom('a', 'ab', 'abc', 'b', 'ba', 'work', 'home');
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const mail = fc.record({ value: word, type: fc.constantFrom('work', 'home') });
const user = fc.record({
  schemas: fc.constant([USER_SCHEMA]),
  userName: word,
  title: some(word),
  active: some(fc.boolean()),
  name: some(fc.record({ givenName: word, familyName: some(word) })),
  emails: some(fc.uniqueArray(mail, { minLength: 1, maxLength: 3, selector: ({ type }) => type })),
});

/** scimmy fails at a filter of parts of what is not there. */
const whole = user.map((one) => ({
  name: { givenName: 'ab' },
  emails: [{ value: 'ab', type: 'work' }],
  ...(JSON.parse(JSON.stringify(one)) as Record<string, unknown>),
}));

const path = fc.constantFrom('userName', 'title', 'name.givenName', 'name.familyName');
const test = fc.oneof(
  fc.tuple(path, fc.constantFrom('eq', 'co', 'sw', 'ew'), word).map(([of, op, value]) => `${of} ${op} "${value}"`),
  path.map((of) => `${of} pr`),
  fc.constant('active eq true'),
  fc
    .tuple(fc.constantFrom('work', 'home'), word)
    .map(([type, value]) => `emails[type eq "${type}" and value sw "${value}"]`),
);
const filter = fc.oneof(
  test,
  fc.tuple(test, fc.constantFrom('and', 'or'), test).map((parts) => parts.join(' ')),
  fc.tuple(test, test, test).map(([a, b, c]) => `${a} or ${b} and ${c}`),
);

const operation = fc.oneof(
  fc.record({
    op: fc.constantFrom('add', 'replace'),
    path: fc.constantFrom('title', 'name.givenName', 'name.familyName', 'displayName'),
    value: word,
  }),
  fc.record({
    op: fc.constant('replace'),
    path: fc.constant('emails'),
    value: fc.array(mail, { minLength: 1, maxLength: 1 }),
  }),
  fc.record({ op: fc.constant('remove'), path: fc.constantFrom('title', 'displayName') }),
  fc.record({ op: fc.constantFrom('add', 'replace'), value: fc.record({ title: word, nickName: word }) }),
);

describe('where scimmy is right, it says the same', () => {
  it('of which users a filter finds', () => {
    let found = 0;
    fc.assert(
      fc.property(fc.array(whole, { minLength: 1, maxLength: 5 }), filter, (users, source) => {
        const plain = JSON.parse(JSON.stringify(users)) as Record<string, unknown>[];
        const bound = bindFilter(parseFilter(source), TYPE);
        const ours = plain.filter((one) => matches(bound, foldResource(TYPE, readResource(TYPE, one))));
        const theirs = new SCIMMY.Types.Filter(source).match(plain);
        expect(ours.map(({ userName, title }) => [userName, title])).toEqual(
          theirs.map(({ userName, title }: Record<string, unknown>) => [userName, title]),
        );
        found += ours.length;
      }),
      SEED,
    );
    expect(found).toBeGreaterThan(100);
  });

  it('of what a PATCH makes of a user', async () => {
    await fc.assert(
      fc.asyncProperty(user, fc.array(operation, { minLength: 1, maxLength: 4 }), async (given, operations) => {
        const plain = JSON.parse(JSON.stringify(given)) as Record<string, unknown>;
        const message = { schemas: [PATCH] as [typeof PATCH], Operations: operations };
        const ours = patchResource(TYPE, readResource(TYPE, plain), parsePatch(TYPE, message));
        const theirs = new SCIMMY.Schemas.User({ ...plain, id: '1' }, 'out');
        const patched: unknown = await new SCIMMY.Messages.PatchOp(message).apply(theirs, (one) =>
          Promise.resolve(one as unknown as Record<string, unknown>),
        );
        // Where nothing changes it gives nothing back.
        const { id: _, meta: __, ...rest } = JSON.parse(JSON.stringify(patched ?? theirs)) as Record<string, unknown>;
        expect(JSON.parse(JSON.stringify(ours))).toEqual(rest);
      }),
      SEED,
    );
  });
});
