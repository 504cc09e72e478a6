import { describe, expect, it } from '@jest/globals';
import { attributeValues, type AttributeEntry } from './attribute-history.js';

const ORIGIN = { recordId: 'r', recordVersion: 1, rule: 'precedence', since: '2026-01-01T00:00:00.000Z' } as const;
const entry = (entryId: string): Omit<AttributeEntry, 'kind' | 'value' | 'origin'> => ({
  ...{ entryId, since: new Date('2026-01-01'), actor: 'source:hr', door: 'hrms', verb: 'identity.moved', cause: null },
});
const said = (entryId: string, value: unknown, sourceId: string): AttributeEntry => ({
  ...entry(entryId),
  kind: 'value',
  value,
  origin: { ...ORIGIN, sourceId },
});
const moved = (entryId: string, sourceId: string): AttributeEntry => ({
  ...entry(entryId),
  kind: 'moved',
  origin: { ...ORIGIN, sourceId },
});
const told = (...entries: AttributeEntry[]): unknown[] =>
  attributeValues(entries).map(({ entryId, value, origin }) => [entryId, value, origin?.sourceId]);

describe('attributeValues', () => {
  it('tells each value with its origin, the newest first', () => {
    expect(told(said('3', null, 'hr'), said('2', 'IT', 'hr'), said('1', 'Sales', 'csv'))).toEqual([
      ['3', null, 'hr'],
      ['2', 'IT', 'hr'],
      ['1', 'Sales', 'csv'],
    ]);
  });

  it('tells the same value again when it comes from another source', () => {
    expect(told(said('3', 'IT', 'hr'), moved('2', 'scim'), said('1', 'Sales', 'csv'))).toEqual([
      ['3', 'IT', 'hr'],
      ['2', 'Sales', 'scim'],
      ['1', 'Sales', 'csv'],
    ]);
  });

  it('knows no value where the journal begins later', () => {
    expect(told(moved('9', 'scim'))).toEqual([['9', null, 'scim']]);
  });
});
