/** So many days before a certificate's end, and at it, somebody is told. */
const STEPS = [30, 7, 1, 0] as const;
const DAY_MS = 86_400_000;

/** The step that a certificate has reached: at most so many days are left. Undefined while its end is far. */
export function expiryStep(notAfter: Date, now: Date): number | undefined {
  const days = (notAfter.getTime() - now.getTime()) / DAY_MS;
  return STEPS.findLast((step) => days <= step);
}

/** Whether a step is to be told of, when the last that was told is this one. */
export const isNewStep = (step: number | undefined, warnedDays: number | undefined): step is number =>
  step !== undefined && (warnedDays === undefined || step < warnedDays);

/** When the next step of any of these certificates comes; null when all have ended. */
export function nextWarning(ends: readonly Date[], now: Date): Date | null {
  const moments = ends
    .flatMap((end) => STEPS.map((step) => end.getTime() - step * DAY_MS))
    .filter((moment) => moment > now.getTime());
  return moments.length === 0 ? null : new Date(Math.min(...moments));
}
