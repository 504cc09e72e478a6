/** Letters that Unicode does not take apart, as they are written where a keyboard lacks them. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ŧ: 't',
  ĸ: 'k',
  ſ: 's',
};
const UNUSUAL = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'gu');

/**
 * Text as people compare it: compatibility forms, case and diacritics do not matter. Only marks that any script may carry
 * are dropped (accents, not the vowel signs of Indic scripts, which are letters to their readers).
 */
export const foldText = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{Script=Inherited}/gu, '')
    .replace(UNUSUAL, (letter) => PLAIN[letter] ?? letter);
