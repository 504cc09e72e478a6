import { celEnv, CelScalar, isCelError, parse, plan } from '@bufbuild/cel';

const tryPattern = plan(celEnv({ variables: { pattern: CelScalar.STRING } }), parse('"".matches(pattern)').expr);

/** Why a text cannot be used as a regular expression; null when it can. Asked of the function that would use it. */
export function whyNoPattern(pattern: string): string | null {
  const result = tryPattern({ pattern });
  return isCelError(result) ? result.message.replace(/^error parsing regexp: /, '') : null;
}
