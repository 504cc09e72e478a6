import { describe, expect, it } from '@jest/globals';
import { foldText } from './fold-text.js';

describe('foldText', () => {
  it.each([
    ['José Núñez', 'jose nunez'],
    ['STRASSE', 'strasse'],
    ['Straße', 'strasse'],
    ['Æsir Œuvre', 'aesir oeuvre'],
    ['Łódź Đorđe', 'lodz dorde'],
    ['ﬁona', 'fiona'],
    ['Ａｄａ', 'ada'],
    ['İpek', 'ipek'],
    ['Ñ', 'n'],
    ['Ελένη', 'ελενη'],
    ['हिन्दी', 'हिन्दी'],
  ])('%s is compared as %s', (text, folded) => {
    expect(foldText(text)).toBe(folded);
    expect(foldText(folded)).toBe(folded);
  });
});
