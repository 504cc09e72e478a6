import { foldText } from '../fold-text.js';

/** Comparing takes time in the product of the lengths, so what is longer is compared by its beginning. */
const MAX_LENGTH = 200;
/** Winkler: a common beginning of up to four letters brings two words nearer by a tenth of the rest each. */
const PREFIX = { letters: 4, weight: 0.1 };

/** How alike two texts are, 0 to 1 (Jaro–Winkler), whatever their case and diacritics. Two empty texts are not alike. */
export function similarity(one: string, other: string): number {
  const a = lettersOf(one);
  const b = lettersOf(other);
  const jaro = jaroOf(a, b);
  let prefix = 0;
  while (prefix < PREFIX.letters && prefix < a.length && a[prefix] === b[prefix]) prefix++;
  return jaro + prefix * PREFIX.weight * (1 - jaro);
}

const lettersOf = (text: string): string[] => [...foldText(text.slice(0, MAX_LENGTH * 2)).trim()].slice(0, MAX_LENGTH);

function jaroOf(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const takenOfB = new Set<number>();
  const matchedOfA: string[] = [];
  for (const [at, letter] of a.entries()) {
    const found = matchWithin(b, letter, at - reach, at + reach, takenOfB);
    if (found === undefined) continue;
    takenOfB.add(found);
    matchedOfA.push(letter);
  }
  const matches = matchedOfA.length;
  if (matches === 0) return 0;
  const matchedOfB = b.filter((_, at) => takenOfB.has(at));
  const swapped = matchedOfA.filter((letter, at) => letter !== matchedOfB[at]).length / 2;
  return (matches / a.length + matches / b.length + (matches - swapped) / matches) / 3;
}

function matchWithin(
  letters: readonly string[],
  wanted: string,
  from: number,
  to: number,
  taken: ReadonlySet<number>,
): number | undefined {
  for (let at = Math.max(0, from); at <= Math.min(to, letters.length - 1); at++) {
    if (letters[at] === wanted && !taken.has(at)) return at;
  }
  return undefined;
}
