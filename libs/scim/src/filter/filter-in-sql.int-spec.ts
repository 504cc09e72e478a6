import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '@tenure/platform';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { bindFilter } from './bind-filter.js';
import { CORE_CATALOGUE } from '../schema/catalogue.js';
import { compileQuery } from './compile-query.js';
import { ENTERPRISE_SCHEMA } from '../schema/core-schemas.js';
import { matches } from './evaluate-filter.js';
import { foldResource } from '../schema/fold-resource.js';
import { FilterFault, parseFilter } from './parse-filter.js';
import { tableOf } from '../resources/query-shapes.js';
import { readResource } from '../schema/read-resource.js';

const SEED = { seed: 20_261_126 };
const USER = CORE_CATALOGUE.user;
const USERS = tableOf(USER);

const text = fc.oneof(
  fc.constantFrom(
    'a',
    'A',
    'ab',
    'Ab',
    'b',
    'ß',
    'ﬁ',
    'İ',
    'é',
    'É',
    '%',
    '_',
    "'",
    '"',
    '\\',
    '',
    ' ',
    'work',
    'home',
    '😀',
    '\uffff',
  ),
  fc.string({ maxLength: 4 }).filter((one) => !one.includes('\u0000')),
);
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const entry = fc.record({ value: some(text), type: some(text), display: some(text), primary: some(fc.boolean()) });
const user = fc.record({
  schemas: fc.constant([USER.schema.id]),
  userName: fc.constantFrom('u1', 'U1', 'Ada', 'ada@example.com', 'ẞ'),
  externalId: some(text),
  title: some(text),
  active: some(fc.boolean()),
  name: some(fc.record({ givenName: some(text), familyName: some(text) })),
  emails: some(fc.array(entry, { maxLength: 3 })),
  roles: some(fc.array(entry, { maxLength: 2 })),
  [ENTERPRISE_SCHEMA]: some(fc.record({ department: some(text), manager: some(fc.record({ value: text })) })),
});

const textPath = fc.constantFrom(
  ...[
    'userName',
    'USERNAME',
    'externalId',
    'title',
    'name.givenName',
    'name.familyName',
    'emails',
    'emails.value',
    'emails.type',
  ],
  ...[
    'roles.display',
    'schemas',
    `${ENTERPRISE_SCHEMA}:department`,
    `${ENTERPRISE_SCHEMA}:manager.value`,
    'urn:ietf:params:scim:schemas:core:2.0:User:title',
  ],
);
const op = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'Eq', 'CO');
const quoted = text.map((one) => JSON.stringify(one));
const test = (path: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    fc.tuple(path, op, quoted).map((parts) => parts.join(' ')),
    path.map((one) => `${one} pr`),
    fc.tuple(path, fc.constantFrom('eq null', 'ne null')).map((parts) => parts.join(' ')),
  );
const boolean = fc
  .tuple(fc.constantFrom('active', 'emails.primary'), fc.constantFrom('eq', 'ne'), fc.boolean())
  .map((parts) => parts.join(' '));
const valuePath = fc
  .tuple(
    fc.constantFrom('emails', 'roles'),
    test(fc.constantFrom('value', 'type', 'display')),
    fc.constantFrom('and', 'or'),
    test(fc.constantFrom('value', 'type')),
    fc.boolean(),
  )
  .map(([list, left, word, right, not]) => `${list}[${not ? `not (${left})` : left} ${word} ${right}]`);
const filter = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    test(textPath),
    boolean,
    valuePath,
    fc.tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter')).map(([a, word, b]) => `(${a}) ${word} ${b}`),
    tie('filter').map((one) => `not (${one})`),
  ),
})).filter;

describe('a filter in SQL', () => {
  let database: TestDatabase;
  const [tenantId, sourceId] = [newId(), newId()];
  const documents = new Map<string, ReturnType<typeof foldResource>>();

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query('ALTER TABLE source_records DISABLE TRIGGER ALL');
    for (const sample of fc.sample(user, { numRuns: 150, ...SEED })) {
      const id = newId();
      const read = readResource(USER, JSON.parse(JSON.stringify(sample)));
      const folded = foldResource(USER, read);
      const externalId = typeof read.externalId === 'string' ? read.externalId : null;
      documents.set(id, { ...folded, ...(externalId !== null && { externalid: externalId }) });
      await database.query(
        `INSERT INTO source_records (tenant_id, id, source_id, key, attributes, field_times, raw, folded, external_id)
         VALUES ($1, $2::text::uuid, $3, $2::text, '{}', '{}', $4, $5, $6)`,
        [tenantId, id, sourceId, JSON.stringify(read), JSON.stringify(folded), externalId],
      );
    }
  });
  afterAll(() => database.drop());

  it('finds what memory finds, over random people and random filters', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(filter, async (source) => {
        fc.pre(source.length <= 2_000);
        const bound = bindFilter(parseFilter(source), USER);
        const params: unknown[] = [tenantId, sourceId, 'http://localhost/scim/v2'];
        const sql = compileQuery(bound, USERS.shape, params);
        const rows = await database.query<{ id: string }>(
          `SELECT r.id FROM ${USERS.from} AND ${sql} ORDER BY r.id`,
          params,
        );
        const expected = [...documents].flatMap(([id, document]) => (matches(bound, document) ? [id] : []));
        found += expected.length;
        expect(rows.map(({ id }) => id)).toEqual(expected.sort());
      }),
      { ...SEED, numRuns: 1_500 },
    );
    expect(found).toBeGreaterThan(1_000);
  }, 120_000);

  it.each([
    ['active gt true', '"gt" has no meaning for "active", which is a boolean at position 0'],
    ['active co "t"', '"co" has no meaning for "active", which is a boolean at position 0'],
    ['userName eq 1 and name eq "x"', '"eq" has no meaning for "name", which is a complex at position 18'],
    ['meta.created co "2026"', '"co" has no meaning for "meta.created", which is a dateTime at position 0'],
    ['meta.created gt "yesterday"', '"meta.created" is compared with a dateTime at position 0'],
    ['password eq "x"', '"password" is no attribute of a User that can be filtered at position 0'],
    ['shoeSize pr', '"shoeSize" is no attribute of a User that can be filtered at position 0'],
    ['userName[value eq "x"]', '"userName" has no values to choose from at position 0'],
    ['emails[shoe eq "x"]', '"shoe" is no part of "emails" at position 7'],
    ['constructor pr', '"constructor" is no attribute of a User that can be filtered at position 0'],
  ])('is refused with the place of the mistake: %s', (source, message) => {
    expect(() => bindFilter(parseFilter(source), USER)).toThrow(
      new FilterFault(message.replace(/ at position \d+$/, ''), Number(/\d+$/.exec(message)?.[0])),
    );
  });

  describe('among many', () => {
    beforeAll(async () => {
      await database.query(
        `INSERT INTO source_records (tenant_id, id, source_id, key, attributes, field_times, raw, folded, external_id)
         SELECT $1, id, $2, id::text, '{}', '{}', '{}', jsonb_build_object('username', 'u' || n, 'displayname', 'd' || n,
           'emails', jsonb_build_array(jsonb_build_object('value', 'e' || n))), 'x' || n
         FROM (SELECT gen_random_uuid() AS id, n FROM generate_series(1, 4000) AS n) AS many`,
        [tenantId, sourceId],
      );
      await database.query('ANALYZE source_records');
    });

    it.each([
      ['userName eq "ada"', 'source_records_folded_user_name'],
      ['userName sw "ad" and active eq true', 'source_records_folded_user_name'],
      ['externalId eq "x"', 'source_records'],
      ['displayName eq "x"', 'source_records_folded_display_name'],
      ['emails.value eq "x" and not (title pr)', 'source_records_folded_emails'],
      ['emails[value eq "x"]', 'source_records_folded_emails'],
    ])('goes by an index for what identity providers ask: %s', async (source, index) => {
      const params: unknown[] = [tenantId, sourceId, 'x'];
      const where = compileQuery(bindFilter(parseFilter(source), USER), USERS.shape, params);
      const sql = `EXPLAIN SELECT r.id FROM ${USERS.from} AND ${where}`.replace(
        /\$(\d+)/g,
        (_, n: string) => `'${String(params[Number(n) - 1])}'`,
      );
      const plan = JSON.stringify(await database.query(sql));
      expect(plan).toMatch(new RegExp(`Index.* Scan .*${index}`));
      if (index !== 'source_records') expect(plan).toMatch(/Index Cond|Recheck Cond/);
    });
  });
});
