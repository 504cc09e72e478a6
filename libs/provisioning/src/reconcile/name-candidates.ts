import type { UniqueRule } from '@tenure/applications';

/** So many names are tried; whoever needs more should add alternatives to the mapping. */
const MOST = 200;

/** The names that one person may get, best first: what was asked for, the alternatives, then with a number that grows. */
export function nameCandidates(base: string, alternatives: readonly string[], rule: UniqueRule): readonly string[] {
  const named = [base, ...alternatives];
  const numbered = rule.suffix === 'none' ? [] : Array.from({ length: MOST }, (_, n) => withNumber(base, n + 2));
  const keys = new Set<string>();
  return [...named, ...numbered].filter((name) => {
    const key = nameKey(name);
    return name !== '' && !keys.has(key) && keys.add(key);
  });
}

/** `jdoe` and `JDoe` are one name to most applications. */
export const nameKey = (name: string): string => name.normalize('NFKC').toLowerCase();

/** `jdoe2`; of an address the part before the `@`. */
function withNumber(name: string, number: number): string {
  const at = name.indexOf('@');
  return at < 0 ? `${name}${number}` : `${name.slice(0, at)}${number}${name.slice(at)}`;
}
