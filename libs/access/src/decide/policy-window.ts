import type { PolicyVersion } from '../model/policy.entity.js';

export interface WindowState {
  /** Outside of the window now. */
  readonly dormant: boolean;
  /** When that changes next. */
  readonly windowDueAt: Date | null;
  /** The window is over and does not come again. */
  readonly over: boolean;
}

/** Where `now` stands in a policy's window: from `enabledFrom`, up to and without `enabledUntil`. */
export function windowState(
  { enabledFrom, enabledUntil }: Pick<PolicyVersion, 'enabledFrom' | 'enabledUntil'>,
  now: Date,
): WindowState {
  if (enabledUntil !== null && enabledUntil <= now) return { dormant: true, windowDueAt: null, over: true };
  if (enabledFrom !== null && enabledFrom > now) return { dormant: true, windowDueAt: enabledFrom, over: false };
  return { dormant: false, windowDueAt: enabledUntil, over: false };
}
