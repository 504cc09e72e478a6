import canonicalize from 'canonicalize';

/** JSON in the canonical form of RFC 8785, so that equal values have equal bytes; nothing is `null`. */
export const canonicalJson = (value: unknown): string => canonicalize(value ?? null) ?? 'null';

/** True when two JSON values are equal, whatever the order of their keys. */
export const sameJson = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);
