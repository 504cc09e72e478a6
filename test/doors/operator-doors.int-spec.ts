import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type TestApi } from '../support/api.js';

describe('the operators’ doors of a public api', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ env: { METRICS_TOKEN: 'of-prometheus', API_DOCS: 'off' } });
  });
  afterAll(() => api.close());

  it.each<[string, Record<string, string>, number]>([
    ['nobody', {}, 401],
    ['another token', { authorization: 'Bearer of-prometheu' }, 401],
    ['another scheme', { authorization: 'Basic of-prometheus' }, 401],
    ['the token', { authorization: 'Bearer of-prometheus' }, 200],
  ])('METRICS_TOKEN: /metrics answers %s', async (_, headers, status) => {
    const answer = await fetch(`${api.url}/metrics`, { headers });
    expect(answer.status).toBe(status);
    const text = await answer.text();
    expect(text).toMatch(status === 200 ? /^# HELP/ : /metrics_token_invalid/);
  });

  it('API_DOCS=off: there is no page and no document', async () => {
    for (const path of ['/api/docs', '/api/openapi.json', '/api/openapi.yaml'])
      expect([path, (await fetch(`${api.url}${path}`)).status]).toEqual([path, 404]);
  });

  it('health needs no token, and names no address', async () => {
    const answer = await fetch(`${api.url}/health/ready`);
    expect(await answer.json()).toEqual({ status: 'ok', dependencies: { postgres: 'up', redis: 'up' } });
  });
});
