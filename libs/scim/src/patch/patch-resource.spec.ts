import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CORE_CATALOGUE } from '../schema/catalogue.js';
import { ENTERPRISE_SCHEMA, USER_SCHEMA } from '../schema/core-schemas.js';
import { parsePatch } from './parse-patch.js';
import { patchResource } from './patch-resource.js';
import { readResource } from '../schema/read-resource.js';
import { isValues, type Values } from '../schema/read-value.js';
import { ScimError } from '../protocol/scim-error.js';

const USER = CORE_CATALOGUE.user;
const SEED = { seed: 20_261_126 };
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const path = fc.constantFrom(
  ...[
    'userName',
    'title',
    'active',
    'name',
    'name.givenName',
    'emails',
    'emails.value',
    'emails[type eq "work"]',
    'emails[type eq "work"].value',
  ],
  ...[
    'emails[primary eq true].display',
    'EMAILS[Type eq "home" or value pr]',
    'phoneNumbers',
    'addresses[type eq "work"].country',
    'roles',
  ],
  ...[
    ENTERPRISE_SCHEMA,
    `${ENTERPRISE_SCHEMA}:manager`,
    `${ENTERPRISE_SCHEMA}:department`,
    `${USER_SCHEMA}:displayName`,
    'id',
    'meta',
    'groups',
  ],
  ...[
    '__proto__',
    '__proto__.x',
    'constructor',
    'constructor.prototype.x',
    'emails[__proto__ eq 1].x',
    'toString',
    'schemas',
    'password',
    'nope',
  ],
);
const simple = fc.oneof(fc.constantFrom('a', 'B', '', 'work', 'True'), fc.boolean(), fc.integer(), fc.constant(null));
const entry = fc.record(
  { value: simple, type: fc.constantFrom('work', 'home', null), primary: fc.constantFrom(true, false, 'True') },
  { requiredKeys: [] },
);
const named = fc.dictionary(path, fc.oneof(simple, entry, fc.array(entry, { maxLength: 2 })), {
  maxKeys: 3,
  noNullPrototype: true,
});
const value = fc.oneof(simple, entry, fc.array(entry, { maxLength: 3 }), named, fc.constant(undefined));
const operation = fc.record({
  op: fc.constantFrom('add', 'replace', 'remove', 'Replace'),
  path: fc.option(path, { nil: undefined }),
  value,
});
const user = fc.record({
  schemas: fc.constant([USER_SCHEMA]),
  userName: fc.constantFrom('ada', 'ben'),
  title: fc.option(fc.constant('CEO'), { nil: undefined }),
  emails: fc.array(
    fc.record({ value: fc.constantFrom('a', 'b'), type: fc.constantFrom('work', 'home'), primary: fc.boolean() }),
    { maxLength: 3 },
  ),
});

const OTHER = 'urn:ietf:params:scim:schemas:extension:Other:2.0:User';

/** The attribute or extension of a path, in lower case. */
function rootOf(said: string): string {
  const schema = [ENTERPRISE_SCHEMA, USER_SCHEMA].find((urn) => said.startsWith(urn));
  if (schema === ENTERPRISE_SCHEMA) return schema.toLowerCase();
  const rest = schema === undefined ? said : said.slice(schema.length + 1);
  return (rest.split(/[.[]/)[0] ?? '').toLowerCase();
}

interface Email {
  readonly value?: unknown;
  readonly type?: unknown;
}
/** Which of them is primary is another matter: there is one at most. */
const emailsOf = ({ emails = [] }: Values): Email[] =>
  (emails as Email[]).map(({ value: address, type }) => ({ value: address, type }));
/** An add takes nothing away; a choice by type leaves the other type alone. */
const mustStay =
  ({ op, path: said }: { readonly op: string; readonly path?: string | undefined }) =>
  ({ type }: Email): boolean =>
    (op === 'add' && said === 'emails') || (said?.startsWith('emails[type eq "work"]') === true && type === 'home');

describe('a PATCH (RFC 7644 §3.5.2)', () => {
  it('keeps every resource valid whatever is sent, and leaves the given one and every prototype alone', () => {
    let applied = 0;
    fc.assert(
      fc.property(user, fc.array(operation, { maxLength: 4 }), (given, operations) => {
        const before = readResource(USER, JSON.parse(JSON.stringify(given)));
        const copy = JSON.stringify(before);
        const after = attempt(before, operations);
        expect(JSON.stringify(before)).toBe(copy);
        expect(Object.keys(Object.prototype)).toEqual([]);
        expect(({} as Values).x).toBeUndefined();
        if (after === null) return;
        applied++;
        const plain = JSON.parse(JSON.stringify(after)) as Values;
        expect(readResource(USER, plain)).toEqual(plain);
        for (const list of Object.values(plain))
          if (Array.isArray(list))
            expect(list.filter((one) => isValues(one) && one.primary === true).length).toBeLessThan(2);
      }),
      { ...SEED, numRuns: 4_000 },
    );
    expect(applied).toBeGreaterThan(500);
  });

  it('loses nothing that it does not name: neither another attribute nor another value of a list', () => {
    let applied = 0;
    fc.assert(
      fc.property(user, operation, (given, one) => {
        const said = { ...given, displayName: 'Ada', phoneNumbers: [{ value: '1', type: 'work' }] };
        const before = readResource(USER, JSON.parse(JSON.stringify({ ...said, [OTHER]: { badge: '7' } })));
        const after = one.path === undefined ? null : attempt(before, [one]);
        if (after === null || one.path === undefined) return;
        applied++;
        const named = rootOf(one.path);
        for (const [name, value] of Object.entries(before))
          if (name.toLowerCase() !== named && name !== 'schemas') expect([name, after[name]]).toEqual([name, value]);
        if (named === 'emails')
          expect(emailsOf(after)).toEqual(expect.arrayContaining(emailsOf(before).filter(mustStay(one))));
      }),
      { ...SEED, numRuns: 4_000 },
    );
    expect(applied).toBeGreaterThan(500);
  });

  it('is the resource itself when the same is said again', () => {
    fc.assert(
      fc.property(user, fc.array(operation, { maxLength: 3 }), (given, operations) => {
        const sets = operations.filter(({ op }) => op === 'replace');
        const once = attempt(readResource(USER, JSON.parse(JSON.stringify(given))), sets.slice(0, 1));
        if (once === null) return;
        expect(JSON.stringify(attempt(once, sets.slice(0, 1)))).toBe(JSON.stringify(once));
      }),
      { ...SEED, numRuns: 1_500 },
    );
  });

  it('refuses without its schema, and what is no list', () => {
    for (const body of [{}, { schemas: [PATCH] }, { schemas: [PATCH], Operations: {} }, { Operations: [] }])
      expect(() => parsePatch(USER, body)).toThrow(ScimError);
  });
});

/** Null when it is refused; any other error is a defect. */
function attempt(before: Values, operations: readonly object[]): Values | null {
  try {
    const body = { schemas: [PATCH], Operations: JSON.parse(JSON.stringify(operations)) as unknown };
    return patchResource(USER, before, parsePatch(USER, body));
  } catch (error) {
    if (error instanceof ScimError) return null;
    throw error;
  }
}
