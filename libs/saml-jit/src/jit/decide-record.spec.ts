import { describe, expect, it } from '@jest/globals';
import { decideRecord, type FormerRecord } from './decide-record.js';
import { LoginRefused } from './login-refused.js';

const PERSISTENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const byName = (key: string): FormerRecord => ({ key, keyedBy: 'nameId', nameId: key });
const byGuid = (key: string, nameId = 'ada'): FormerRecord => ({ key, keyedBy: 'attribute:guid', nameId });

describe('a login that no record is known for by the key of today', () => {
  const decided = (
    records: readonly FormerRecord[],
    nameId: string,
    attributes: Readonly<Record<string, readonly string[]>> = {},
    nameIdFormat = PERSISTENT,
  ): string => {
    try {
      return decideRecord(records, { nameId, nameIdFormat, attributes })?.key ?? 'somebody new';
    } catch (error) {
      if (error instanceof LoginRefused) return error.code;
      throw error;
    }
  };

  it.each<[string, readonly FormerRecord[], Parameters<typeof decided>[1], Parameters<typeof decided>[2], string]>([
    ['is somebody new where nothing was known', [], 'ada', {}, 'somebody new'],
    ['is the record’s that it names by NameID', [byName('ada')], 'ada', { guid: ['1'] }, 'ada'],
    ['is the record’s that it names by the attribute of before', [byGuid('1')], 'ada', { guid: ['1'] }, '1'],
    ['is that record’s also under another NameID', [byGuid('1')], 'countess', { guid: ['1'] }, '1'],
    ['is nobody’s who had its NameID and another attribute', [byGuid('1')], 'ada', { guid: ['2'] }, 'somebody new'],
    ['is refused where it does not say the attribute', [byGuid('1')], 'ada', {}, 'key_unproven'],
    ['is refused where the attribute is empty', [byGuid('1')], 'ada', { guid: ['', ''] }, 'key_unproven'],
    ['is refused where the attribute has two values', [byGuid('1')], 'ada', { guid: ['1', '2'] }, 'key_unproven'],
    ['is refused where it names two records', [byName('ada'), byGuid('1', 'x')], 'ada', { guid: ['1'] }, 'key_taken'],
    ['takes no attribute’s value for a NameID', [byGuid('ada', 'x')], 'ada', {}, 'somebody new'],
    ['takes no NameID for an attribute’s value', [byName('1')], 'ada', { guid: ['1'] }, 'somebody new'],
    [
      'takes no attribute that every object has',
      [{ ...byGuid('x', 'y'), keyedBy: 'attribute:constructor' }],
      'ada',
      {},
      'somebody new',
    ],
  ])('%s', (_, records, nameId, attributes, expected) => {
    expect(decided(records, nameId, attributes)).toBe(expected);
  });

  it('names nobody by a NameID that is transient', () => {
    expect(decided([byName('ada')], 'ada', {}, TRANSIENT)).toBe('key_unproven');
  });
});
