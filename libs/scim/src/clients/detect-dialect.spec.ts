import { describe, expect, it } from '@jest/globals';
import { detectDialect } from './detect-dialect.js';

const patch = (...Operations: unknown[]) => ({ Operations });

describe('the dialect of a client', () => {
  it.each([
    ['its name', 'Okta SCIM Client 1.0.0', {}, undefined, 'okta'],
    ['its name in any case', 'microsoft azure ad', {}, undefined, 'entra'],
    ['Entra’s flag', undefined, { aadOptscim062020: '' }, undefined, 'entra'],
    ['capital operations', undefined, {}, patch({ op: 'Add', path: 'title', value: 'x' }), 'entra'],
    [
      'a replace with an id and no path',
      undefined,
      {},
      patch({ op: 'replace', value: { id: '1', displayName: 'x' } }),
      'okta',
    ],
    ['nothing of its own', 'curl/8', {}, patch({ op: 'replace', path: 'title', value: 'x' }), 'generic'],
    ['operations that are none', undefined, {}, { Operations: [null, 'x', { op: 1 }] }, 'generic'],
    ['no body', undefined, {}, null, 'generic'],
  ])('by %s', (_, agent, query, body, dialect) => {
    expect(detectDialect(agent, query, body)).toBe(dialect);
  });
});
