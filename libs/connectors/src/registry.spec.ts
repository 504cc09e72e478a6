import { AddressGuard, OutboundHttp } from '@tenure/platform';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createConnectorRegistry, UnknownConnectorKind } from './registry.js';

describe('the connector registry', () => {
  const guard = new AddressGuard();
  const http = new OutboundHttp({ guard });
  const registry = createConnectorRegistry({ http, guard });
  afterAll(() => http.close());

  it('has a SCIM and an SQL connector', () => {
    expect(registry.kinds()).toEqual(['scim', 'sql']);
    expect(registry.get('scim').kind).toBe('scim');
  });

  it('names what there is when a kind is unknown', () => {
    expect(registry.find('skim')).toBeUndefined();
    expect(() => registry.get('skim')).toThrow(UnknownConnectorKind);
    expect(() => registry.get('skim')).toThrow('There is no connector "skim"; there are scim, sql');
  });
});
