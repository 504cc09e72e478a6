import type { ObservedAccount } from '@tenure/connectors';

/** Why an account is not known to be disabled; null: it reads back so, or not at all. */
export function doubtOfDisabling(observed: ObservedAccount | null): string | null {
  if (observed === null || observed.enabled === false) return null;
  return observed.enabled === 'unknown'
    ? 'The application shows neither that the account is disabled nor that it is enabled.'
    : 'The application answered that the account is disabled, but it reads back as enabled.';
}
