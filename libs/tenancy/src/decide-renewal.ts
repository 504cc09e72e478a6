/** A token that is older is replaced by the next request. */
export const RENEW_AFTER_MS = 15 * 60_000;
/** How long the token before is still good once the new one has come back: requests that were under way have it. */
export const PREVIOUS_LASTS_MS = 60_000;

/** What is known of a session when a request brings one of its tokens. */
export interface TokenFacts {
  readonly isCurrent: boolean;
  readonly renewedAt: Date;
  /** When the current token first came back; null while that is waited for. */
  readonly confirmedAt: Date | null;
}

/** `confirm`: the new token has arrived. `renew`: it is time, or the answer with the new one was lost on its way. */
export function decideRenewal(
  { isCurrent, renewedAt, confirmedAt }: TokenFacts,
  now: Date,
): 'none' | 'confirm' | 'renew' {
  const age = now.getTime() - renewedAt.getTime();
  if (!isCurrent) return confirmedAt === null && age > PREVIOUS_LASTS_MS ? 'renew' : 'none';
  if (age > RENEW_AFTER_MS) return 'renew';
  return confirmedAt === null ? 'confirm' : 'none';
}
