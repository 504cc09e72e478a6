import type { EndpointClass, RateHint } from '@tenure/connectors';

/** The pace of one application's calls in one lane. */
export interface PaceLane {
  /** Resolves when a call may be made; throws `OutOfTurn` when that is after `until` (on the process's own clock). */
  pace(of: EndpointClass, until: number): Promise<void>;
  limits(hint: RateHint): void;
}
