import type { Values } from '../schema/read-value.js';

/**
 * The parameters with a filter in which a plus is a plus. Forms write blanks as `+` (and the parser reads it so); RFC 3986 has no
 * such rule. Where a filter's blanks are `%20` outside of its quotes, a `+` cannot be one.
 */
export function withPlus(url: string, query: Values): Values {
  const pairs = (url.split('?').slice(1).join('?').split('#')[0] ?? '').split('&');
  const found = pairs.flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    const [name, raw] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    const isMeant = name.toLowerCase() === 'filter' && typeof query[name] === 'string' && raw.includes('+');
    return isMeant && outsideQuotes(raw).includes('%20') ? [[name, raw.replaceAll('+', '%2B')]] : [];
  });
  if (found.length === 0) return query;
  return {
    ...query,
    ...Object.fromEntries(found.map(([name, raw]) => [name, new URLSearchParams(`v=${raw}`).get('v')])),
  };
}

/** What stands outside of the quotes of a filter as it was sent. */
const outsideQuotes = (raw: string): string =>
  raw
    .replace(/(?:%5C|\\)(?:%5C|\\|%22|")/gi, '')
    .split(/%22|"/i)
    .filter((_, index) => index % 2 === 0)
    .join('');
