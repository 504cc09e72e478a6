import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { Answer, ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { importFile } from '../support/import-file.js';

interface Person {
  readonly id: string;
  readonly employeeNumber: string;
  readonly state: string;
  readonly version: number;
  readonly accessVersion: number;
  readonly department?: string;
}

const HEADER = 'number,first,last,mail,dept,boss,from';
const MAPPING = {
  employeeNumber: 'number',
  firstName: 'first',
  lastName: 'last',
  email: 'mail',
  department: 'dept',
  managerEmployeeNumber: 'boss',
  startDate: 'from',
};
const file = (...rows: string[]): string => [HEADER, ...rows].join('\n');
const row = (number: number, more: { mail?: string; dept?: string; boss?: string; from?: string } = {}): string =>
  [
    number,
    'Ada',
    `No ${number}`,
    more.mail ?? `p${number}@example.com`,
    more.dept ?? 'Sales',
    more.boss ?? '',
    more.from ?? '2020-01-06',
  ].join(',');

describe('a CSV file', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let sourceId: string;
  beforeAll(async () => {
    api = await startTestApi({ worker: true });
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenant = await api.tenant();
    sourceId = (await tenant.api.made('/api/v1/sources', { kind: 'csv', name: 'HR file', mapping: MAPPING })).id;
  });

  const send = (body: string | Buffer, source = sourceId, type = 'text/csv'): Promise<Answer<ProblemBody>> =>
    tenant.api.post<ProblemBody>(`/api/v1/sources/${source}/files`, body, { headers: { 'content-type': type } });
  const people = async (): Promise<Person[]> =>
    (await tenant.api.all<Person>('/api/v1/identities')).sort((a, b) =>
      a.employeeNumber.localeCompare(b.employeeNumber),
    );
  const count = async (table: string): Promise<number> =>
    (
      await api.database.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE tenant_id = $1`, [
        tenant.tenantId,
      ])
    )[0]?.n ?? 0;

  it('brings its people, managers in any order', async () => {
    const done = await importFile(tenant.api, sourceId, file(row(2, { boss: '1' }), row(1), row(3, { boss: '1' })));
    expect(done).toMatchObject({ rows: 3, new: 3, changed: 0, unchanged: 0, missing: 0, rejected: 0 });
    const [boss, ...reports] = await people();
    expect(boss).toMatchObject({
      employeeNumber: '1',
      isManager: true,
      givenName: 'Ada',
      familyName: 'No 1',
      state: 'active',
    });
    expect(reports).toMatchObject([{ managerId: boss?.id }, { managerId: boss?.id }]);
  });

  describe('with bad rows', () => {
    it.each<[string, string, string]>([
      ['a date that does not exist', row(2, { from: '2025-02-30' }), 'from must be a date that exists, as YYYY-MM-DD'],
      ['a date in another notation', row(2, { from: '30.01.2025' }), 'from must be a date that exists, as YYYY-MM-DD'],
      ['an address that is none', row(2, { mail: 'nobody' }), 'mail must be an e-mail address'],
      ['the number of an earlier row', row(1, { mail: 'other@example.com' }), 'has the employee number 1 of row 1'],
      ['no number', row(2).replace(/^2/, ''), 'has no number'],
      ['a manager whom nobody knows', row(2, { boss: '999' }), 'names the manager 999, whom nobody knows'],
      ['a cell too many', `${row(2)},x`, 'has 8 cells, but the header has 7'],
      ['a cell too few', row(2).replace(/,[^,]*$/, ''), 'has 6 cells, but the header has 7'],
      [
        'a quote in the middle of a cell',
        row(2, { dept: 'Sa"les' }),
        'has a quote inside a cell that does not begin with one (line 3)',
      ],
    ])('rejects %s, and the good rows go on', async (_, bad, reason) => {
      const done = await importFile(tenant.api, sourceId, file(row(1), bad, row(3)));
      expect(done).toMatchObject({ rows: 3, new: 2, rejected: 1, rejectedRows: [{ row: 2, reason }] });
      expect((await people()).map(({ employeeNumber }) => employeeNumber)).toEqual(['1', '3']);
    });

    it('rejects the row with a cell that is not UTF-8, and the good rows go on', async () => {
      const bytes = Buffer.concat([
        Buffer.from(`${file(row(1))}\n`),
        Buffer.from(`${row(2, { dept: 'Büro' })}\n`, 'latin1'),
        Buffer.from(row(3)),
      ]);
      const done = await importFile(tenant.api, sourceId, bytes);
      expect(done.rejectedRows).toEqual([{ row: 2, reason: 'the cell "dept" is not UTF-8; save the file as UTF-8' }]);
      expect((await people()).map(({ employeeNumber }) => employeeNumber)).toEqual(['1', '3']);
    });

    it('says of a quote that is never closed where it begins, and loses no row before it', async () => {
      const done = await importFile(tenant.api, sourceId, file(row(1), row(2, { dept: '"Sales' }), row(3)));
      expect(done.rejected).toBeGreaterThanOrEqual(1);
      expect(done.new + done.rejected).toBe(done.rows);
      expect(done.rejectedRows.map(({ reason }) => reason).join()).toMatch(/quote/i);
      expect((await people()).map(({ employeeNumber }) => employeeNumber)).toContain('1');
    });

    it('rejects with the reason whoever cannot be told apart, and keeps what was said', async () => {
      const done = await importFile(
        tenant.api,
        sourceId,
        file(row(1, { mail: 'same@example.com' }), row(2, { mail: 'same@example.com' })),
      );
      expect(done).toMatchObject({ new: 1, rejected: 1 });
      const waiting = await tenant.api.all<{ key: string; unresolved: string }>(
        '/api/v1/source-records?unresolved=true',
      );
      expect(waiting).toMatchObject([{ key: '2', unresolved: done.rejectedRows[0]?.reason }]);
    });
  });

  describe('that cannot be read at all', () => {
    it.each<[string, string, string]>([
      ['a column of the mapping is missing', 'number,first\n1,Ada', 'csv_header_unknown'],
      ['a column is there twice', `${HEADER},dept\n`, 'csv_header_twice'],
      ['it is empty', '', 'csv_empty'],
    ])('is refused in words and leaves nothing: %s', async (_, body, code) => {
      const answer = await send(body);
      expect(answer).toMatchObject({ status: 422, body: { code, status: 422 } });
      expect([await count('imports'), await count('import_rows'), await count('identities')]).toEqual([0, 0, 0]);
    });

    it('names the missing columns and the header that it found', async () => {
      const { detail } = (await send('number,first,mail,dept,from\n1,Ada')).body;
      expect(detail).toMatch(
        /^The file has no column ("last", "boss"|"boss", "last"); its header is: number, first, mail, dept, from\./,
      );
    });

    it.each([
      ['JSON', 'application/json', '{"a":1}'],
      ['a form', 'application/x-www-form-urlencoded', 'a=1'],
    ])('is refused when it is sent as %s', async (_, type, body) => {
      expect(await send(body, sourceId, type)).toMatchObject({ status: 400, body: { code: 'media_type_wrong' } });
    });

    it('is refused for a source that is not there, is another tenant’s, or takes no files', async () => {
      const hr = await tenant.api.made('/api/v1/sources', { kind: 'hrms', name: 'HR' });
      const theirs = await (await api.tenant()).api.made('/api/v1/sources', { kind: 'csv', name: 'HR file' });
      for (const id of [hr.id, theirs.id, '01900000-0000-7000-8000-000000000000'])
        expect(await send(file(row(1)), id)).toMatchObject({ status: 404, body: { code: 'source_not_found' } });
      expect(await send(file(row(1)), 'x')).toMatchObject({ status: 400 });
    });
  });

  it.each<[string, (text: string) => Buffer]>([
    ['UTF-8 with a mark', (text) => Buffer.from(`\u{feff}${text}`)],
    ['UTF-16', (text) => Buffer.from(`\u{feff}${text}`, 'utf16le')],
    ['semicolons and Windows lines', (text) => Buffer.from(text.replaceAll(',', ';').replaceAll('\n', '\r\n'))],
  ])('may be %s', async (_, encode) => {
    expect(await importFile(tenant.api, sourceId, encode(file(row(1, { dept: 'Büro' }))))).toMatchObject({
      new: 1,
      rejected: 0,
    });
    expect(await people()).toMatchObject([{ department: 'Büro' }]);
  });

  it('that is only previewed is counted, and writes nothing', async () => {
    await importFile(tenant.api, sourceId, file(row(1), row(2), row(4)));
    await eventually(people, (seen) => seen.every(({ accessVersion, version }) => accessVersion === version));
    const before = [await people(), await count('source_records'), await count('journal')];
    const done = await importFile(
      tenant.api,
      sourceId,
      file(row(1), row(2, { dept: 'IT' }), row(3), row(9, { from: 'x' })),
      { preview: true },
    );
    expect(done).toMatchObject({ preview: true, rows: 4, new: 1, changed: 1, unchanged: 1, missing: 1, rejected: 1 });
    expect([await people(), await count('source_records'), await count('journal')]).toEqual(before);
  });

  it.each(['previwe=true', 'preview=yes', 'preview=true&preview=false'])(
    'is not applied because somebody mistyped the preview: ?%s',
    async (query) => {
      const path = `/api/v1/sources/${sourceId}/files?${query}`;
      const answer = await tenant.api.post<ProblemBody>(path, file(row(1)), {
        headers: { 'content-type': 'text/csv' },
      });
      expect([answer.status, answer.body.code]).toEqual([400, expect.stringMatching(/^parameter_/)]);
      expect(await count('imports')).toBe(0);
    },
  );

  it('that comes again changes nothing; a changed row changes one person; who is missing stays', async () => {
    const first = file(row(1), row(2), row(3));
    await importFile(tenant.api, sourceId, first);
    const before = await people();
    expect(await importFile(tenant.api, sourceId, first)).toMatchObject({
      new: 0,
      changed: 0,
      unchanged: 3,
      missing: 0,
    });
    expect((await people()).map(({ version }) => version)).toEqual(before.map(({ version }) => version));

    expect(await importFile(tenant.api, sourceId, file(row(1, { dept: 'IT' }), row(2)))).toMatchObject({
      changed: 1,
      unchanged: 1,
      missing: 1,
    });
    expect((await people()).map(({ department, state }) => [department, state])).toEqual([
      ['IT', 'active'],
      ['Sales', 'active'],
      ['Sales', 'active'],
    ]);
  });

  it('of more rows than one slice is applied to the last', async () => {
    const rows = Array.from({ length: 250 }, (_, index) =>
      row(1_000 + index, { boss: String(1_000 + ((index + 7) % 250)) }),
    );
    expect(await importFile(tenant.api, sourceId, file(...rows))).toMatchObject({ rows: 250, new: 250 });
    expect(await people()).toHaveLength(250);
    expect(
      (await people()).every((person) => (person as unknown as { managerId: string | null }).managerId !== null),
    ).toBe(true);
  });

  it('that is sent twice with one Idempotency-Key is one import', async () => {
    const headers = { 'content-type': 'text/csv', 'idempotency-key': 'monday' };
    const path = `/api/v1/sources/${sourceId}/files`;
    const [first, again] = [
      await tenant.api.post(path, file(row(1)), { headers }),
      await tenant.api.post(path, file(row(1)), { headers }),
    ];
    expect(again).toMatchObject({ status: 202, body: first.body });
    expect(await count('imports')).toBe(1);
    expect((await tenant.api.post<ProblemBody>(path, file(row(2)), { headers })).body.code).toBe(
      'idempotency_key_reused',
    );
  });
});
