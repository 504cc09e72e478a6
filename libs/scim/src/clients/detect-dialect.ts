import { isValues, type Values } from '../schema/read-value.js';

const AGENTS: readonly (readonly [RegExp, string])[] = [
  [/okta/i, 'okta'],
  [/azure|microsoft|entra|aad/i, 'entra'],
  [/onelogin/i, 'onelogin'],
  [/jumpcloud/i, 'jumpcloud'],
  [/google/i, 'google'],
  [/ping/i, 'ping'],
  [/rippling/i, 'rippling'],
];

/** Which identity provider a request looks like: by its name, or by how it writes. */
export function detectDialect(userAgent: string | undefined, query: Values, body: unknown): string {
  const named = AGENTS.find(([pattern]) => pattern.test(userAgent ?? ''));
  if (named) return named[1];
  if (Object.keys(query).some((name) => name.toLowerCase().startsWith('aadoptscim'))) return 'entra';
  const operations = isValues(body) && Array.isArray(body.Operations) ? (body.Operations as unknown[]) : [];
  const ops = operations.flatMap((one) => (isValues(one) && typeof one.op === 'string' ? [one.op] : []));
  if (ops.some((op) => /^(Add|Remove|Replace)$/.test(op))) return 'entra';
  const isRename = operations.some(
    (one) =>
      isValues(one) && one.op === 'replace' && one.path === undefined && isValues(one.value) && 'id' in one.value,
  );
  return isRename ? 'okta' : 'generic';
}
