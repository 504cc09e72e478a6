import { AddressGuard, OutboundHttp } from '@tenure/platform';
import { afterAll, describe, expect, it } from '@jest/globals';
import { scimKind } from './scim-kind.js';

describe('the SCIM connector’s configuration', () => {
  const http = new OutboundHttp({ guard: new AddressGuard() });
  const kind = scimKind(http);
  afterAll(() => http.close());
  const paths = (config: Record<string, unknown>, credentials: Record<string, string>, attributes?: string[]) =>
    kind.check(config, credentials, attributes).map(({ path }) => path);

  it('needs an address and a token, and no more', () => {
    expect(
      paths({ baseUrl: 'https://app.example/scim/v2/' }, { token: 't' }, Object.keys(kind.defaultMapping)),
    ).toEqual([]);
  });

  it.each([
    ['nothing', {}, {}, ['config.baseUrl', 'credentials.token']],
    ['a misspelt option', { baseUrl: 'https://a', memberBtch: 5 }, { token: 't' }, ['config.memberBtch']],
    ['another scheme', { baseUrl: 'ftp://a' }, { token: 't' }, ['config.baseUrl']],
    ['credentials in the address', { baseUrl: 'https://a:b@c' }, { token: 't' }, ['config.baseUrl']],
    ['a number out of range', { baseUrl: 'https://a', memberBatch: 0 }, { token: 't' }, ['config.memberBatch']],
    ['an address that may never be called', { baseUrl: 'http://10.0.0.1/scim' }, { token: 't' }, ['config.baseUrl']],
    ['the address of a cloud’s metadata', { baseUrl: 'http://169.254.169.254' }, { token: 't' }, ['config.baseUrl']],
    ['a private IPv6 address', { baseUrl: 'http://[fd00::1]/scim' }, { token: 't' }, ['config.baseUrl']],
    ['a token that no header can carry', { baseUrl: 'https://a' }, { token: 'a\nb' }, ['credentials.token']],
  ])('reports %s by its path', (_, config, credentials, expected) => {
    expect(paths(config, credentials as Record<string, string>)).toEqual(expected);
  });

  it('reports mapping targets that are no SCIM paths, or that Tenure writes itself', () => {
    const attributes = ['userName', 'two words', 'active', 'externalId'];
    expect(paths({ baseUrl: 'https://a' }, { token: 't' }, attributes)).toEqual([
      'mapping.two words',
      'mapping.active',
      'mapping.externalId',
    ]);
  });

  it('opens nothing that has a fault', () => {
    expect(() => kind.open({ config: {}, credentials: { token: 't' }, attributes: [] })).toThrow(
      'config.baseUrl is missing',
    );
  });
});
