import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestApi, type ApiTenant, type TestApi } from '../support/api.js';
import type { ProblemBody } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { HrSystem } from '../support/hr.js';
import { importFile, type ImportView } from '../support/import-file.js';

interface RecordView {
  readonly key: string;
  readonly missingSince: string | null;
  readonly missingHold: string | null;
  readonly deletedAt: string | null;
}

interface HoldView {
  readonly id: string;
  readonly kind: string;
  readonly subjectId: string;
  readonly state: string;
  readonly effect: { readonly people: number; readonly of: number; readonly sample: readonly string[] };
  readonly reason: string;
}

const HEADER = 'employeeNumber,email,department';
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const row = (number: number): string => `${number},p${number}@example.com,Sales`;
const file = (...numbers: number[]): string => [HEADER, ...numbers.map(row)].join('\n');

describe('who is not there any more', () => {
  let api: TestApi;
  let tenant: ApiTenant;
  let sourceId: string;
  beforeAll(async () => {
    api = await startTestApi({ worker: true });
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenant = await api.tenant();
    sourceId = (await tenant.api.made('/api/v1/sources', { kind: 'csv', name: 'HR file' })).id;
  });

  const send = (body: string, options: Parameters<typeof importFile>[3] = {}): Promise<ImportView> =>
    importFile(tenant.api, sourceId, body, options);
  const records = (): Promise<RecordView[]> => tenant.api.all('/api/v1/source-records');
  const missing = async (): Promise<string[]> =>
    (await tenant.api.all<RecordView>('/api/v1/source-records?missing=true'))
      .map(({ key, missingHold }) => (missingHold === null ? key : `${key} held`))
      .sort((a, b) => parseInt(a) - parseInt(b));
  const holds = (query = ''): Promise<HoldView[]> => tenant.api.all(`/api/v1/holds${query}`);
  const people = (): Promise<{ id: string; state: string; employeeNumber: string; department?: string }[]> =>
    tenant.api.all('/api/v1/identities');

  describe('in a full file', () => {
    it('is marked as missing, works on, and is not marked any more when a later file names them', async () => {
      await send(file(1, 2, 3));
      expect(await send(file(1))).toMatchObject({ missing: 2, holdId: null });
      expect(await missing()).toEqual(['2', '3']);
      expect((await people()).map(({ state }) => state)).toEqual(['active', 'active', 'active']);

      const since = (await records()).find(({ key }) => key === '3')?.missingSince;
      expect(await send(file(1, 2))).toMatchObject({ missing: 1 });
      expect(await missing()).toEqual(['3']);
      expect((await records()).find(({ key }) => key === '3')?.missingSince).toBe(since);
    });

    it('is not missing when a row that was rejected names them', async () => {
      await send(file(1, 2));
      expect(await send(`${HEADER}\n${row(1)}\n2,nobody,Sales`)).toMatchObject({ rejected: 1, missing: 0 });
      expect(await missing()).toEqual([]);
    });

    it('is held when they may be in a row that cannot be read', async () => {
      await send(file(1, 2));
      const done = await send(`${HEADER}\n${row(1)}\n2,"p2@example.com,Sales`);
      expect(done).toMatchObject({ rejected: 1, missing: 1, holdId: expect.any(String) });
      expect(await missing()).toEqual(['2 held']);
    });

    it('may be many: more than the limit are held as one, and are people again when it is rejected', async () => {
      await send(file(...range(1, 130)));
      const done = await send(file(...range(1, 60)));
      expect(done).toMatchObject({ missing: 70, holdId: expect.any(String) });
      const [hold] = await holds('?kind=absence&state=held');
      expect(hold).toMatchObject({ id: done.holdId, subjectId: done.id, effect: { people: 70, of: 130 } });
      expect(hold?.effect.sample).toHaveLength(20);
      expect(await missing()).toEqual(range(61, 130).map((number) => `${number} held`));

      const path = `/api/v1/holds/${hold!.id}/reject`;
      expect((await tenant.api.post(path, {})).status).toBe(400);
      expect(await tenant.api.post(path, { reason: 'half a file' })).toMatchObject({
        status: 200,
        body: { state: 'rejected' },
      });
      await eventually(missing, (left) => left.length === 0);
      expect(await tenant.api.post<ProblemBody>(path, { reason: 'again' })).toMatchObject({
        status: 409,
        body: { code: 'hold_decided' },
      });
    });

    it('may be many: released, they are missing since the file did not name them', async () => {
      await send(file(...range(1, 130)));
      const { holdId } = await send(file(...range(1, 60)));
      const since = (await records()).find(({ key }) => key === '130')?.missingSince;
      await tenant.api.made(`/api/v1/holds/${holdId ?? ''}/release`, {});
      await eventually(missing, (left) => left.join() === range(61, 130).join());
      expect((await records()).find(({ key }) => key === '130')?.missingSince).toBe(since);
    });

    it('may be many: a whole file that comes later ends the question', async () => {
      await send(file(...range(1, 60)));
      await send(file(1));
      expect(await holds('?state=held')).toHaveLength(1);
      await send(file(...range(1, 60)));
      expect(await missing()).toEqual([]);
      expect(await holds()).toMatchObject([{ state: 'superseded' }]);
    });

    it('is decided about with the rights to configure', async () => {
      await send(file(...range(1, 60)));
      const { holdId } = await send(file(1));
      const operator = await tenant.as('operator');
      expect((await operator.post(`/api/v1/holds/${holdId ?? ''}/release`, {})).status).toBe(403);
      expect((await operator.get(`/api/v1/holds/${holdId ?? ''}`)).status).toBe(200);
      const theirs = await (await api.tenant()).api.get<ProblemBody>(`/api/v1/holds/${holdId ?? ''}`);
      expect(theirs).toMatchObject({ status: 404, body: { code: 'hold_not_found' } });
    });
  });

  it('in a partial file, or in a preview, is nobody’s matter', async () => {
    await send(file(1, 2, 3));
    expect(await send(file(1), { scope: 'partial' })).toMatchObject({ missing: 2, holdId: null });
    expect(await send(file(1), { preview: true })).toMatchObject({ missing: 2, holdId: null });
    expect(await missing()).toEqual([]);
  });

  it('is not what a row is that was refused: it can be tried again when what was wrong is put right', async () => {
    const hr = await HrSystem.connect(tenant.api);
    const done = await send(`${HEADER},managerEmployeeNumber\n${row(1)},9\n${row(2)},\n3,nobody,Sales,`);
    expect(done).toMatchObject({ rows: 3, new: 1, rejected: 2 });
    const path = `/api/v1/imports/${done.id}/retry`;
    const nothing = { status: 409, body: { code: 'import_nothing_to_retry' } };
    expect(await tenant.api.post<ProblemBody>(path)).toMatchObject(nothing);

    await hr.event('employee.created', { employeeNumber: '9', email: 'boss@example.com' });
    expect(await tenant.api.post(path)).toMatchObject({ status: 202, body: { retried: 1 } });
    const look = async (): Promise<ImportView> => (await tenant.api.get<ImportView>(`/api/v1/imports/${done.id}`)).body;
    expect(await eventually(look, ({ state }) => state === 'done')).toMatchObject({ rows: 3, new: 2, rejected: 1 });
    expect((await people()).find(({ employeeNumber }) => employeeNumber === '1')).toMatchObject({
      managerId: (await people()).find(({ employeeNumber }) => employeeNumber === '9')?.id,
    });
    expect(await tenant.api.post<ProblemBody>(path)).toMatchObject(nothing);
  });

  it('is the same when the work was broken off anywhere and begun anew', async () => {
    await send(file(...range(1, 130)));
    const { id } = await send(file(...range(1, 112)));
    const marked = await missing();
    expect(marked).toEqual(range(113, 130).map(String));
    // As after a kill between two slices: the cursor is behind, and some are marked already.
    await api.database.query("UPDATE imports SET state = 'marking', marked_to = '', done_at = NULL WHERE id = $1", [
      id,
    ]);
    await api.database.query(
      "UPDATE source_records SET missing_since = NULL WHERE tenant_id = $1 AND key = ANY('{113, 120, 130}')",
      [tenant.tenantId],
    );
    const look = async (): Promise<ImportView> => (await tenant.api.get<ImportView>(`/api/v1/imports/${id}`)).body;
    await eventually(look, ({ state }) => state === 'done');
    expect(await missing()).toEqual(marked);
  });

  describe('because their source was retired', () => {
    const retire = <Body = Record<string, unknown>>(
      people: string,
      id = sourceId,
    ): ReturnType<typeof tenant.api.post<Body>> =>
      tenant.api.post<Body>(`/api/v1/sources/${id}/retire`, { people, reason: 'we moved' });

    it('stays as they are when its people are kept; the source says nothing more', async () => {
      await send(file(1, 2));
      expect(await retire('keep')).toMatchObject({ status: 200, body: { people: 'keep', leaving: 2 } });
      const refused = await tenant.api.post<ProblemBody>(`/api/v1/sources/${sourceId}/files`, file(1), {
        headers: { 'content-type': 'text/csv' },
      });
      expect(refused).toMatchObject({ status: 403, body: { code: 'source_retired' } });
      expect((await people()).map(({ state }) => state)).toEqual(['active', 'active']);
      expect(await tenant.api.get(`/api/v1/sources/${sourceId}`)).toMatchObject({
        body: { retiredAt: expect.any(String), retirePeople: 'keep' },
      });
      expect(await retire<ProblemBody>('keep')).toMatchObject({
        status: 409,
        body: { code: 'source_already_retired' },
      });
    });

    it('goes on under the same identity, with what the other sources say; who has no other leaves', async () => {
      await send(file(1, 2));
      const scim = await tenant.api.made<{ id: string; token: string }>('/api/v1/sources', {
        kind: 'scim',
        name: 'IdP',
      });
      const headers = { authorization: `Bearer ${scim.token}`, 'content-type': 'application/scim+json' };
      await api.anybody.post(
        '/scim/v2/Users',
        {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
          userName: 'p1@example.com',
          emails: [{ value: 'p1@example.com', type: 'work' }],
          title: 'Boss',
        },
        { headers },
      );
      const before = await people();
      expect(before).toHaveLength(2);
      expect(await retire('release')).toMatchObject({ status: 200, body: { people: 'release', leaving: 1 } });
      const after = await eventually(people, (seen) => seen.some(({ state }) => state === 'terminated'));
      expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
      const [stays, leaves] = ['active', 'terminated'].map((state) => after.find((one) => one.state === state));
      expect([before[0]?.department, stays]).toEqual(['Sales', expect.not.objectContaining({ department: 'Sales' })]);
      expect(leaves?.id).toBe(before.find(({ employeeNumber }) => employeeNumber === '2')?.id);
      const released = async (): Promise<unknown> =>
        (await tenant.api.get<{ releasedAt: string | null }>(`/api/v1/sources/${sourceId}`)).body.releasedAt;
      await eventually(released);

      expect((await retire('keep', scim.id)).status).toBe(200);
      const said = await api.anybody.get<{ detail: string }>('/scim/v2/Users', { headers });
      expect(said).toMatchObject({ status: 403, body: { detail: expect.stringContaining('retired') } });
    });

    it('waits for somebody’s word when more would leave than the limit', async () => {
      await send(file(...range(1, 60)));
      const { body } = await retire<{ people: string; holdId: string }>('release');
      expect(body).toMatchObject({ people: 'held', leaving: 60 });
      expect(await tenant.api.get(`/api/v1/holds/${body.holdId}`)).toMatchObject({
        body: { kind: 'source_retire', subjectId: sourceId, effect: { people: 60, of: 60 } },
      });
      expect((await people()).every(({ state }) => state === 'active')).toBe(true);
      await tenant.api.made(`/api/v1/holds/${body.holdId}/release`, { reason: 'the company was sold' });
      await eventually(people, (seen) => seen.every(({ state }) => state === 'terminated'));
    });

    it('is kept when the hold is rejected', async () => {
      await send(file(...range(1, 60)));
      const { body } = await retire<{ holdId: string }>('release');
      await tenant.api.made(`/api/v1/holds/${body.holdId}/reject`, { reason: 'no' });
      expect(await tenant.api.get(`/api/v1/sources/${sourceId}`)).toMatchObject({ body: { retirePeople: 'keep' } });
      expect((await people()).every(({ state }) => state === 'active')).toBe(true);
    });
  });
});
