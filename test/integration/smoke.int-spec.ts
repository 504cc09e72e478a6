import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';

describe('smoke', () => {
  let api: TestApi;
  beforeAll(async () => { api = await startTestApi({ worker: true }); });
  afterAll(() => api.close());
  it('works', async () => {
    const t = await api.tenant();
    console.log(await t.api.get('/api/v1/tenants'));
    console.log(await t.api.post('/api/v1/sources', { kind: 'csv', name: 'x' }));
    const s = await t.api.made('/api/v1/sources', { kind: 'csv', name: 'y' });
    const i = await t.api.post<any>(`/api/v1/sources/${s.id}/files`, 'employeeNumber,email\n1,a@b.c\n', { headers: { 'content-type': 'text/csv' } });
    console.log(await eventually(async () => (await t.api.get<any>(`/api/v1/imports/${i.body.id}`)).body, (b) => b.state === 'done'));
    console.log(api.log.lines.join(''));
    expect(1).toBe(1);
  });
});
